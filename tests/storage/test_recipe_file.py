from __future__ import annotations

import contextlib
import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from storage.noise import MAX_SEED, Noise, Variation
from storage.recipe import Recipe, Upscaled, parameters_text
from storage.recipe_file import RecipeError, read_recipe, to_png
from storage.samplers import Sampler
from storage.starts import Edit, Mask, Whole
from tests.storage.recipes import PICTURE, RECIPE

seeds = st.integers(0, MAX_SEED)
recipes = st.builds(
    Recipe,
    prompt=st.text(min_size=1, max_size=100),
    negative_prompt=st.text(max_size=100),
    width=st.integers(8, 256).map(lambda side: 8 * side),
    height=st.integers(8, 256).map(lambda side: 8 * side),
    steps=st.integers(1, 150),
    sampler=st.sampled_from(Sampler),
    guidance_scale=st.floats(1, 30),
    checkpoint=st.text(max_size=50),
    checkpoint_hash=st.text("0123456789abcdef", max_size=64),
    noise=st.builds(
        Noise,
        seed=seeds,
        variations=st.lists(st.builds(Variation, seed=seeds, strength=st.floats(0.01, 1)), max_size=2).map(
            tuple
        ),
        frozen=st.none() | st.just((192, 64)),
    ),
    start=st.none()
    | st.builds(Whole, image=st.just("ab" * 32), strength=st.floats(0.001, 1))
    | st.builds(Mask, image=st.just("ab" * 32), strength=st.floats(0.001, 1), mask=st.just("cd" * 32))
    | st.builds(
        Edit, image=st.just("ab" * 32), strength=st.just(1.0), shows=st.text(min_size=1, max_size=100)
    ),
)


def png_with(key: str, text: str, zipped: bool = False) -> bytes:
    info, file = PngInfo(), io.BytesIO()
    info.add_itxt(key, text, zip=zipped)
    PICTURE.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@given(recipes)
def test_a_recipe_comes_back_from_its_picture(recipe: Recipe) -> None:
    png = to_png(PICTURE, recipe)
    assert read_recipe(png) == recipe
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == PICTURE.size
        assert image.convert("RGB").tobytes() == PICTURE.tobytes()


def test_a_recipe_of_before_there_were_starts_is_read() -> None:
    old = json.loads(RECIPE.model_dump_json())
    del old["start"], old["noise"]["frozen"]
    assert read_recipe(png_with("darkroom", json.dumps(old))) == RECIPE


def test_a_recipe_is_read_from_a_path_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(to_png(PICTURE, RECIPE))
    assert read_recipe(path) == read_recipe(str(path)) == RECIPE
    with path.open("rb") as file:
        assert read_recipe(file) == RECIPE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_other_pictures_have_none(kind: str) -> None:
    file = io.BytesIO()
    PICTURE.save(file, kind)
    assert read_recipe(file.getvalue()) is None


@pytest.mark.parametrize(
    "said", ["no json", "{}", "[" * 60_000, '{"version": 2}', "null", '{"prompt": "' + "x" * 5000 + '"}']
)
def test_a_recipe_that_makes_no_sense_is_a_sentence(said: str) -> None:
    with pytest.raises(RecipeError, match="does not make sense"):
        read_recipe(png_with("darkroom", said))


def test_a_long_recipe_is_a_sentence() -> None:
    with pytest.raises(RecipeError, match="too long"):
        read_recipe(png_with("darkroom", "x" * 100_000))


def test_text_that_inflates_without_end_is_a_sentence() -> None:
    with pytest.raises(RecipeError, match="damaged"):
        read_recipe(png_with("darkroom", "x" * 50_000_000, zipped=True))


@pytest.mark.parametrize(
    "beside",
    [
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"node " * 300_000)),
        chunk(b"tEXt", b"workflow\0" + b"node " * 600_000),
        chunk(b"eXIf", b"nonsense"),
        chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(2_000_000))),
        chunk(b"tEXt", b"a\0b")[:-4] + bytes(4),
        chunk(b"acTL", b"\1"),
    ],
    ids=["much text", "much plain text", "EXIF", "a profile", "a wrong checksum", "an animation"],
)
def test_what_others_wrote_into_a_picture_does_not_hide_its_recipe(beside: bytes) -> None:
    png = to_png(PICTURE, RECIPE)
    assert read_recipe(png[:33] + beside + png[33:]) == RECIPE
    file = io.BytesIO()
    PICTURE.save(file, "PNG")
    assert read_recipe(file.getvalue()[:33] + beside + file.getvalue()[33:]) is None


def test_a_picture_that_claims_a_huge_size_is_a_sentence() -> None:
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(RecipeError, match="impossible size"):
        read_recipe(bomb)


def test_a_file_that_is_no_picture_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="not a picture"):
        read_recipe(b"MZ, a program")
    with pytest.raises(RecipeError, match="not a picture"):
        read_recipe(b"")
    with pytest.raises(RecipeError, match="cannot be read"):
        read_recipe(tmp_path / "nothing.png")


@given(cut=st.integers(0, 900))
def test_a_truncated_picture_gives_its_recipe_or_a_sentence(cut: int) -> None:
    png = to_png(PICTURE, RECIPE)
    with contextlib.suppress(RecipeError):
        assert read_recipe(png[:cut]) in (RECIPE, None)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(place=st.integers(0, 1200), wrong=st.binary(min_size=1, max_size=40))
def test_a_damaged_picture_gives_some_recipe_or_a_sentence(place: int, wrong: bytes) -> None:
    png = to_png(PICTURE, RECIPE)
    with contextlib.suppress(RecipeError):
        read_recipe(png[:place] + wrong + png[place + len(wrong) :])


@given(st.binary(max_size=500))
def test_rubbish_after_a_png_signature_is_a_sentence(rubbish: bytes) -> None:
    with contextlib.suppress(RecipeError):
        read_recipe(b"\x89PNG\r\n\x1a\n" + rubbish)


def test_only_what_has_a_prompt_stands_where_others_look_for_one() -> None:
    """A1111 takes a line of two settings for words, and has another key for what was only enlarged."""
    enlarged = Upscaled(
        image="ab" * 32, factor=2, checkpoint="pocket", upscaler="x4", upscaler_hash="cd" * 32
    )
    for recipe, key in ((enlarged, "extras"), (enlarged.model_copy(update={"of": RECIPE}), "parameters")):
        with Image.open(io.BytesIO(to_png(PICTURE, recipe))) as image:
            assert image.info[key] == parameters_text(recipe)
            assert image.info.keys() & {"extras", "parameters"} == {key}
