"""The names of tensors in single files: those of CompVis' ldm, and what other programs make of them."""

from __future__ import annotations

from collections.abc import Mapping

from gpuworker.checkpoints.header import Described

UNET, VAE = "model.diffusion_model.", "first_stage_model."
AVERAGES = "model_ema."
"""A moving average of the UNet's weights, which training goes by and drawing does not."""
FIRST_CONVOLUTION = f"{UNET}input_blocks.0.0.weight"

_WRAPPED = "state_dict."
_CLIP = "cond_stage_model.transformer."
_CLIP_PARTS = ("embeddings.", "encoder.", "final_layer_norm.")
"""Of CLIP's tower where it lacks the name of its model, as in NovelAI's and other early checkpoints."""
_SGM, _SGM_SECOND = "conditioner.embedders.0.", "conditioner.embedders.1."
_OPENCLIP_EMBEDDING = f"{_SGM}model.token_embedding.weight"
_H14_WIDTH = 1024


def canonical(tensors: Mapping[str, Described]) -> dict[str, str]:
    """Give the name in ldm's layout of each tensor in a file, by its own name, averages left out."""
    alone = not any(name.removeprefix(_WRAPPED).startswith(_SGM_SECOND) for name in tensors)
    tower = tensors.get(_OPENCLIP_EMBEDDING)
    is_sd2 = alone and tower is not None and tower.shape[-1:] == (_H14_WIDTH,)
    is_sd1 = alone and any(name.startswith(f"{_SGM}transformer.") for name in tensors)
    renamed = {}
    for name in tensors:
        new = name.removeprefix(_WRAPPED)
        if is_sd1 or is_sd2:  # sgm's name of the only tower, which SD-Turbo's file has
            new = f"cond_stage_model.{new.removeprefix(_SGM)}" if new.startswith(_SGM) else new
        if new.startswith(_CLIP) and new.removeprefix(_CLIP).startswith(_CLIP_PARTS):
            new = f"{_CLIP}text_model.{new.removeprefix(_CLIP)}"
        if not new.startswith(AVERAGES):
            renamed[name] = new
    return renamed
