"""JPEG: what phones and cameras put into and behind it, inks, scans, and ends that are missing."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from storage.intake import take_in
from tests.storage.intake import icc
from tests.storage.intake.files import of, opened, refusal, scene, seen, written

RNG = np.random.default_rng(3)
NOISE = Image.fromarray(RNG.integers(0, 256, (64, 64, 3)).astype(np.uint8))
END = b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(data: bytes, *extra: bytes) -> bytes:
    """The same JPEG with more segments at its start."""
    return data[:2] + b"".join(extra) + data[2:]


VIDEO = b"\0\0\0\x18ftypmp42" + b"\xff\xda\x00\x08mdat" * 500 + b"\xff\xc0\xff\xd8\xff\xd9"
BEHIND = {
    "a video": VIDEO,
    "a second photo": written(NOISE, "JPEG"),
    "a brighter copy and a video": written(NOISE, "JPEG", progressive=True) * 20 + VIDEO,
    "zeros": bytes(5000),
    "random bytes": RNG.bytes(200_000),
    "a program": b"MZ" + bytes(99),
}


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND.keys())
def test_what_is_behind_a_photo_is_not_looked_at(behind: bytes, progressive: bool) -> None:
    photo = written(scene(), "JPEG", progressive=progressive)
    taken = take_in(photo + behind)
    assert taken == take_in(photo)
    assert np.abs(of(taken) - np.asarray(opened_by_pillow(photo))).max() == 0


def opened_by_pillow(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_of_many_pictures_in_one_file_the_first_is_taken() -> None:
    data = written(scene(), "MPO", save_all=True, append_images=[NOISE, NOISE])
    assert data.count(b"\xff\xd8\xff") >= 3
    assert np.abs(seen(data) - np.asarray(scene())).mean() < 12


INSIDE = {
    "EXIF that is text": segment(0xE1, b"Exif\0\0b'MM\\x00*'"),
    "EXIF that points away": segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    "EXIF with a small photo in it": segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0" + written(NOISE, "JPEG")),
    "XMP": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta" + b"\xff\xda" * 900),
    "Photoshop's": segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff\xff\xff"),
    "an index of more pictures that makes no sense": segment(0xE2, b"MPF\0II*\0\xff\xff\xff\xff"),
    "a profile of which parts are missing": segment(0xE2, b"ICC_PROFILE\0\1\3" + icc.ADOBE_RGB.profile()),
    "a profile that counts to zero": segment(0xE2, b"ICC_PROFILE\0\0\0"),
    "a comment": segment(0xFE, b"\xff\xd9\xff\xda" * 200),
    "a broken JFIF": segment(0xE0, b"JFIF\0"),
    "a broken Adobe": segment(0xEE, b"Adob"),
    "rubbish between": segment(0xEC, b"") + b"rubbish\0\0",
    "fill bytes": b"\xff" * 50,
    "empty segments": segment(0xEC, b"") * 300,
}


@pytest.mark.parametrize("inside", INSIDE.values(), ids=INSIDE.keys())
def test_what_is_in_a_photo_beside_its_pixels_harms_nobody(inside: bytes) -> None:
    photo = written(scene(), "JPEG")
    assert take_in(with_segments(photo, inside)) == take_in(photo)


def test_a_profile_comes_in_parts_in_any_order() -> None:
    profile, photo = icc.ADOBE_RGB.profile(), written(scene(), "JPEG", quality=100)
    parts = [profile[:100], profile[100:300], profile[300:]]
    shuffled = [
        segment(0xE2, b"ICC_PROFILE\0" + bytes((number + 1, 3)) + parts[number]) for number in (2, 0, 1)
    ]
    expected = seen(written(scene(), "JPEG", quality=100, icc_profile=profile))
    assert (seen(with_segments(photo, *shuffled)) == expected).all()
    assert np.abs(expected - seen(photo)).max() > 20


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_orientation_counts_when_the_rest_of_exif_is_broken(orientation: int) -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\3" + struct.pack(">HHI4s", 0x010F, 2, 400, b"\xff\xff\xff\xff")
    exif += struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    photo = written(scene(), "JPEG")
    turned = {3: 2, 6: 3, 8: 1}[orientation]
    assert (seen(with_segments(photo, segment(0xE1, exif))) == np.rot90(seen(photo), turned)).all()


def four_inks(transform: int, colours: list[tuple[int, int, int, int]]) -> bytes:
    """As Photoshop writes it: inks upside down, Adobe's segment with `transform` 0 for CMYK, 2 for YCCK."""
    image = Image.new("CMYK", (16 * len(colours), 16))
    for index, colour in enumerate(colours):
        image.paste(colour, (16 * index, 0, 16 * index + 16, 16))
    pixels = np.asarray(image)
    if transform == 2:
        # Stored upside down, the inks are those of the RGB whose YCbCr is stored.
        rgb = Image.fromarray(np.ascontiguousarray(pixels[:, :, :3])).convert("YCbCr")
        pixels = np.dstack((255 - np.asarray(rgb), pixels[:, :, 3]))
    data = written(Image.fromarray(np.ascontiguousarray(pixels), "CMYK"), "JPEG", quality=100, subsampling=0)
    at = data.index(b"Adobe")
    return data[: at + 11] + bytes([transform]) + data[at + 12 :]


@pytest.mark.parametrize("transform", [0, 2], ids=["CMYK", "YCCK"])
def test_inks_upside_down_are_the_right_colours(transform: int) -> None:
    colours = [(0, 255, 255, 0), (255, 0, 255, 0), (0, 0, 0, 0), (100, 30, 60, 40), (0, 0, 0, 255)]
    pixels = seen(four_inks(transform, colours))
    for index, (c, m, y, k) in enumerate(colours):
        expected = np.array([(255 - ink) * (255 - k) / 255 for ink in (c, m, y)])
        assert np.abs(pixels[8, 16 * index + 8] - expected).max() <= 3, (c, m, y, k)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True], ids=["plain", "progressive"])
@pytest.mark.parametrize("lost", [1, 2, 3, 10, 40, 100])
def test_a_few_bytes_less_are_hardly_seen(mode: str, progressive: bool, lost: int) -> None:
    data = written(NOISE.convert(mode), "JPEG", quality=90, progressive=progressive)
    whole, cut = seen(data), seen(data[:-lost])
    assert (cut[:47] == whole[:47]).all() or progressive
    assert np.abs(cut - whole).mean() < (6 if progressive else 16)
    assert not (np.abs(cut[-1] - 128) < 3).all(), "no grey is left"


def test_the_lost_rows_repeat_the_last_one() -> None:
    image = Image.linear_gradient("L").resize((256, 256)).convert("RGB")
    noisy = np.asarray(image).astype(int) + RNG.integers(-9, 9, (256, 256, 3))
    data = written(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), "JPEG", quality=95)
    cut = seen(data[: -len(data) // 20])
    assert (cut[-1, -16:] == cut[-4, -16:]).all()
    assert cut[-1].mean() > 225


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
@pytest.mark.parametrize("progressive", [False, True], ids=["plain", "progressive"])
def test_a_photo_of_which_much_is_missing_is_refused(share: float, progressive: bool) -> None:
    data = written(NOISE, "JPEG", quality=90, progressive=progressive)
    if progressive and share < 0.5:
        assert np.abs(seen(data[: round(len(data) * (1 - share))]) - seen(data)).mean() < 25, (
            "coarse, but all there"
        )
    else:
        assert "cut off or damaged" in refusal(data[: round(len(data) * (1 - share))])


def endless(scans: int, size: tuple[int, int]) -> bytes:
    data = written(Image.new("RGB", size, "red"), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + END


@pytest.mark.parametrize(
    ("scans", "size", "said"),
    [
        (120, (64, 64), "damaged"),
        (5000, (64, 64), "damaged"),
        (60, (4096, 4096), "too many pixels: make it smaller, 7 megapixels"),
    ],
)
def test_a_bomb_of_scans_is_refused_at_once(scans: int, size: tuple[int, int], said: str) -> None:
    bomb, begun = endless(scans, size), time.process_time()
    assert said in refusal(bomb)
    assert said in refusal(bomb + VIDEO)
    assert time.process_time() - begun < 1


def test_a_photo_of_many_scans_is_taken() -> None:
    assert (seen(endless(60, (64, 64)))[:, :, 0] > 250).all()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xff\xff",
        b"\xff\xd8\xff\xda\0\0",
        b"\xff\xd8\xff\xc0\0\x02",
    ],
)
def test_a_photo_without_a_picture_is_refused(data: bytes) -> None:
    assert "cut off or damaged" in refusal(data)


def test_twelve_bits_are_told_by_name() -> None:
    data = bytearray(written(scene(), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    assert "12 bits" in refusal(bytes(data))


PHOTO = (6000, 4000)
"""24 megapixels, as today's phones take."""


def large(size: tuple[int, int] = PHOTO, **options: object) -> bytes:
    return written(scene((60, 40)).resize(size, Image.Resampling.NEAREST), "JPEG", quality=50, **options)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_large_photo_is_taken_and_looks_the_same(progressive: bool) -> None:
    taken = take_in(large(progressive=progressive))
    assert (taken.size, taken.original) == ((2048, 1365), PHOTO)
    like = scene((60, 40)).resize(taken.size, Image.Resampling.BOX)
    assert np.abs(of(taken) - np.asarray(like)).mean() < 4


def test_a_large_photo_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    taken = take_in(large(exif=exif))
    assert (taken.size, taken.original) == ((1365, 2048), PHOTO[::-1])


def test_the_end_of_a_large_photo_may_be_missing() -> None:
    data = large()
    taken = take_in(data[: int(len(data) * 0.95)])
    assert taken.original == PHOTO
    assert np.abs(of(taken)[-1] - of(take_in(data))[-1]).mean() < 40
    assert "cut off" in refusal(data[: len(data) // 2])


def test_a_mask_of_a_large_photo_may_be_smaller_in_the_same_shape() -> None:
    white = np.zeros((400, 600), np.uint8)
    white[100:200, 300:600] = 255
    mask = Image.fromarray(white)
    for data in (written(mask), written(mask.resize(PHOTO, Image.Resampling.NEAREST), "JPEG")):
        taken = take_in(large(), data)
        assert taken.mask is not None
        marked = np.asarray(opened(taken.mask)) > 0
        assert marked.shape == taken.size[::-1]
        assert 0.124 < marked.mean() < 0.127
    assert "The mask has 400 x 400 pixels and the picture 6000 x 4000" in refusal(
        large(), written(mask.resize((400, 400)))
    )
    assert "too many pixels" in refusal(large(), written(Image.new("L", PHOTO, 255)))


def claiming(size: tuple[int, int], **options: object) -> bytes:
    """A small JPEG that claims to be of that size."""
    data = written(scene(), "JPEG", **options)
    at = data.index(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0")
    return data[: at + 5] + struct.pack(">HH", size[1], size[0]) + data[at + 9 :]


@pytest.mark.parametrize(
    ("size", "options", "most"),
    [
        ((10_001, 10_000), {}, 100),
        ((65_500, 65_500), {}, 100),
        ((9_000, 6_000), {"progressive": True}, 50),
        ((9_000, 6_000), {"progressive": True, "subsampling": 0}, 41),
    ],
)
def test_what_would_cost_too_much_is_refused_by_its_header(
    size: tuple[int, int], options: dict[str, object], most: int
) -> None:
    said = refusal(claiming(size, **options))
    assert said == f"The picture has too many pixels: make it smaller, {most} megapixels at most."


def test_the_largest_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "grey.jpg").write_bytes(written(Image.new("L", (12_500, 8_000), 90), "JPEG"))
    script = """if True:
        import resource, sys
        from pathlib import Path
        from storage.intake import take_in
        def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        data, before = Path(sys.argv[1]).read_bytes(), peak()
        assert take_in(data).original == (12_500, 8_000)
        print(peak() - before)
        """
    command = [sys.executable, "-c", script, str(tmp_path / "grey.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150_000, "kilobytes"
