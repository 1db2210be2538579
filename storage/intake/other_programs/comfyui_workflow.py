"""ComfyUI's graph as its editor saves it, turned into the form that its API takes.

The editor keeps the values of a node in a list whose order only the node's class knows. Newer editors write
the names beside the inputs; for older files the order of the usual classes stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storage.intake.other_programs.foreign_recipe import Fields, fields, listed

_MUTED, _BYPASSED = 2, 4
_MOST_NODES = 3000
_MOST_LINKS = 20_000
_MOST_VALUES = 200
_AFTER_SEED = "control_after_generate"
_AFTERS = ("fixed", "increment", "decrement", "randomize")
_SEEDS = ("seed", "noise_seed")

_VALUES: Mapping[str, tuple[str, ...]] = {
    "KSampler": ("seed", _AFTER_SEED, "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        *("add_noise", "noise_seed", _AFTER_SEED, "steps", "cfg", "sampler_name", "scheduler"),
        *("start_at_step", "end_at_step", "return_with_leftover_noise"),
    ),
    "SamplerCustom": ("add_noise", "noise_seed", _AFTER_SEED, "cfg"),
    "RandomNoise": ("noise_seed", _AFTER_SEED),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": (
        *("width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"),
    ),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "VAELoader": ("vae_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "ControlNetLoader": ("control_net_name",),
    "ControlNetApply": ("strength",),
    "ControlNetApplyAdvanced": ("strength", "start_percent", "end_percent"),
    "UpscaleModelLoader": ("model_name",),
    "LatentUpscale": ("upscale_method", "width", "height", "crop"),
    "LatentUpscaleBy": ("upscale_method", "scale_by"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "LoadImage": ("image", "upload"),
    "PrimitiveNode": ("value",),
    "SaveImage": ("filename_prefix",),
}


def api_form(workflow: Fields) -> dict[str, Any]:
    """Give the nodes that are drawn with; none if this is no such graph."""
    sources = _sources(workflow.get("links"))
    graph: dict[str, Any] = {}
    for node in map(fields, _list(workflow.get("nodes"), _MOST_NODES)):
        kind, key, mode = node.get("type"), node.get("id"), node.get("mode")
        if not isinstance(kind, str) or not isinstance(key, int | str) or mode == _MUTED:
            continue
        linked = dict(_linked(node, sources))
        if mode == _BYPASSED:
            kind = "Reroute"
        inputs = linked if kind == "Reroute" else {**_values(kind, node), **linked}
        graph[str(key)] = {"class_type": kind, "inputs": inputs}
    return graph


def _list(said: Any, most: int) -> list[Any]:
    return said[:most] if isinstance(said, list) else []


def _sources(links: Any) -> dict[int, tuple[str, int]]:
    """Give the node and the output that each link comes from. Links are lists, or objects in subgraphs."""
    found: dict[int, tuple[str, int]] = {}
    for link in _list(links, _MOST_LINKS):
        if isinstance(link, dict):
            number, source, slot = (link.get(key) for key in ("id", "origin_id", "origin_slot"))
        elif isinstance(link, list) and len(link) >= 3:
            number, source, slot = link[:3]
        else:
            continue
        if isinstance(number, int) and isinstance(source, int | str) and isinstance(slot, int):
            found[number] = (str(source), slot)
    return found


def _linked(node: Fields, sources: Mapping[int, tuple[str, int]]) -> Iterator[tuple[str, Any]]:
    for entry in map(fields, listed(node.get("inputs"))):
        key, link = entry.get("name"), entry.get("link")
        if isinstance(key, str) and isinstance(link, int) and link in sources:
            yield key, list(sources[link])


def _values(kind: str, node: Fields) -> dict[str, Any]:
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return values
    if kind in _VALUES:
        return dict(zip(_VALUES[kind], _list(values, _MOST_VALUES), strict=False))
    return _by_names(node, _list(values, _MOST_VALUES))


def _by_names(node: Fields, values: list[Any]) -> dict[str, Any]:
    """Give the values of a class that is not known here by the names that newer editors write beside them."""
    names = [
        name
        for entry in map(fields, listed(node.get("inputs")))
        if isinstance(name := fields(entry.get("widget")).get("name"), str)
    ]
    found: dict[str, Any] = {}
    place = 0
    for name in names:
        found[name] = values[place] if place < len(values) else None
        place += 1
        if name in _SEEDS and place < len(values) and values[place] in _AFTERS:
            place += 1
    if not names and len(values) == 1:
        found["value"] = values[0]
    return found
