"""Stable Diffusion 2.x: the text tower of OpenCLIP ViT-H/14, and the states before its last layer.

The layer that is not used is not there: the published text towers end one layer early, and their last
normalisation is applied. Noise or velocity (arXiv 2202.00512) is predicted, as the scheduler's configuration
says. All of that is in the configurations, so the code is that of 1.x.
"""

from gpuworker.checkpoints.families.sd1 import StableDiffusion1


class StableDiffusion2(StableDiffusion1):
    """The UNet reads one text tower; the autoencoder is that of 1.x."""

    family = "sd2"
