"""The text of A1111's `parameters`, and what others make of its form."""

from __future__ import annotations

import pytest

from storage.intake.other_programs.a1111 import read_parameters
from storage.intake.other_programs.foreign_recipe import ForeignRecipe, NamedLora
from tests.storage.intake.other_programs.files import CIVITAI, PARAMETERS


def read(text: str) -> ForeignRecipe:
    told = read_parameters(text)
    assert told is not None
    return told


def test_everything_is_read() -> None:
    assert read(PARAMETERS) == ForeignRecipe(
        program="A1111",
        dialect="a1111",
        prompt="a (red:1.2) boat",
        negative_prompt="trees, [blurry]",
        width=512,
        height=768,
        steps=28,
        sampler="DPM++ 2M Karras",
        guidance_scale=6.5,
        seed=1234,
        checkpoint="dreamshaper_8",
        checkpoint_hash="879db523c3",
    )


def test_prompts_have_as_many_lines_as_they_want() -> None:
    told = read(
        "a boat,\nby night, Steps: many\n\nNegative prompt: trees\nblurry\nSteps: 4, Seed: 1, Size: 64x64"
    )
    assert told.prompt == "a boat,\nby night, Steps: many"
    assert told.negative_prompt == "trees\nblurry"
    assert told.steps == 4


def test_settings_are_optional_where_the_text_is_certain() -> None:
    assert read("a boat\nNegative prompt: trees").negative_prompt == "trees"
    assert read_parameters("a boat", certain=False) is None
    assert read_parameters("  ") is None


def test_quoted_and_nested_values_do_not_mix_with_the_others() -> None:
    told = read(
        'a boat\nSteps: 20, Sampler: Euler a, Lora hashes: "ink: 12ab, Steps: 99", Seed: 7, '
        'Model: "a, \\"b\\": c", ControlNet 0: "Module: canny, Seed: 5", Hashes: {"model": "12", "Seed": 3}, '
        "Clip skip: 2, Schedule type: Karras"
    )
    assert (told.steps, told.seed, told.checkpoint) == (20, 7, 'a, "b": c')
    assert (told.clip_skip, told.schedule, told.beside) == (2, "Karras", ("ControlNet",))


@pytest.mark.parametrize(
    ("settings", "beside"),
    [
        ("Denoising strength: 0.4, Hires upscale: 1.5, Hires upscaler: Latent", "hires fix 1.5x"),
        ("Hires resize: 1024x1024, Denoising strength: 0.4", "hires fix"),
        ("Refiner: xl_refiner [7440042bbd], Refiner switch at: 0.8", "a refiner"),
        ("ADetailer model: face_yolov8n.pt, ADetailer version: 24.5", "ADetailer"),
        ("VAE hash: 1, VAE: anything.vae.pt", "the VAE anything.vae"),
        ("Face restoration: CodeFormer", "face restoration"),
        ("Mask blur: 4, Inpaint area: Only masked", "a mask"),
    ],
)
def test_what_else_made_the_picture_is_named(settings: str, beside: str) -> None:
    told = read(f"a boat\nSteps: 20, Seed: 1, Size: 64x64, {settings}")
    assert told.beside == (beside,)
    assert told.denoising_strength is None


def test_a_picture_that_was_drawn_over_is_told_by_its_strength() -> None:
    told = read("a boat\nSteps: 20, Seed: 1, Size: 64x64, Denoising strength: 0.55")
    assert (told.denoising_strength, told.beside) == (0.55, ())


def test_variations_are_read() -> None:
    told = read("a\nSteps: 20, Seed: 1, Size: 64x64, Variation seed: 9, Variation seed strength: 0.2")
    assert (told.variation_seed, told.variation_strength) == (9, 0.2)


def test_civitai_lists_its_models_as_json() -> None:
    told = read(CIVITAI)
    assert told.program == "civitai"
    assert told.checkpoint == "DreamShaper, v8"
    assert told.loras == (NamedLora(name="ink", weight=0.8),)
    assert told.clip_skip == 2


def test_loras_that_the_prompt_names_are_not_named_twice() -> None:
    told = read(CIVITAI.replace("a (red:1.2) boat", "a boat <lora:ink:0.6>"))
    assert told.loras == ()


def test_fooocus_in_this_form_has_its_loras_in_the_settings() -> None:
    told = read(
        "a boat\nSteps: 30, Sampler: DPM++ 2M SDE, Scheduler: karras, Seed: 1, Size: 64x64, "
        'Lora hashes: "ink: 12", Lora weights: "ink: 0.1, other: -0.5", Version: Fooocus v2.5.0'
    )
    assert (told.program, told.schedule) == ("Fooocus", "karras")
    assert [(lora.name, lora.weight) for lora in told.loras] == [("ink", 0.1), ("other", -0.5)]
