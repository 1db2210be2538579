"""Members' files: what becomes of good ones, and what is said of the others."""

from __future__ import annotations

import contextlib
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from storage.intake import LARGEST_FILE, IntakeError, take_in, take_mask
from storage.sizes import MOST_SIDE
from tests.storage.intake.files import opened, written

KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


def two_colours(size: tuple[int, int] = (40, 24)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image


def corners(image: Image.Image) -> list[str]:
    """What is seen left and right: the strongest of red, green and blue."""
    row = np.asarray(image.convert("RGB"))[image.height // 2]
    return ["RGB"[int(row[place].argmax())] for place in (2, -3)]


def refusal(data: bytes, mask: bytes | None = None) -> str:
    with pytest.raises(IntakeError) as caught:
        take_in(data, mask)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_a_png(kind: str) -> None:
    taken = take_in(written(two_colours(), kind))
    picture = opened(taken.picture)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (40, 24))
    assert taken.size == (40, 24)
    assert taken.mask is None
    assert corners(picture) == ["R", "B"]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "RGBA", "LA", "PA"])
def test_every_way_of_keeping_colours_is_converted(mode: str) -> None:
    grey = Image.linear_gradient("L").resize((64, 64))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode == "PA":
        image = grey.convert("P").convert("PA")
    else:
        image = grey.convert(mode)
    taken = take_in(written(image, "TIFF" if mode in ("CMYK", "PA") else "PNG"))
    assert taken.mask is None
    seen = np.asarray(opened(taken.picture)).astype(int)[:, :, 1]
    assert abs(seen.mean() - np.asarray(grey).mean()) < 2
    assert mode == "1" or np.abs(seen - np.asarray(grey)).mean() < 3


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    assert corners(opened(take_in(written(two_colours().convert("CMYK"), "JPEG")).picture)) == ["R", "B"]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("lime", "red", "blue")]
    data = written(frames[0], kind, save_all=True, append_images=frames[1:])
    picture = opened(take_in(data).picture)
    assert getattr(picture, "n_frames", 1) == 1
    assert corners(picture) == ["G", "G"]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_photo_is_set_upright(kind: str, orientation: int) -> None:
    upright = two_colours()
    lying = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = opened(take_in(written(lying, kind, exif=exif)).picture)
    assert picture.size == (40, 24)
    assert corners(picture) == ["R", "B"]


def test_nothing_that_a_file_says_of_itself_is_kept() -> None:
    exif, text = Image.Exif(), PngInfo()
    exif[0x010E] = exif[0x9286] = "home address"
    text.add_text("Comment", "home address")
    data = written(two_colours(), "PNG", exif=exif, pnginfo=text, dpi=(300, 300), icc_profile=b"home address")
    assert b"home address" in data
    picture = take_in(data).picture
    assert b"home address" not in picture
    assert picture == take_in(written(two_colours(), "BMP")).picture, "equal pixels are equal files"


def test_a_large_picture_is_made_smaller_with_its_mask() -> None:
    image = Image.new("RGB", (4100, 1000), "red")
    mask = Image.new("L", image.size)
    mask.putpixel((4099, 999), 255)
    taken = take_in(written(image, "JPEG"), written(mask))
    assert taken.size == (MOST_SIDE, round(1000 * MOST_SIDE / 4100))
    small = opened(taken.mask)
    assert small.size == opened(taken.picture).size == taken.size
    assert small.getbbox() == (2047, taken.size[1] - 1, 2048, taken.size[1]), "not a marked pixel is lost"


def test_transparent_pixels_are_a_mask_filled_from_around() -> None:
    image = two_colours((64, 64)).convert("RGBA")
    ImageDraw.Draw(image).rectangle((8, 8, 23, 55), fill=(0, 255, 0, 0))
    taken = take_in(written(image))
    assert opened(taken.mask).getbbox() == (8, 8, 24, 56)
    picture = np.asarray(opened(taken.picture)).astype(int)
    hole = np.asarray(opened(taken.mask)) == 255
    assert np.abs(picture - np.asarray(two_colours((64, 64))))[hole].max() < 140
    assert picture[hole][:, 1].max() == 0, "none of the green that hid behind the hole"
    before = np.asarray(image.convert("RGB"))
    assert (picture[~hole] == before[~hole]).all()


def test_a_mask_joins_the_transparent_pixels() -> None:
    image = two_colours((32, 32)).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 8, 8))
    mask = Image.new("L", image.size)
    mask.paste(255, (24, 24, 32, 32))
    taken = np.asarray(opened(take_in(written(image), written(mask)).mask))
    assert (taken == 255).sum() == 128
    assert set(np.unique(taken)) == {0, 255}


def test_a_mask_and_transparent_pixels_together_must_keep_something() -> None:
    image, mask = two_colours((32, 32)).convert("RGBA"), Image.new("L", (32, 32))
    image.paste((0, 0, 0, 0), (0, 0, 16, 32))
    mask.paste(255, (16, 0, 32, 32))
    assert "keeps nothing" in refusal(written(image), written(mask))


def test_a_mask_may_be_white_strokes_on_nothing() -> None:
    strokes = Image.new("RGBA", (32, 32))
    strokes.paste("white", (4, 4, 12, 12))
    assert opened(take_in(written(two_colours((32, 32))), written(strokes)).mask).getbbox() == (4, 4, 12, 12)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (Image.new("RGB", (1, 1)), "only 1 x 1 pixels"),
        (Image.new("RGB", (7, 100)), "at least 8"),
        (Image.new("L", (20_000, 10)), "too long and thin"),
        (Image.new("1", (5000, 4001)), "20 megapixels"),
        (Image.new("RGBA", (32, 32)), "transparent all over"),
        (Image.new("F", (32, 32)), "unusual way"),
    ],
    ids=["1 x 1", "narrow", "20,000 x 10", "large", "transparent", "floats"],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(image: Image.Image, said: str) -> None:
    assert said in refusal(written(image, "TIFF" if image.mode == "F" else "PNG"))


@pytest.mark.parametrize("side", [5000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    assert "20 megapixels" in refusal(png_claiming(side, side))


@pytest.mark.parametrize(
    "data", [b"", b"MZ, a program", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0" * 99]
)
def test_a_file_that_is_no_picture_is_refused(data: bytes) -> None:
    assert "no picture" in refusal(data)


def test_the_name_and_the_ending_mean_nothing_but_the_content() -> None:
    """Formats that Pillow knows and nobody needs here are not even tried."""
    assert "no picture" in refusal(written(two_colours(), "PPM"))
    assert "no picture" in refusal(written(two_colours(), "PDF"))


def test_a_heavy_file_is_refused() -> None:
    assert "12 MB" in refusal(written(two_colours()) + bytes(LARGEST_FILE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_is_refused(kind: str) -> None:
    rng = np.random.default_rng(1)
    data = written(Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)), kind)
    assert "cut off or damaged" in refusal(data[: len(data) * 2 // 3])


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = written(two_colours(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert take_in(data)
    assert "damaged" in refusal(data[:last] + data[last:-2] * 200 + data[-2:])


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (Image.new("L", (40, 25), 255), "40 x 25 pixels and the picture 40 x 24"),
        (Image.new("L", (40, 24), 0), "black all over"),
        (Image.new("L", (40, 24), 255), "keeps nothing"),
        (Image.new("RGBA", (40, 24)), "black all over"),
        (Image.new("L", (1, 1)), "The mask has only 1 x 1 pixels"),
    ],
    ids=["another size", "empty", "full", "nothing but transparency", "1 x 1"],
)
def test_a_mask_that_cannot_be_used_is_refused(mask: Image.Image, said: str) -> None:
    assert said in refusal(written(two_colours()), written(mask))
    with pytest.raises(IntakeError, match=said):
        take_mask(written(mask), two_colours().size)


def test_a_mask_for_a_picture_that_is_kept_already_is_cleaned_like_any_other() -> None:
    image, mask = two_colours(), Image.new("RGBA", (40, 24))
    mask.paste("white", (8, 8, 16, 16))
    assert take_mask(written(mask), image.size) == take_in(written(image), written(mask)).mask


SAMPLES = [written(two_colours(), kind) for kind in KINDS]
SAMPLES += [written(two_colours().convert("RGBA"), "WEBP", lossless=True, save_all=True)]
SAMPLES += [
    written(two_colours().convert("P"), "PNG", transparency=0),
    written(two_colours(), "TIFF", compression="jpeg"),
]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(
    sample=st.sampled_from(SAMPLES),
    wounds=st.lists(
        st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
    ),
    cut=st.integers(0, 200),
)
def test_a_damaged_file_is_a_picture_or_a_sentence(
    sample: bytes, wounds: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(sample[: len(sample) - cut])
    for place, wrong in wounds:
        at = place % max(1, len(data))
        data[at : at + len(wrong)] = wrong
    with contextlib.suppress(IntakeError):
        taken = take_in(bytes(data), bytes(data))
        assert opened(taken.picture).mode == "RGB"
        assert opened(taken.picture).size == taken.size


@settings(max_examples=200)
@given(start=st.sampled_from([sample[:16] for sample in SAMPLES]), rubbish=st.binary(max_size=300))
def test_rubbish_behind_a_good_start_is_a_sentence(start: bytes, rubbish: bytes) -> None:
    with contextlib.suppress(IntakeError):
        take_in(start + rubbish)
