"""What is said of a picture that was put into words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot import wording
from bot.described import described
from storage.events import Association, Description
from tests.bot.test_wording import a_record


@given(st.text(alphabet="<@*_`|~:/>#1 a", min_size=1, max_size=300), st.floats(-1, 1))
def test_any_description_fits_a_message(text: str, agreement: float) -> None:
    words = tuple(Association(phrase=text[:60], agreement=agreement) for _ in range(40))
    description = Description(words=words, prompt=text, size=(8, 8))
    shown = described(a_record(text, ""), description, wording.message_url(2**63, 2**63, 2**63))
    assert len(shown) <= 2000


def test_the_best_words_have_the_longest_bars() -> None:
    words = tuple(
        Association(phrase=phrase, agreement=agreement)
        for phrase, agreement in (("a boat", 0.4), ("red", 0.2), ("at night", -0.1))
    )
    description = Description(words=words, prompt="a boat, red", size=(8, 8))
    _, *rows, prompt = described(a_record("x", ""), description, None).splitlines()
    assert [row.count("▰") for row in rows] == [6, 3, 1]
    assert rows[0].endswith(" 0.40` a boat")
    assert prompt == "> a boat, red"
