"""NovelAI: JSON in the text `Comment`, or the same texts hidden in the alpha channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storage.intake.other_programs.foreign_recipe import (
    Fields,
    ForeignRecipe,
    fields,
    listed,
    name,
    real,
    whole,
    words,
)

_SAMPLER_MARK = "sampler"


def read_novelai(texts: Mapping[str, str]) -> ForeignRecipe | None:
    """Read the texts of a picture; None if they are another program's."""
    said = fields(texts.get("Comment", ""))
    if not said or ("uc" not in said and "NovelAI" not in texts.get("Software", "")):
        return None
    if _SAMPLER_MARK not in said and "prompt" not in said:
        return None
    parts, negatives = _captions(said.get("v4_prompt")), _captions(said.get("v4_negative_prompt"))
    prompt = words(said.get("prompt")) or words(texts.get("Description"))
    return ForeignRecipe(
        program="NovelAI",
        dialect="novelai",
        prompt=words(", ".join(parts)) if len(parts) > 1 else prompt,
        negative_prompt=words(", ".join(negatives)) if len(negatives) > 1 else words(said.get("uc")),
        width=whole(said.get("width")),
        height=whole(said.get("height")),
        steps=whole(said.get("steps")),
        sampler=name(said.get("sampler")),
        schedule=name(said.get("noise_schedule")),
        guidance_scale=real(said.get("scale")),
        seed=whole(said.get("seed")),
        denoising_strength=real(said.get("strength")) if _starts_from_picture(said) else None,
        checkpoint=name(texts.get("Source")),
        beside=tuple(dict.fromkeys(_beside(said, len(parts)))),
    )


def _captions(said: object) -> list[str]:
    """Give what version 4 is told of the picture, and of each character in it."""
    caption = fields(fields(said).get("caption"))
    characters = (fields(each).get("char_caption") for each in listed(caption.get("char_captions")))
    return [text for text in map(words, (caption.get("base_caption"), *characters)) if text]


def _starts_from_picture(said: Fields) -> bool:
    return "Img2Img" in str(said.get("request_type", "")) or "image" in said


def _beside(said: Fields, parts: int) -> Iterator[str]:
    if parts > 1:
        yield "a prompt and a place for each character"
    if said.get("sm") or said.get("sm_dyn"):
        yield "SMEA"
    if real(said.get("cfg_rescale")):
        yield "guidance rescale"
    if said.get("reference_image_multiple") or said.get("reference_image"):
        yield "vibe transfer"
    if said.get("dynamic_thresholding"):
        yield "decrisper"
    if said.get("controlnet_model") or said.get("controlnet_condition"):
        yield "ControlNet"
    if "Infill" in str(said.get("request_type", "")):
        yield "a mask"
