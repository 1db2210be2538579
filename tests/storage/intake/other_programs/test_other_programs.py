"""One small picture of each program, and pictures made to harm."""

from __future__ import annotations

import json
import struct
import time
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.intake.other_programs import ForeignRecipe, read_foreign
from tests.storage.intake.other_programs.files import (
    CIVITAI,
    COMFYUI,
    DREAM,
    FOOOCUS,
    INVOKEAI,
    NOVELAI,
    PARAMETERS,
    SD_METADATA,
    SWARMUI,
    WORKFLOW,
    commented,
    exif,
    hidden,
    picture,
    png,
)

A1111 = png({"parameters": PARAMETERS})
FORGE = PARAMETERS.replace("DPM++ 2M Karras", "DPM++ 2M, Schedule type: Karras") + ", Version: f2.0.1v1.10.1"
FULL = "a (red:1.2) boat", "trees, [blurry]"

PICTURES: dict[str, tuple[bytes, str, tuple[str, str]]] = {
    "A1111": (A1111, "A1111", FULL),
    "A1111 as JPEG": (picture("JPEG", commented(PARAMETERS)), "A1111", FULL),
    "A1111 as WebP": (picture("WEBP", commented(PARAMETERS)), "A1111", FULL),
    "A1111 with EXIF in a PNG": (picture("PNG", commented(PARAMETERS)), "A1111", FULL),
    "Forge": (png({"parameters": FORGE}), "Forge", FULL),
    "SD.Next": (png({"parameters": PARAMETERS + ", App: SD.Next"}), "SD.Next", FULL),
    "civitai": (picture("JPEG", commented(CIVITAI, "utf-16-le", "<")), "civitai", FULL),
    "civitai, big-endian": (picture("JPEG", commented(CIVITAI, "utf-16-be", ">")), "civitai", FULL),
    "civitai, mixed": (picture("WEBP", commented(CIVITAI, "utf-16-le", ">")), "civitai", FULL),
    "ComfyUI": (
        png({"prompt": json.dumps(COMFYUI), "workflow": json.dumps(WORKFLOW)}),
        *("ComfyUI", FULL),
    ),
    "ComfyUI, for its API": (png({"prompt": json.dumps(COMFYUI)}), "ComfyUI", FULL),
    "ComfyUI, from its editor": (png({"workflow": json.dumps(WORKFLOW)}), "ComfyUI", FULL),
    "ComfyUI as WebP": (
        picture("WEBP", exif({0x10F: b"workflow:{}\0", 0x110: b"prompt:" + json.dumps(COMFYUI).encode()})),
        *("ComfyUI", FULL),
    ),
    "InvokeAI": (
        png({"invokeai_metadata": json.dumps(INVOKEAI)}),
        *("InvokeAI", ("a (red)1.2 boat", "trees, [blurry]")),
    ),
    "InvokeAI 2": (
        png({"Dream": DREAM, "sd-metadata": json.dumps(SD_METADATA)}),
        *("InvokeAI", ("a red boat", "trees, blurry")),
    ),
    "InvokeAI 1": (png({"Dream": DREAM}), "InvokeAI", ("a red boat", "trees, blurry")),
    "Fooocus": (png({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}), "Fooocus", FULL),
    "Fooocus as JPEG": (
        picture("JPEG", exif({0x131: b"Fooocus v2.5.0\0", 0x9286: json.dumps(FOOOCUS).encode() + b"\0"})),
        *("Fooocus", FULL),
    ),
    "SwarmUI": (png({"parameters": json.dumps(SWARMUI, indent=2)}), "SwarmUI", FULL),
    "SwarmUI as JPEG": (picture("JPEG", commented(json.dumps(SWARMUI), "utf-16-le")), "SwarmUI", FULL),
    "NovelAI": (png(NOVELAI), "NovelAI", ("a {red} boat", "trees, [blurry]")),
    "NovelAI, hidden": (hidden(json.dumps(NOVELAI)), "NovelAI", ("a {red} boat", "trees, [blurry]")),
    "A1111, hidden": (hidden(PARAMETERS, b"stealth_pnginfo"), "A1111", FULL),
    "A1111, hidden in colours": (hidden(PARAMETERS, b"stealth_rgbcomp"), "A1111", FULL),
}


@pytest.mark.parametrize("which", PICTURES)
def test_prompts_and_settings_are_read(which: str) -> None:
    data, program, words = PICTURES[which]
    told = read_foreign(data)
    assert told is not None
    assert told.program == program
    assert (told.prompt, told.negative_prompt) == words
    assert (told.width, told.height, told.steps) == (512, 768, 28)
    assert (told.guidance_scale, told.seed) == (6.5, 1234)


@pytest.mark.parametrize("which", sorted(PICTURES.keys() - {"InvokeAI 1", "NovelAI", "NovelAI, hidden"}))
def test_the_checkpoint_is_named(which: str) -> None:
    told = read_foreign(PICTURES[which][0])
    assert told is not None
    assert told.checkpoint == ("DreamShaper, v8" if told.program == "civitai" else "dreamshaper_8")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_says_nothing_is_none(kind: str) -> None:
    assert read_foreign(picture(kind, b"")) is None
    assert read_foreign(picture(kind, commented("a holiday, by me: 2024, at: the sea"))) is None
    assert read_foreign(b"") is None
    assert read_foreign(png({"Software": "GIMP", "Comment": "made with love", "prompt": "[1, 2]"})) is None


def test_texts_have_no_control_characters_and_an_end() -> None:
    told = read_foreign(
        png({"parameters": f"a\x1b[31m boat\u2028 {'x' * 50_000}\nSteps: 1, Seed: 2, Size: 8x8"})
    )
    assert told is not None
    assert told.prompt.startswith("a [31m boat  xxx")
    assert len(told.prompt) <= 10_000
    assert told.steps == 1


def test_what_would_inflate_without_end_is_not_read() -> None:
    bomb = zlib.compress(b"a boat, " * 5_000_000)
    body = b"parameters\0\0" + bomb
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + bytes(4)
    plain = png({})
    assert read_foreign(plain[:33] + chunk + plain[33:]) is None
    told = read_foreign(hidden("a" * 30_000_000, size=(512, 512)))
    assert told is not None, "the beginning of what is hidden is a prompt"
    assert len(told.prompt) == 10_000


def slow(said: Any) -> bytes:
    return png({"prompt": json.dumps(said)})


@pytest.mark.parametrize(
    "data",
    [
        png({"parameters": '"' * 200_000}),
        png({"parameters": "Steps: " * 50_000}),
        png({"parameters": "\n".join(["Steps: 1, " * 100] * 3000)}),
        png({"parameters": "a: [" * 50_000}),
        png({"Dream": '"a' + " -s" * 300_000}),
        png({"sd-metadata": json.dumps({"image": {"prompt": "[" * 300_000}})}),
        png({"prompt": '{"a":' * 100_000}),
        slow({str(i): {"class_type": "KSampler", "inputs": {key: [str(i + 1), 0] for key in "abcdefgh"}
                       | {"positive": [str(i), 0], "negative": [str(i), 0], "latent_image": [str(i + 1), 0]}}
              for i in range(2000)}),
        slow({str(i): {"class_type": "X", "inputs": {"text_a": [str(i + 1), 0], "text_b": [str(i + 1), 0],
                                                      "positive": [str(i + 1), 0], "negative": ["0", 0],
                                                      "latent": ["0", 0]}} for i in range(300)}),
    ],
    ids=["quotes", "names", "lines", "JSON", "options", "brackets", "depth", "samplers", "texts of texts"],
)  # fmt: skip
def test_no_text_takes_long(data: bytes) -> None:
    began = time.process_time()
    read_foreign(data)
    assert time.process_time() - began < 3


def test_circles_end() -> None:
    sampler = COMFYUI["3"]["inputs"] | {"positive": ["6", 0], "negative": ["6", 0], "latent_image": ["3", 0]}
    around = {
        "3": {"class_type": "KSampler", "inputs": sampler | {"model": ["3", 0], "seed": ["3", 0]}},
        "6": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["6", 0], "text": ["6", 0]}},
    }
    told = read_foreign(slow(around))
    assert told is not None
    assert (told.prompt, told.seed, told.steps) == ("", None, 28)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=5) | st.dictionaries(st.text(max_size=10), inside, max_size=5),
    max_leaves=20,
)
FORMS = {
    "prompt": COMFYUI,
    "workflow": WORKFLOW,
    "invokeai_metadata": INVOKEAI,
    "sd-metadata": SD_METADATA,
    "parameters": FOOOCUS,
    "Comment": json.loads(NOVELAI["Comment"]),
}


def places(said: Any) -> list[tuple[Any, Any]]:
    """Every place in a value in which another one may stand."""
    inside = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    return [(said, key) for key, _ in inside] + [place for _, each in inside for place in places(each)]


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.data())
def test_any_value_in_any_place_gives_something_or_nothing(key: str, data: st.DataObject) -> None:
    said = json.loads(json.dumps(FORMS[key]))
    for _ in range(3):
        parent, place = data.draw(st.sampled_from(places(said)))
        parent[place] = data.draw(JSON)
    told = read_foreign(png({key: json.dumps(said)}))
    assert told is None or ForeignRecipe.model_validate_json(told.model_dump_json()) == told


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["parameters", "Dream", "prompt", "Comment", "UserComment"]), st.text(max_size=300))
def test_any_text_gives_something_or_nothing(key: str, text: str) -> None:
    told = read_foreign(png({key: text}))
    assert told is None or ForeignRecipe.model_validate_json(told.model_dump_json()) == told


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([A1111, PICTURES["civitai"][0], PICTURES["ComfyUI as WebP"][0], hidden(PARAMETERS)]),
    st.integers(0, 3000),
    st.binary(min_size=1, max_size=30),
)
def test_a_damaged_file_gives_something_or_nothing(file: bytes, place: int, wrong: bytes) -> None:
    at = place % len(file)
    read_foreign(file[:at] + wrong + file[at + len(wrong) :])
    read_foreign(file[:at])
