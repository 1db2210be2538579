from __future__ import annotations

import json
from typing import Any

from storage.intake.other_programs.foreign_recipe import ForeignRecipe, NamedLora
from storage.intake.other_programs.swarmui import read_swarmui
from tests.storage.intake.other_programs.files import SWARMUI


def read(**changes: Any) -> ForeignRecipe:
    said = SWARMUI | {"sui_image_params": SWARMUI["sui_image_params"] | changes}
    told = read_swarmui(json.dumps(said))
    assert told is not None
    return told


def test_its_json_is_read() -> None:
    told = read()
    assert (told.checkpoint, told.checkpoint_hash) == ("dreamshaper_8", "879db523c3")
    assert told.loras == (NamedLora(name="ink", weight=0.8),)
    assert (told.dialect, told.beside) == ("comfyui", ())


def test_numbers_and_lists_may_be_texts() -> None:
    told = read(steps="28", cfgscale="6.5", loras="ink,wash", loraweights="0.8", clipstopatlayer=-2)
    assert (told.steps, told.guidance_scale, told.clip_skip) == (28, 6.5, 2)
    assert [(lora.name, lora.weight) for lora in told.loras] == [("ink", 0.8), ("wash", 1.0)]


def test_what_else_made_the_picture_is_named() -> None:
    told = read(
        prompt="a boat <segment:face,0.6> a smile",
        controlnetmodel="canny",
        refinerupscale=2.0,
        initimage="...",
        initimagecreativity=0.6,
    )
    assert told.prompt == "a boat"
    assert set(told.beside) == {"parts of the prompt for regions or a refiner", "ControlNet", "hires fix 2x"}
    assert told.denoising_strength == 0.6


def test_other_json_is_none() -> None:
    assert read_swarmui('{"sui_extra_data": {}}') is None
