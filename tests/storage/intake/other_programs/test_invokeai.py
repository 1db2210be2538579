from __future__ import annotations

import json
from typing import Any

from storage.intake.other_programs.foreign_recipe import ForeignRecipe, NamedLora
from storage.intake.other_programs.invokeai import read_invokeai
from tests.storage.intake.other_programs.files import DREAM, INVOKEAI, SD_METADATA


def read(key: str, said: Any) -> ForeignRecipe:
    told = read_invokeai({key: said if isinstance(said, str) else json.dumps(said)})
    assert told is not None
    return told


def test_the_newest_form_is_read() -> None:
    told = read("invokeai_metadata", INVOKEAI)
    assert (told.sampler, told.checkpoint, told.checkpoint_hash) == ("dpmpp_2m_k", "dreamshaper_8", None)
    assert told.loras == (NamedLora(name="ink", weight=0.8),)
    assert (told.clip_skip, told.beside) == (1, ())


def test_version_3_calls_models_otherwise() -> None:
    said = INVOKEAI | {
        "model": {"model_name": "dreamshaper_8", "base_model": "sd-1"},
        "loras": [{"lora": {"model_name": "ink"}, "weight": 0.3}],
        "controlnets": [{"control_model": {}}],
        "init_image": "a.png",
        "strength": 0.7,
    }
    told = read("invokeai_metadata", said)
    assert (told.checkpoint, told.loras[0].weight) == ("dreamshaper_8", 0.3)
    assert (told.beside, told.denoising_strength) == (("ControlNet",), 0.7)


def test_version_2_had_unwanted_words_in_brackets() -> None:
    told = read("sd-metadata", SD_METADATA)
    assert (told.prompt, told.negative_prompt, told.sampler) == ("a red boat", "trees, blurry", "k_dpmpp_2")
    plain = SD_METADATA | {
        "image": {"prompt": "a [b] c [d,]", "steps": 5, "type": "img2img", "strength": 0.4}
    }
    told = read("sd-metadata", plain)
    assert (told.prompt, told.negative_prompt, told.denoising_strength) == ("a c", "b, d", 0.4)


def test_version_1_wrote_a_command_line() -> None:
    told = read("Dream", DREAM + " -U 2 0.75")
    assert (told.sampler, told.steps, told.seed, told.beside) == ("k_lms", 28, 1234, ("enlarging",))


def test_other_pictures_are_none() -> None:
    assert read_invokeai({"Dream": "a boat", "invokeai_metadata": "[]"}) is None
