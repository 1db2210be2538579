"""Equal contents give equal files, which the library reads as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load, save

from storage.ordered import ordered

NUMBERS: dict[str, NDArray[Any]] = {
    "wide": np.arange(6, dtype=np.float32).reshape(2, 3),
    "thin": np.ones(3, np.float16),
}


@given(about=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=9))
def test_equal_contents_are_equal_files(about: dict[str, str]) -> None:
    assert len({ordered(save(NUMBERS, about or None)) for _ in range(5)}) == 1


def test_numbers_and_what_is_said_are_as_before(tmp_path: Path) -> None:
    about = {"z": 'a "quoted" é', "a": "\n", "m": ""}
    (file := tmp_path / "file").write_bytes(data := ordered(save(NUMBERS, about)))
    assert {name: found.tolist() for name, found in load(data).items()} == {
        name: numbers.tolist() for name, numbers in NUMBERS.items()
    }
    with safe_open(file, "np") as opened:
        assert opened.metadata() == about
    assert ordered(data) == data
