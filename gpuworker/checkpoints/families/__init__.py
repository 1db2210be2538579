"""The families of models, one file each, behind the protocol of `model.py`."""
