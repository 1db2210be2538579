from __future__ import annotations

import io
import json
import re
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sd_parsers.parsers import AUTOMATIC1111Parser

from storage.add_on_hashes import AddOnHashes
from storage.intake.other_programs.a1111 import read_parameters
from storage.noise import Noise
from storage.recipe import parameters_text
from storage.recipe_file import to_png
from storage.samplers import Sampler
from storage.starts import Mask, Whole
from tasks.other_samplers import sampler_like
from tests.storage.recipes import PICTURE, RECIPE


def text_chunks(png: bytes) -> dict[str, tuple[str, str]]:
    """The text of a PNG by its key, with the kind of its chunk, read from the bytes."""
    found, place = {}, 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, body = png[place + 4 : place + 8].decode(), png[place + 8 : place + 8 + length]
        key, _, text = body.partition(b"\0")
        if kind == "tEXt":
            found[key.decode()] = kind, text.decode("latin-1")
        if kind == "iTXt":
            found[key.decode()] = kind, text[2:].split(b"\0", 2)[2].decode()
        place += 12 + length
    return found


@pytest.mark.parametrize("negative", ["trees", ""])
@pytest.mark.parametrize(
    ("prompt", "kind"), [("a café at (night:1.2), rain", "tEXt"), ("海の上の赤い丸", "iTXt")]
)
def test_comfyui_reads_words_and_settings(prompt: str, kind: str, negative: str) -> None:
    """What ComfyUI does with a picture dropped on it: the last lines that begin so are the marks."""
    words = {"prompt": prompt, "negative_prompt": negative, "checkpoint": "a, b"}
    written, said = text_chunks(to_png(PICTURE, RECIPE.model_copy(update=words)))["parameters"]
    assert written == kind
    head, mark, settings = said.rpartition("\nSteps:")
    assert mark
    positive, mark, found = head.rpartition("\nNegative prompt:")
    assert mark
    assert (positive.strip(), found.strip()) == (prompt, negative)
    assert "\n" not in settings
    assert {"Sampler: Euler a", "CFG scale: 4", "Seed: 1234", "Size: 512x384"} <= set(settings.split(", "))


def test_a1111_reads_words_and_settings() -> None:
    """What A1111 does: the last line is settings, with names of letters and values that may be quoted."""
    recipe = RECIPE.model_copy(update={"prompt": "one\ntwo, Steps: 3", "checkpoint": 'a, "b": c'})
    *words, last = parameters_text(recipe).split("\n")
    start = next(place for place, line in enumerate(words) if line.startswith("Negative prompt:"))
    assert words[:start] == ["one", "two, Steps: 3"]
    found = dict(re.findall(r'([A-Z][A-Za-z ]+): ("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)', last))
    assert json.loads(found.pop("Model")) == 'a, "b": c'
    assert found == {
        "Steps": "20",
        "Sampler": "Euler a",
        "CFG scale": "4",
        "Seed": "1234",
        "Size": "512x384",
        "Model hash": "0123456789",
        "Variation seed": "77",
        "Variation seed strength": "0.25",
    }


def test_others_read_the_parameters() -> None:
    with Image.open(io.BytesIO(to_png(PICTURE, RECIPE))) as image:
        assert image.info["parameters"] == (
            "a red circle over the sea\n"
            "Negative prompt: trees\n"
            "Steps: 20, Sampler: Euler a, CFG scale: 4, Seed: 1234, Size: 512x384, Model hash: 0123456789, "
            "Model: pocket, Variation seed: 77, Variation seed strength: 0.25"
        )


def test_parameters_tell_a1111_which_files_drew_and_where_the_noise_is_from() -> None:
    hashes = AddOnHashes(loras={"ink, v1": "ab" * 32, "oil": "cd" * 32}, embeddings={"neg": "ef" * 32})
    said = parameters_text(RECIPE.model_copy(update={"hashes": hashes}))
    assert said.endswith(
        ', Lora hashes: "ink, v1: abababababab, oil: cdcdcdcdcdcd", TI hashes: "neg: efefefefefef", RNG: CPU'
    )
    bare = parameters_text(RECIPE.model_copy(update={"hashes": AddOnHashes()}))
    assert bare == f"{parameters_text(RECIPE)}, RNG: CPU"


def test_parameters_leave_out_what_is_not_there() -> None:
    plain = RECIPE.model_copy(update={"negative_prompt": "", "noise": Noise(seed=1)})
    assert "\nNegative prompt: \n" in parameters_text(plain)
    assert "Variation" not in parameters_text(plain)
    assert 'Model: "a, b"' in parameters_text(plain.model_copy(update={"checkpoint": "a, b"}))


def test_parameters_name_the_picture_that_it_was_made_from() -> None:
    start = Mask(image="ab" * 32, strength=0.6, mask="cd" * 32)
    noise = Noise(seed=1, frozen=(128, 192))
    said = parameters_text(RECIPE.model_copy(update={"start": start, "noise": noise}))
    assert said.endswith(
        "Seed resize from: 128x192, Denoising strength: 0.6, "
        "Init image hash: ababababab, Mask hash: cdcdcdcdcd"
    )
    assert "Mask" not in parameters_text(
        RECIPE.model_copy(update={"start": Whole(image="ab" * 32, strength=1)})
    )


READERS = ("ours", "sd-parsers", "civitai")
TEXTS = ["a (red:1.2) boat, <lora:ink:0.5>", "海の上の赤い丸", "a: b, Steps: 3, [c|d]", "x " * 490]


def read_by(reader: str, text: str) -> dict[str, Any]:
    """What other programs read: prompts and settings by A1111's names."""
    if reader == "ours":
        foreign = read_parameters(text)
        assert foreign is not None
        return {
            "prompt": foreign.prompt,
            "negative": foreign.negative_prompt,
            "Model": foreign.checkpoint,
            "Steps": str(foreign.steps),
            "Seed": str(foreign.seed),
            "Sampler": foreign.sampler,
            "CFG scale": f"{foreign.guidance_scale:g}",
            "Size": f"{foreign.width}x{foreign.height}",
        }
    if reader == "sd-parsers":
        info = AUTOMATIC1111Parser().parse({"parameters": text})
        (sampler,) = info.samplers
        return {
            "prompt": info.full_prompt,
            "negative": info.full_negative_prompt,
            "Model": sampler.model and sampler.model.name,
            "Steps": sampler.parameters["steps"],
            "Seed": sampler.parameters["seed"],
            "Sampler": sampler.name,
            "CFG scale": sampler.parameters["cfg_scale"],
            "Size": info.metadata["Size"],
        }
    return read_by_civitai(text)


def read_by_civitai(text: str) -> dict[str, Any]:
    """As `automaticMetadataProcessor` in civitai's automatic.metadata.ts does: the first line of steps."""
    lines = [line for line in text.split("\n") if line.strip()]
    settings = next(line for line in lines if line.startswith("Steps: "))
    lines.remove(settings)
    prompt, *negative = (part.strip() for part in "\n".join(lines).split("Negative prompt:"))
    found, key, value, quoted = {"prompt": prompt, "negative": " ".join(negative)}, "", "", False
    for sign in settings + ",":
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            key, value = value.strip(), ""
        elif sign == "," and not quoted:
            found[key], value = value.strip(), ""
        else:
            value += sign
    return found


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("sampler", Sampler)
@pytest.mark.parametrize("prompt", TEXTS)
def test_other_programs_read_what_was_meant(reader: str, sampler: Sampler, prompt: str) -> None:
    recipe = RECIPE.model_copy(update={"prompt": prompt.strip(), "negative_prompt": "trees, (fog:1.1)"})
    start = Mask(image="ab" * 32, strength=0.6, mask="cd" * 32)
    hashes = AddOnHashes(loras={"ink": "ab" * 32, "oil": "cd" * 32})
    redrawn = recipe.model_copy(update={"start": start, "noise": Noise(seed=1234)})
    for each in (recipe, redrawn, recipe.model_copy(update={"hashes": hashes})):
        found = read_by(reader, parameters_text(each.model_copy(update={"sampler": sampler})))
        assert (found["prompt"], found["negative"]) == (prompt.strip(), "trees, (fog:1.1)")
        assert (found["Steps"], found["Sampler"]) == ("20", sampler.label)
        assert (found["CFG scale"], found["Seed"]) == ("4", "1234")
        assert (found["Size"], found["Model"]) == ("512x384", "pocket")


@given(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=60))
def test_our_own_reader_reads_every_prompt_of_one_line(prompt: str) -> None:
    prompt = prompt.strip()
    if prompt.startswith("Negative prompt:"):
        return
    foreign = read_parameters(
        parameters_text(RECIPE.model_copy(update={"prompt": prompt, "checkpoint": 'a: "b", c'}))
    )
    assert foreign is not None
    assert (foreign.prompt, foreign.negative_prompt, foreign.checkpoint) == (prompt, "trees", 'a: "b", c')


@pytest.mark.parametrize("sampler", Sampler)
def test_samplers_come_back_as_they_are(sampler: Sampler) -> None:
    foreign = read_parameters(parameters_text(RECIPE.model_copy(update={"sampler": sampler})))
    assert foreign is not None
    assert foreign.sampler is not None
    assert sampler_like(foreign.sampler, foreign.schedule) == (sampler, None)
