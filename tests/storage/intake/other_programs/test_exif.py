from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.intake.other_programs.exif import texts_in_exif
from tests.storage.intake.other_programs.files import PARAMETERS, commented, exif

JAPANESE = "海の上の赤い丸\nSteps: 20, Sampler: Euler a, Seed: 1"


@pytest.mark.parametrize("endian", ["<", ">"])
@pytest.mark.parametrize(
    ("code", "text"),
    [
        *((code, PARAMETERS) for code in ("utf-16-le", "utf-16-be", "utf-16", "utf-8")),
        *((code, JAPANESE) for code in ("utf-16-le", "utf-16-be", "utf-16")),
    ],
)
def test_comments_are_read_in_any_code_and_order(text: str, code: str, endian: str) -> None:
    assert texts_in_exif(commented(text, code, endian), 10_000) == {"UserComment": text}


@pytest.mark.parametrize("endian", ["<", ">"])
def test_without_zeros_the_file_says_which_order_it_is(endian: str) -> None:
    code = "utf-16-le" if endian == "<" else "utf-16-be"
    assert texts_in_exif(commented("海の上の赤い丸", code, endian), 100) == {"UserComment": "海の上の赤い丸"}


@pytest.mark.parametrize("code", [b"ASCII\0\0\0", bytes(8), b""])
def test_other_codes_are_read_too(code: bytes) -> None:
    assert texts_in_exif(exif({}, code + "a café".encode()), 100) == {"UserComment": "a café"}
    assert texts_in_exif(exif({}, code + b"a caf\xe9"), 100) == {"UserComment": "a café"}


def test_texts_of_the_first_directory_are_read() -> None:
    found = texts_in_exif(exif({0x10E: b"a boat\0", 0x10F: b"abcde\0", 0x131: b"GIMP\0"}), 100)
    assert found == {"ImageDescription": "a boat", "Make": "abcde"}


def test_long_texts_are_passed_over() -> None:
    assert texts_in_exif(exif({0x10F: b"x" * 200, 0x110: b"short\0"}), 100) == {"Model": "short"}


@given(st.binary(max_size=200), st.integers(0, 100))
def test_nonsense_has_no_texts_and_no_errors(wrong: bytes, place: int) -> None:
    good = exif({0x10F: b"abcdef\0"}, b"UNICODE\0" + PARAMETERS.encode("utf-16-le"))
    texts_in_exif(good[:place] + wrong + good[place + len(wrong) :], 1000)
    texts_in_exif(wrong, 1000)
    assert texts_in_exif(wrong[:5], 1000) == {}
