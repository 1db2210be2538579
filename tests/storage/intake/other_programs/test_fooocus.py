from __future__ import annotations

import json

from storage.intake.other_programs.fooocus import read_fooocus
from storage.intake.other_programs.foreign_recipe import NamedLora
from tests.storage.intake.other_programs.files import FOOOCUS


def test_its_own_scheme_is_read() -> None:
    told = read_fooocus(json.dumps(FOOOCUS))
    assert told is not None
    assert (told.sampler, told.schedule, told.seed) == ("dpmpp_2m", "karras", 1234)
    assert told.loras == (NamedLora(name="ink", weight=0.8),)
    assert told.beside == ("the styles 'Fooocus V2', 'Fooocus Sharp'",)


def test_loras_may_be_off_or_in_a_list() -> None:
    said = FOOOCUS | {"lora_combined_1": "False : a : 1", "lora_combined_2": "True : b.safetensors : -0.5"}
    told = read_fooocus(json.dumps(said | {"loras": [["c", 0.25, "12"]], "refiner_model": "xl_refiner"}))
    assert told is not None
    assert [(lora.name, lora.weight) for lora in told.loras] == [("b", -0.5), ("c", 0.25)]
    assert "the refiner xl_refiner" in told.beside


def test_other_json_is_none() -> None:
    assert read_fooocus('{"prompt": "a"}') is None
    assert read_fooocus("a boat") is None
