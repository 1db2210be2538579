from __future__ import annotations

import io
import json
import re
import struct

import pytest
from PIL import Image

from storage.add_on_hashes import AddOnHashes
from storage.noise import Noise
from storage.recipe import parameters_text
from storage.recipe_file import to_png
from storage.starts import Mask, Whole
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
