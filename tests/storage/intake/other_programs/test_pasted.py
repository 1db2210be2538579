"""Texts of A1111 and civitai that are pasted where a prompt is asked for, on as many lines as they kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.intake.other_programs.a1111 import read_parameters
from storage.intake.other_programs.pasted import read_pasted
from tests.storage.intake.other_programs.files import PARAMETERS


@pytest.mark.parametrize("joined", ["\n", " ", "\r\n", "  "])
def test_all_is_read_however_its_lines_were_joined(joined: str) -> None:
    assert read_pasted(joined.join(PARAMETERS.split("\n"))) == read_parameters(PARAMETERS)


@pytest.mark.parametrize(
    ("pasted", "prompt", "negative"),
    [
        ("a boat Negative prompt: trees, nude", "a boat", "trees, nude"),
        ("a boat, negative prompt: trees", "a boat,", "trees"),
        ("a boat\nNEGATIVE PROMPT:\ntrees", "a boat", "trees"),
        ("Negative prompt: trees", "", "trees"),
        ("a boat --no trees", "a boat", "trees"),
        ("a boat --no humans, nudity --ar 2:3", "a boat --ar 2:3", "humans, nudity"),
        ("a boat --no trees --no rain", "a boat", "trees, rain"),
    ],
)
def test_a_negative_prompt_needs_no_settings(pasted: str, prompt: str, negative: str) -> None:
    told = read_pasted(pasted)
    assert told is not None
    assert (told.prompt, told.negative_prompt, told.steps) == (prompt, negative, None)


@pytest.mark.parametrize(
    "prompt",
    [
        "a boat",
        "a stair. Steps: 20, red",
        "steps: a garden",
        "a boat Negative prompt: ",
        "a boat --no --ar 2:3",
        "a sign --no",
        "negative prompting: no",
    ],
)
def test_a_prompt_alone_is_none(prompt: str) -> None:
    assert read_pasted(prompt) is None


@given(st.text(alphabet=st.sampled_from("aS :,7\n") | st.characters(), max_size=60))
def test_anything_may_stand_around_it(words: str) -> None:
    told = read_pasted(f"{words} Negative prompt: {words} Steps: 20, Seed: 1, Size: 8x8")
    assert told is not None
    assert told.steps == 20
