from __future__ import annotations

import pytest

from moderation.judge import judge_prompt
from moderation.policy import SFW
from moderation.slips import Slips

SLIPS = Slips({"naked", "nude", "topless", "kitten"}, {"topless"}, {"woman", "table"}, {"hdr", "nued"})


def test_letters_that_changed_places_are_known_unless_another_word_is_as_likely() -> None:
    assert SLIPS.turned("ndue") == "nude"
    assert SLIPS.turned("tolpess") == "topless"
    assert SLIPS.turned("ktiten") == "kitten"
    assert SLIPS.turned("undes") is None
    assert SLIPS.turned("unde") is None, "short words keep their first letter"
    assert SLIPS.turned("nued") is None, "it is known to be a word"


def test_other_spellings_of_a_sound_and_idle_endings_are_known() -> None:
    assert [SLIPS.respelt(each) for each in ("toplezz", "nudey", "kytten")] == ["topless", "nude", "kitten"]
    assert SLIPS.respelt("womany") is None


def test_consonants_are_known_alone_or_beside_others() -> None:
    assert SLIPS.bare("tplss") == "topless"
    assert SLIPS.bare("nkd") is None
    assert SLIPS.bare_beside("nkd", "wmn") == "naked"
    assert SLIPS.bare_beside("nkd", "hdr") is None
    assert SLIPS.bare_beside("nkd", "woman") is None


@pytest.mark.parametrize(
    "prompt", ["a photo of tplss wmn", "nkd wmn on a bed", "a pneis", "a ndue woman", "boosb and vaigna"]
)
def test_such_words_are_refused(prompt: str) -> None:
    assert judge_prompt(prompt, "", SFW).blocked


@pytest.mark.parametrize(
    "prompt",
    [
        "king cnut on the beach, hdr, dslr",
        "bobo the clown on cnn and pbs",
        "blck ct on grn grss",
        "nd filter, 50 mm, f/2, bw",
        "sult og tørst, a norwegian novel",
    ],
)
def test_names_abbreviations_and_other_languages_are_not(prompt: str) -> None:
    assert not judge_prompt(prompt, "", SFW).blocked
