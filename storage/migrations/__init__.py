"""The history of the tables, one file a step; storage/database.py applies it on opening."""
