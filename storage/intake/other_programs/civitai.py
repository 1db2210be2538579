"""civitai's own generator where it writes a ComfyUI graph: the settings stand in its `extraMetadata`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from storage.intake.other_programs.foreign_recipe import (
    Fields,
    ForeignRecipe,
    NamedLora,
    fields,
    listed,
    name,
    real,
    whole,
    words,
)


def read_civitai(graph: Fields) -> ForeignRecipe | None:
    """Read what stands beside the nodes; None if that is not there."""
    said = fields(graph.get("extraMetadata")) or fields(fields(graph.get("extra")).get("extraMetadata"))
    if not said or not {"prompt", "steps", "cfgScale"} & said.keys():
        return None
    return ForeignRecipe(
        program="civitai",
        dialect="a1111",
        prompt=words(said.get("prompt")),
        negative_prompt=words(said.get("negativePrompt")),
        width=whole(said.get("width")),
        height=whole(said.get("height")),
        steps=whole(said.get("steps")),
        sampler=name(said.get("sampler")),
        schedule=name(said.get("scheduler")),
        guidance_scale=real(said.get("cfgScale")),
        seed=whole(said.get("seed")),
        denoising_strength=real(said.get("denoise")) if said.get("workflowId") != "txt2img" else None,
        clip_skip=whole(said.get("clipSkip")),
        checkpoint=name(said.get("baseModel")),
        loras=tuple(_loras(said.get("resources"))),
        beside=(f"the workflow {workflow}",) if (workflow := _other_workflow(said)) else (),
    )


def _other_workflow(said: Fields) -> str | None:
    workflow = name(said.get("workflowId"))
    return None if workflow is None or workflow == "txt2img" else workflow


def _loras(said: Any) -> Iterator[NamedLora]:
    for each in map(fields, listed(said)):
        lora = name(each.get("modelName") or each.get("name"))
        if lora and str(each.get("type", "")).lower() in ("lora", "lycoris", "dora"):
            strength = real(each.get("strength") or each.get("weight"))
            yield NamedLora(name=lora, weight=1.0 if strength is None else strength)
