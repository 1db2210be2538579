"""What is said of a prompt that was shortened."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.language import ENGLISH
from bot.shortened import shortened, strip_for
from bot.wording import MESSAGE_LIMIT
from storage.events import Association, Description
from tests.bot.test_wording import a_record


def found(prompt: str, **matter: float) -> Description:
    words = tuple(Association(phrase=word, agreement=effect) for word, effect in matter.items())
    return Description(words=words, prompt=prompt, size=(512, 512))


def test_what_matters_is_bold_and_what_was_left_out_is_struck() -> None:
    some = found("red circle sunset", picture=0.0, red=0.4, circle=0.3, at=0.01, sunset=0.1)
    _, marked, prompt, legend = shortened(a_record("x", ""), some).splitlines()
    assert marked == "~~picture~~ **red** **circle** ~~at~~ sunset"
    assert prompt == "> red circle sunset"
    assert "struck out" in legend


def test_where_all_is_needed_it_says_so() -> None:
    assert "Without any of them" in shortened(a_record("x", ""), found("red circle", red=0.4, circle=0.3))


@given(st.text(alphabet="*_`|~:/>#1 a", min_size=1, max_size=1000))
def test_any_prompt_fits_a_message(text: str) -> None:
    words = tuple(Association(phrase=word, agreement=0.1) for word in text.split() * 3)
    said = shortened(a_record(text, ""), Description(words=words, prompt=text, size=(8, 8)))
    assert len(said) <= MESSAGE_LIMIT


def test_the_strip_is_a_picture_with_its_words_beside_it() -> None:
    strip = strip_for(ENGLISH, found("red", a=0.0, red=0.4))
    assert strip.shows == "Each word by how much it matters: a red"
    assert Image.open(io.BytesIO(strip.data)).width == 720
