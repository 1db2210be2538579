"""Files of every format, wounded anywhere: a picture or one sentence, in little time and memory."""

from __future__ import annotations

import contextlib
import resource
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from storage.intake import IntakeError, take_in
from tests.storage.intake import icc
from tests.storage.intake.files import chunk, of, scene, with_chunks, written
from tests.storage.intake.test_bmp import EIGHTS, SCENE, bmp, numbers, with_alpha
from tests.storage.intake.test_gif import NOISE, gif
from tests.storage.intake.test_gif import frame as gif_frame
from tests.storage.intake.test_png import ALL, NOTHING, animation, field, frame
from tests.storage.intake.test_tiff import GREY, tiff

PROFILE = icc.table_profile(b"scnr", b"RGB ", 3, 3, lambda *rgb: np.linalg.solve(icc.TO_SRGB, np.array(rgb)))
INKS = icc.table_profile(b"prtr", b"CMYK", 4, 3, icc.inks)
SAMPLES = [
    *(written(scene(), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")),
    *(written(scene(), kind, icc_profile=PROFILE) for kind in ("PNG", "JPEG", "WEBP", "TIFF")),
    *(written(scene().convert("CMYK"), kind, icc_profile=INKS) for kind in ("JPEG", "TIFF")),
    *(written(scene(), kind, icc_profile=icc.ADOBE_RGB.profile()) for kind in ("PNG", "JPEG")),
    written(scene().convert("L"), icc_profile=icc.grey_profile(1.8)),
    written(
        scene().convert("RGBA"),
        "WEBP",
        lossless=True,
        save_all=True,
        append_images=[Image.new("RGBA", (48, 40))],
    ),
    written(scene().convert("P"), "PNG", transparency=0),
    written(scene(), "JPEG", progressive=True),
    written(scene(), "MPO", save_all=True, append_images=[scene()]),
    written(scene(), "TIFF", compression="jpeg"),
    written(scene(), "TIFF", compression="tiff_lzw"),
    tiff(GREY, 1),
    with_chunks(
        written(scene()), chunk(b"gAMA", bytes((0, 0, 0xB1, 0x8F))), chunk(b"cHRM", bytes(range(32)))
    ),
    with_chunks(
        written(scene()), chunk(b"cICP", bytes((12, 13, 0, 1))), chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\1")
    ),
    animation(frame(0, ALL, NOTHING), frame(1, (3, 4, 5, 6), field((1, 2, 3, 255), 5, 6))),
    gif((40, 48), gif_frame(NOISE[:4], clear=3), gif_frame(NOISE, clear=9, dispose=2)),
    bmp(124, numbers(with_alpha(255), EIGHTS), 32, EIGHTS, profile=icc.ADOBE_RGB.profile()),
    bmp(40, SCENE[:, :, 0] % 16, 4, palette=bytes(range(64))),
    bmp(108, numbers(with_alpha(255), (0xF800, 0x7E0, 0x1F, 0)), 16, (0xF800, 0x7E0, 0x1F, 0)),
]
WOUNDS = st.lists(
    st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8), st.booleans()), min_size=1, max_size=5
)


@pytest.mark.slow
@settings(max_examples=1200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sample=st.sampled_from(SAMPLES), wounds=WOUNDS, cut=st.integers(0, 300), early=st.booleans())
def test_a_wounded_file_is_a_picture_or_a_sentence(
    sample: bytes, wounds: list[tuple[int, bytes, bool]], cut: int, early: bool
) -> None:
    data = bytearray(sample[: len(sample) - cut])
    for place, wrong, pushed in wounds:
        # Most of what a file claims stands at its beginning.
        at = place % max(1, min(len(data), 200) if early else len(data))
        data[at : at if pushed else at + len(wrong)] = wrong
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(IntakeError):
        taken = take_in(bytes(data))
        assert of(taken).shape == (taken.size[1], taken.size[0], 3)
    assert time.process_time() - begun < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000, "kB"


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    profile=st.sampled_from([PROFILE, INKS, icc.ADOBE_RGB.profile(), icc.grey_profile(2.2)]), wounds=WOUNDS
)
def test_a_wounded_profile_never_stops_a_picture(
    profile: bytes, wounds: list[tuple[int, bytes, bool]]
) -> None:
    data = bytearray(profile)
    for place, wrong, _ in wounds:
        at = place % len(data)
        data[at : at + len(wrong)] = wrong
    mode = {b"CMYK": "CMYK", b"GRAY": "L"}.get(profile[16:20], "RGB")
    taken = take_in(written(scene((16, 16)).convert(mode), "TIFF", icc_profile=bytes(data)))
    assert taken.mask is None
    assert taken.size == (16, 16)
