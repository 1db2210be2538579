"""Tells what a file of weights is that is no checkpoint, or none that is served, by names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from gpuworker.checkpoints.header import Described
from gpuworker.checkpoints.layout import FIRST_CONVOLUTION, UNET, VAE

Tensors: TypeAlias = Mapping[str, Described]


class Kind(NamedTuple):
    """What a file is, as in `is a LoRA`, and what to do with it, as in `put it into loras`."""

    what: str
    advice: str


def other_kind(tensors: Tensors) -> Kind | None:
    """Tell what a file is, by its tensors in ldm's names, that holds no text-to-image checkpoint.

    None for a checkpoint, and for what is not known.
    """
    return next((kind for is_one, kind in _KINDS if is_one(tensors)), None)


def unserved_unet(tensors: Tensors) -> Kind | None:
    """Tell what a checkpoint is whose UNet takes more than latents, a prompt and a mask, or lacks layers."""
    if any(".time_stack." in name or ".time_mixer." in name for name in tensors):
        return _VIDEO
    if FIRST_CONVOLUTION in tensors:
        channels = tensors[FIRST_CONVOLUTION].shape[1:2]
        if channels and channels[0] not in (4, 9):
            return unserved_channels(channels[0])
    if _any(tensors, "embedder.", "noise_augmentor."):
        return Kind("an unCLIP model, which makes variations of a picture", _ANOTHER)
    if _is_refiner(tensors):
        return Kind("the refiner of Stable Diffusion XL, which only finishes what XL begins", _ANOTHER)
    if _is_pruned_xl(tensors):
        return Kind(
            "a Stable Diffusion XL with fewer layers (SSD-1B, Segmind Vega or a relative)",
            "put its folder in diffusers' layout here instead, which says how many layers it has",
        )
    return None


def unserved_channels(channels: int) -> Kind:
    """Tell what a model is whose UNet takes so many channels, neither 4 nor 9."""
    return Kind(_BY_CHANNELS.get(channels, f"a model whose UNet takes {channels} channels"), _ANOTHER)


_ANOTHER = "choose a text-to-image checkpoint"
_VIDEO = Kind("a video model", _ANOTHER)
_THE_WHOLE = "put the whole checkpoint here, or its folder in diffusers' layout"
_BY_CHANNELS = {
    5: "a depth model, which takes a depth map beside the prompt",
    7: "an upscaling model, which takes a small picture beside the prompt",
    8: "an instruction model (InstructPix2Pix or a relative), which takes a picture beside the prompt",
}
_XL_TOWER = "conditioner.embedders.1.model."
_XL_LAYERS = (
    "input_blocks.8.1.transformer_blocks.9.",
    "middle_block.1.transformer_blocks.9.",
    "output_blocks.2.1.transformer_blocks.9.",
    "output_blocks.5.1.transformer_blocks.1.",
)
"""The last of each depth in the published UNet."""
_XL_WIDTH = 320


def _is_refiner(tensors: Tensors) -> bool:
    return any(name.startswith("conditioner.embedders.0.model.") for name in tensors)


def _is_pruned_xl(tensors: Tensors) -> bool:
    first = tensors.get(FIRST_CONVOLUTION)
    if first is None or first.shape[:1] != (_XL_WIDTH,) or not _any(tensors, _XL_TOWER):
        return False
    return not all(_any(tensors, UNET + layer) for layer in _XL_LAYERS)


def _any(tensors: Tensors, *starts: str) -> bool:
    return any(name.startswith(starts) for name in tensors)


def _has(*parts: str) -> Callable[[Tensors], bool]:
    return lambda tensors: any(part in name for name in tensors for part in parts)


def _begins(*starts: str) -> Callable[[Tensors], bool]:
    return lambda tensors: _any(tensors, *starts)


def _is_embedding(tensors: Tensors) -> bool:
    known = {"emb_params", "clip_l", "clip_g", "string_to_param.*", "string_to_param"}
    if set(tensors) & {"emb_params", "string_to_param.*", "string_to_param"} or set(tensors) <= known:
        return bool(tensors)
    # One word's vectors under the word itself, as diffusers has them.
    return len(tensors) <= 4 and all(
        "." not in name and len(each.shape) in (1, 2) and each.numbers for name, each in tensors.items()
    )


def _is_hypernetwork(tensors: Tensors) -> bool:
    return all(name.split(".")[0].isdigit() and ".linear" in name for name in tensors)


def _is_vae(tensors: Tensors) -> bool:
    names = [name.removeprefix(VAE) for name in tensors]
    convolutions = [name for name in names if name.startswith(("decoder.conv_in.", "encoder.conv_in."))]
    whole = ("encoder.", "decoder.", "quant_conv.", "post_quant_conv.", "model_ema.", "loss.")
    return bool(convolutions) and all(name.startswith(whole) for name in names)


def _is_detector(tensors: Tensors) -> bool:
    return _any(tensors, "model.0.conv.", "model.model.0.conv.") or "model.22.dfl.conv.weight" in tensors


_LORA = _has(
    ".lora_up.", ".lora_down.", ".lora_A.", ".lora_B.", ".lora_mid.", ".lora.up.", ".lora.down.", "_lora.up.",
    "_lora.down.", ".hada_w", ".lokr_w", ".oft_blocks", ".oft_diag", ".a1.weight", ".dora_scale", ".diff_b",
    ".on_input", ".lora_magnitude_vector", ".lora_linear_layer.", "lora_unet_", "lora_te",
)  # fmt: skip
_CONTROL = _begins(
    "control_model.", "controlnet_cond_embedding.", "controlnet_down_blocks.", "input_hint_block.",
    "zero_convs.", "lora_controlnet", "controlnet_blocks.", "controlnet_mid_block.", "control_net.",
)  # fmt: skip
_ADAPTER = _begins("adapter.body.", "adapter.conv_in.", "body.0.resnets.", "body.0.block1.")
_IP_ADAPTER = _begins("ip_adapter.", "image_proj.", "image_proj_model.")
_UPSCALER = _begins(
    "body.0.rdb", "model.1.sub.", "conv_first.", "params_ema.", "params.", "RRDB_trunk.", "body.0.weight",
    "upsampler.", "layers.0.residual_group.", "upconv1.", "conv_up1.", "model.0.weight",
)  # fmt: skip
_FACES = _begins("stylegan_decoder.", "quantize.embedding.", "fuse_convs_dict.")
_MOTION = _has("motion_modules.", "motion_module.", "temporal_transformer.")
_FLUX = _has("double_blocks.", "single_blocks.", "single_transformer_blocks.")
_SD3 = _has("joint_blocks.", ".x_embedder.proj.")
_OTHERS = _has(
    "double_layers.", "cap_embedder.", "patchify_proj.", "txt_in.", "clip_txt_mapper.", "scale_shift_table",
    "adaLN_modulation", "head.modulation", "img_in.weight", "noise_refiner.", "y_embedder.", "effnet_mapper.",
    "add_k_proj.", "pos_embed.proj.",
)  # fmt: skip
_T5_OR_LLM = _begins("encoder.block.", "shared.weight", "model.layers.", "decoder.block.")
_DIFFUSERS_UNET = _begins("down_blocks.", "unet.down_blocks.")
_BARE_UNET = _begins("input_blocks.", "diffusion_model.input_blocks.")


def _is_clip(tensors: Tensors) -> bool:
    tower = ("text_model.", "vision_model.", "text_projection", "visual_projection", "logit_scale", "visual.",
             "transformer.resblocks.", "token_embedding", "positional_embedding", "ln_final", "position_ids",
             "text_encoders.", "transformer.text_model.", "cond_stage_model.", "conditioner.")  # fmt: skip
    return all(name.startswith(tower) for name in tensors)


def _is_unet_alone(tensors: Tensors) -> bool:
    has_unet = _any(tensors, UNET)
    return has_unet and not _any(tensors, "cond_stage_model.", "conditioner.")


_KINDS: tuple[tuple[Callable[[Tensors], bool], Kind], ...] = (
    (lambda tensors: not tensors, Kind("empty", "download it again")),
    (_CONTROL, Kind("a ControlNet, which steers a checkpoint by a picture", "take it out of this folder")),
    (_IP_ADAPTER, Kind("an IP-Adapter, which shows a checkpoint a picture", "take it out of this folder")),
    (_ADAPTER, Kind("a T2I-Adapter, which steers a checkpoint by a picture", "take it out of this folder")),
    (_LORA, Kind("a LoRA or a relative of one", "put it into loras")),
    (_is_embedding, Kind("an embedding (textual inversion)", "put it into embeddings")),
    (_MOTION, Kind("a motion module of AnimateDiff", "take it out of this folder")),
    (_is_hypernetwork, Kind("a hypernetwork, which is not served", "take it out of this folder")),
    (
        _is_vae,
        Kind(
            "an autoencoder (VAE) alone",
            "name it NAME.vae.safetensors, beside the checkpoint NAME that it is for",
        ),
    ),
    (_FACES, Kind("a model that restores faces", "write an entry of kind faces for it into models.toml")),
    (_is_detector, Kind("a detector (YOLO)", "write an entry of kind detector for it into models.toml")),
    (_FLUX, Kind("a Flux model or a relative of it", _ANOTHER)),
    (_SD3, Kind("a Stable Diffusion 3 model", _ANOTHER)),
    (_OTHERS, Kind("a diffusion transformer of another family", _ANOTHER)),
    (_T5_OR_LLM, Kind("a text encoder alone", "take it out of this folder")),
    (_is_clip, Kind("a text tower (CLIP) alone", "take it out of this folder")),
    (
        _is_unet_alone,
        Kind("a UNet without its text tower", _THE_WHOLE),
    ),
    (
        _BARE_UNET,
        Kind("a UNet alone", _THE_WHOLE),
    ),
    (
        _DIFFUSERS_UNET,
        Kind(
            "a UNet alone, in diffusers' names",
            "put the whole folder here: the one with model_index.json, which this file is a part of",
        ),
    ),
    (_UPSCALER, Kind("an upscaler", "write an entry of kind upscaler for it into models.toml")),
)  # fmt: skip
