"""Other programs' prompts mean the same here: the same words, with the same weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.prompt_language.fragments import sections
from moderation.prompt_language.limits import loras
from moderation.prompt_language.parse import parse
from storage.intake.other_programs.foreign_recipe import Dialect
from tasks.other_dialects import in_our_syntax

MEANT: dict[tuple[Dialect, str], dict[str, float]] = {
    ("a1111", "a (red:1.2) boat, [sky]"): {"red": 1.2, "boat": 1, "sky": 1 / 1.1},
    ("a1111", "wow!! b-- c++"): {"wow!! b-- c++": 1},
    ("comfyui", "a (red) boat"): {"red": 1.1, "boat": 1},
    ("comfyui", "a ((red:1.3) big:0.5)"): {"red": 1.3, "big": 0.5},
    ("comfyui", "a ((red))"): {"red": 1.21},
    ("comfyui", "a (one (red:1.3))"): {"one": 1.1, "red": 1.3},
    ("comfyui", "[sky] [a|b] it!!"): {"[sky] [a|b] it!!": 1},
    ("comfyui", r"a \(red\) boat"): {"a (red) boat": 1},
    ("comfyui", "(open red"): {"open red": 1.1},
    ("invokeai", "a (red)1.3 boat"): {"red": 1.3, "boat": 1},
    ("invokeai", "a red+ boat++ (big sky)-"): {"red": 1.1, "boat": 1.21, "big sky": 0.9},
    ("invokeai", "[not] syntax"): {"[not] syntax": 1},
    ("novelai", "a {red} {{boat}} [sky]"): {"red": 1.05, "boat": 1.1025, "sky": 0.9524},
    ("novelai", "1.5::big boat::, sea (calm)"): {"big boat": 1.5, "sea (calm)": 1},
    ("novelai", "at 12:30, -1::hat::"): {"at 12:30": 1, "hat": -1},
}


@pytest.mark.parametrize(("said", "weights"), MEANT.items(), ids=map(str, MEANT))
def test_words_keep_their_weights(said: tuple[Dialect, str], weights: dict[str, float]) -> None:
    (section,) = sections(parse(in_our_syntax(said[1], said[0])).branches[0].parts)
    for words, weight in weights.items():
        found = [piece.weight for piece in section if words in piece.text]
        assert found == [pytest.approx(weight, abs=1e-3)], (words, section)


@pytest.mark.parametrize("dialect", ["a1111", "comfyui", "invokeai", "novelai"])
def test_plain_words_and_lines_stay(dialect: Dialect) -> None:
    assert in_our_syntax("a red boat,\n over the sea", dialect) == "a red boat, over the sea"


@pytest.mark.parametrize("dialect", ["comfyui", "novelai"])
def test_loras_breaks_and_compositions_stay(dialect: Dialect) -> None:
    prompt = parse(in_our_syntax("a {(b)} BREAK c AND d <lora:my ink:0.5>", dialect))
    assert len(prompt.branches) == 2
    assert len(sections(prompt.branches[0].parts)) == 2
    assert loras(prompt) == (("my ink", 0.5),)


@given(
    st.sampled_from(["a1111", "comfyui", "invokeai", "novelai"]),
    st.text("ab(){}[]:.,1+-!\\|<> \n", max_size=80),
)
def test_no_prompt_fails(dialect: Dialect, prompt: str) -> None:
    assert "\n" not in in_our_syntax(prompt, dialect)
