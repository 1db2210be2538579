"""ComfyUI: a graph in `prompt`, as its API takes it, and in `workflow`, as its editor saves it.

The first sampler of the chain that ends in the picture decides what the picture is of; later ones draw over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from storage.intake.other_programs.civitai import read_civitai
from storage.intake.other_programs.comfyui_graph import Graph, Node
from storage.intake.other_programs.comfyui_words import Words
from storage.intake.other_programs.comfyui_workflow import api_form
from storage.intake.other_programs.foreign_recipe import (
    ForeignRecipe,
    NamedLora,
    fields,
    file_stem,
    name,
    real,
    whole,
)

_LATENTS = ("latent_image", "latent", "samples", "latents", "optional_latent")
_CHECKPOINTS = ("ckpt_name", "base_ckpt_name", "unet_name", "checkpoint", "model_name")
_MOST_SAMPLERS = 20
_STACKED = re.compile(r"lora(?:_name)?_(?P<number>\d{1,2})")
_WEIGHTS = ("strength_model", "lora_model_strength", "model_strength", "lora_wt", "strength", "weight")
_BESIDE: Mapping[str, str] = {
    "ControlNet": "ControlNet",
    "IPAdapter": "IP-Adapter",
    "FaceDetailer": "a face detailer",
    "DetailerFor": "a detailer",
    "UltimateSDUpscale": "enlarging",
    "UpscaleWithModel": "enlarging",
    "ImageScale": "enlarging",
    "LatentUpscale": "hires fix",
    "FreeU": "FreeU",
    "SetLatentNoiseMask": "a mask",
    "Inpaint": "a mask",
    "ConditioningSetArea": "prompts for areas",
    "ConditioningSetMask": "prompts for areas",
    "ConditioningSetTimestepRange": "prompts for some of the steps",
    "ConditioningAverage": "prompts that are averaged",
    "RescaleCFG": "guidance rescale",
    "Hypernetwork": "a hypernetwork",
    "PerturbedAttention": "perturbed attention guidance",
    "SelfAttentionGuidance": "self attention guidance",
    "unCLIP": "a picture as a prompt",
}
Value = TypeVar("Value")


def read_comfyui(texts: Mapping[str, str]) -> ForeignRecipe | None:
    """Read the texts of a picture; None if there is no graph with a sampler in it."""
    for said in _graphs(texts):
        told = read_civitai(said) or _read(Graph(said))
        if told:
            return told
    return None


def _graphs(texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield graphs in the API's form: as written, then as the editor saved them."""
    comment = fields(texts.get("UserComment", ""))
    for said in (fields(texts.get("prompt", "")), fields(comment.get("prompt")), comment):
        if said:
            yield said
    for said in (fields(texts.get("workflow", "")), fields(comment.get("workflow"))):
        if "nodes" in said:
            yield api_form(said)


def _read(graph: Graph) -> ForeignRecipe | None:
    if (chain := _chain(graph)) is None:
        return None
    end, (*later, sampler) = chain
    reads, guider = Words(graph), graph.source(sampler, "guider") or sampler
    model = guider if "model" in guider.links else sampler
    models = list(graph.upstream(model, through=_is_of_the_model))
    sigmas = graph.source(sampler, "sigmas") or sampler
    latents = _latents(graph, sampler)
    size = next((node for node in latents if _is_empty_latent(node)), None)
    denoise = _first(graph, (sampler, sigmas), ("denoise", "denoise_strength"), real)
    return ForeignRecipe(
        program="ComfyUI",
        dialect="comfyui",
        prompt=reads.said(guider, ("positive", "conditioning"), "positive"),
        negative_prompt=reads.said(guider, ("negative",), "negative"),
        width=_first(graph, (size,), ("width", "empty_latent_width"), whole),
        height=_first(graph, (size,), ("height", "empty_latent_height"), whole),
        steps=_first(graph, (sampler, sigmas), ("steps",), whole),
        sampler=_sampler_name(graph, sampler),
        schedule=_first(graph, (sampler, sigmas), ("scheduler",), name) or _schedule_of(sigmas),
        guidance_scale=_first(graph, (sampler, guider), ("cfg", "cfg_scale", "guidance"), real),
        seed=_first(graph, (sampler, graph.source(sampler, "noise")), ("seed", "noise_seed"), whole),
        denoising_strength=denoise if size is None and latents else None,
        clip_skip=_clip_skip(graph, sampler),
        checkpoint=_first(graph, tuple(models), _CHECKPOINTS, file_stem),
        loras=tuple(lora for node in reversed(models) for lora in _loras(graph, node)),
        beside=tuple(dict.fromkeys(_beside(graph, end, several=bool(later)))),
    )


def _chain(graph: Graph) -> tuple[Node, list[Node]] | None:
    """Give the node that saved the picture, and the samplers behind it: the last is the first that ran."""
    for end in graph.ends() or list(graph.nodes.values())[:1]:
        found = [node for node in graph.upstream(end) if _is_sampler(node)][:_MOST_SAMPLERS]
        if found:
            first = next(
                (each for each in reversed(found) if not _has_sampler_behind(graph, each)), found[-1]
            )
            return end, [each for each in found if each is not first] + [first]
    return None


def _is_sampler(node: Node) -> bool:
    guided = {"positive", "negative"} <= node.inputs.keys() or "guider" in node.links
    return guided and any(key in node.links for key in _LATENTS)


def _has_sampler_behind(graph: Graph, sampler: Node) -> bool:
    return any(_is_sampler(node) for node in _latents(graph, sampler))


def _latents(graph: Graph, sampler: Node) -> list[Node]:
    """List what the latents come from, without the sampler."""
    start = graph.source(sampler, *_LATENTS)
    return list(graph.upstream(start)) if start else []


def _is_empty_latent(node: Node) -> bool:
    if "empty_latent_width" in node.inputs:
        return True
    return "Latent" in node.kind and "Upscale" not in node.kind and {"width", "height"} <= node.inputs.keys()


def _is_of_the_model(key: str) -> bool:
    return any(part in key.lower() for part in ("model", "lora", "pipe", "context"))


def _first(
    graph: Graph, nodes: tuple[Node | None, ...], keys: tuple[str, ...], kind: Callable[[Any], Value | None]
) -> Value | None:
    """Give the first of these inputs that makes sense, of the first node that has one."""
    for node in nodes:
        for key in keys if node else ():
            if node and key in node.inputs and (value := graph.value(node, key, kind)) is not None:
                return value
    return None


def _sampler_name(graph: Graph, sampler: Node) -> str | None:
    chosen = graph.source(sampler, "sampler")
    found = _first(graph, (sampler, chosen), ("sampler_name",), name)
    return found or (chosen.kind.removeprefix("Sampler") if chosen else None)


def _schedule_of(sigmas: Node) -> str | None:
    """Name the schedule by a class such as KarrasScheduler."""
    return sigmas.kind.removesuffix("Scheduler").lower() if sigmas.kind.endswith("Scheduler") else None


def _clip_skip(graph: Graph, sampler: Node) -> int | None:
    """Count as A1111 does: the last layer, -1, is 1."""
    found = _first(graph, tuple(graph.upstream(sampler)), ("stop_at_clip_layer", "clip_skip"), whole)
    return -found if found is not None and found < 0 else None


def _loras(graph: Graph, node: Node) -> Iterator[NamedLora]:
    """Yield the LoRAs of a loader of one, of a stack, or of rgthree's with switches."""
    if lora := graph.value(node, "lora_name", file_stem):
        yield NamedLora(name=lora, weight=_weight(graph, node, _WEIGHTS))
    for key, said in node.inputs.items():
        if (number := _STACKED.fullmatch(key)) is None:
            continue
        if isinstance(said, dict):
            if said.get("on", True) and (lora := file_stem(said.get("lora"))):
                strength = real(said.get("strength"))
                yield NamedLora(name=lora, weight=1.0 if strength is None else strength)
        elif lora := file_stem(said):
            keys = tuple(f"{weight}_{number['number']}" for weight in (*_WEIGHTS, "model_str"))
            yield NamedLora(name=lora, weight=_weight(graph, node, keys))


def _weight(graph: Graph, node: Node, keys: tuple[str, ...]) -> float:
    found = _first(graph, (node,), keys, real)
    return 1.0 if found is None else found


def _beside(graph: Graph, end: Node, *, several: bool) -> Iterator[str]:
    """Name what else made the picture, by the classes of the nodes behind it."""
    if several:
        yield "a second pass"
    for node in graph.upstream(end):
        for part, what in _BESIDE.items():
            if part in node.kind:
                yield what
        if node.kind == "VAELoader" and (vae := file_stem(node.inputs.get("vae_name"))):
            yield f"the VAE {vae}"
