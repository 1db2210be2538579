"""Another program's picture, made again: what is taken over, and what is said not to be."""

from __future__ import annotations

from typing import Any

import pytest

from storage.intake.other_programs import ForeignRecipe, NamedLora
from storage.jobs import Sampling
from storage.noise import Noise, Variation
from storage.samplers import Sampler
from storage.weighting import Weighting
from tasks.other_programs import Adapted, Here, adapted

TOLD = ForeignRecipe(
    program="A1111",
    dialect="a1111",
    prompt="a (red:1.2) boat",
    negative_prompt="trees",
    width=512,
    height=768,
    steps=28,
    sampler="DPM++ 2M",
    schedule="Karras",
    guidance_scale=6.5,
    seed=1234,
    checkpoint="DreamShaper_8",
)
HERE = Here(
    default="pocket", checkpoints={"pocket": "ab" * 32, "dreamshaper-8": ""}, loras=frozenset({"Ink"})
)
KARRAS, LATER = "DPM++ 2M Karras", "Make the picture larger afterwards"
ALIKE = "A1111 draws other noise from the same seed, so the picture comes out alike at best."


def made(**changes: Any) -> Adapted:
    return adapted(TOLD.model_copy(update=changes), HERE)


def test_what_is_here_is_taken_over() -> None:
    near = made()
    assert near.missed == (ALIKE,)
    assert (near.checkpoint, near.has_checkpoint) == ("dreamshaper-8", True)
    assert (near.size, near.noise) == ((512, 768), Noise(seed=1234))
    task = Sampling(**near.fields, width=512, height=768)
    assert (task.prompt, task.negative_prompt) == ("a (red:1.2) boat", "trees")
    assert (task.steps, task.sampler, task.guidance_scale) == (28, Sampler.DPMPP_2M_KARRAS, 6.5)
    assert task.weighting is Weighting.A1111


def test_a_checkpoint_is_found_by_its_hash() -> None:
    near = made(checkpoint="renamed", checkpoint_hash="ABABABABAB")
    assert (near.checkpoint, near.has_checkpoint) == ("pocket", True)


def test_without_its_checkpoint_another_one_draws() -> None:
    near = made(checkpoint="sdxl", checkpoint_hash="12")
    assert (near.checkpoint, near.has_checkpoint) == ("pocket", False)
    assert near.missed[0] == "The checkpoint sdxl is not here: pocket draws instead."


def test_loras_that_are_here_are_worn_and_others_left_out() -> None:
    near = made(
        prompt="a boat <lora:INK:0.5> <lora:wash:1> <hypernet:x:1>",
        loras=(NamedLora(name="oil", weight=0.3),),
    )
    assert near.fields["prompt"] == "a boat <lora:Ink:0.5>"
    assert near.missed[:3] == (
        "The LoRA wash is not here, and is left out.",
        "The hypernetwork x is left out: there are none here.",
        "The LoRA oil is not here, and is left out.",
    )
    other = adapted(TOLD.model_copy(update={"loras": (NamedLora(name="ink", weight=0.8),)}), HERE)
    assert other.fields["prompt"] == "a (red:1.2) boat <lora:Ink:0.8>"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sampler": "Heun", "schedule": None}, f"The sampler Heun is not here: {KARRAS} draws instead."),
        ({"steps": 300}, "300 steps cannot be made: it is 150."),
        ({"guidance_scale": 0.0}, "A guidance scale of 0 is not possible: it is 1."),
        ({"width": 2048, "height": 64}, "2048 x 64 pixels cannot be drawn: it is 2048 x 256."),
        ({"width": 500, "height": 40}, "500 x 40 pixels cannot be drawn: it is 496 x 64."),
        ({"seed": 2**40 + 7}, f"Seeds go to 4294967295 here: {2**40 + 7} becomes 7."),
        ({"beside": ("ControlNet",)}, "Also used, and not done here: ControlNet."),
        ({"beside": ("hires fix 2x",)}, f"Also used: hires fix 2x. {LATER}, with detail."),
        ({"clip_skip": 2}, "Clip skip 2 is not taken over: the checkpoint's own entry sets it here."),
        (
            {"denoising_strength": 0.4},
            "It was drawn over another picture, at a strength of 0.4, which is not in the file: start from "
            "that one if you have it.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(changes: dict[str, Any], sentence: str) -> None:
    near = made(**changes)
    assert near.missed == (sentence, ALIKE)
    size = near.size or (512, 512)
    Sampling(**near.fields, width=size[0], height=size[1])


def test_what_is_not_told_is_as_usual() -> None:
    near = adapted(ForeignRecipe(program="X", dialect="comfyui", prompt="a boat"), HERE)
    assert (near.noise, near.size) == (None, None)
    assert (near.fields["steps"], near.fields["guidance_scale"]) == (20, 4.5)
    assert near.fields["weighting"] is Weighting.DARKROOM


def test_variations_are_taken_over() -> None:
    near = made(variation_seed=9, variation_strength=0.2)
    assert near.noise == Noise(seed=1234, variations=(Variation(seed=9, strength=0.2),))


def test_a_seamless_tile_stays_one() -> None:
    assert "seamless" not in made().fields
    tile = made(beside=("tiling",))
    assert tile.fields["seamless"] is True
    assert not any("tiling" in missed for missed in tile.missed)
