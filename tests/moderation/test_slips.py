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


def test_letters_inside_in_another_order_are_known() -> None:
    assert [SLIPS.scrambled(each) for each in ("tpoless", "tleposs", "ktiten")] == ["topless"] * 2 + [
        "kitten"
    ]
    assert SLIPS.scrambled("opletss") is None, "the first and the last letter stay"
    assert SLIPS.scrambled("nudse") is None
    assert Slips({"brade"}, set(), set(), {"barde"}).scrambled("braed") is None, "the last letter differs"
    assert Slips({"brade"}, set(), set(), {"bdare"}).scrambled("bdrae") is None, "another word has the same"


def test_another_vowel_is_known_in_words_of_six_letters() -> None:
    assert [SLIPS.revowelled(each) for each in ("toplass", "topliss", "kitton")] == ["topless"] * 2 + [
        "kitten"
    ]
    assert SLIPS.revowelled("tapless") == "topless"
    assert SLIPS.revowelled("nakad") is None, "short words differ by one vowel from too many others"
    assert SLIPS.revowelled("kttten") is None


def test_consonants_are_known_alone_or_beside_others() -> None:
    assert SLIPS.bare("tplss") == "topless"
    assert SLIPS.bare("nkd") is None
    assert SLIPS.bare_beside("nkd", "wmn") == "naked"
    assert SLIPS.bare_beside("nkd", "hdr") is None
    assert SLIPS.bare_beside("nkd", "woman") is None


@pytest.mark.parametrize(
    "prompt",
    [
        "a photo of tplss wmn",
        "nkd wmn on a bed",
        "a pneis",
        "a ndue woman",
        "boosb and vaigna",
        "a vaginu",
        "a nudu woman",
        "toplass man",
        "a vgniaa",
        "prn star at home",
        "a couple having sx in bed",
        "gay sx",
    ],
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
        "polaroid sx-70 photo of a woman, having sx-70 film",
        "a man with his suzuki sx4, ktm sx 250 on a hot day",
        "take prn, a doctor's prescription",
        "smitty the sailor in passy, paris, with lord bonar",
    ],
)
def test_names_abbreviations_and_other_languages_are_not(prompt: str) -> None:
    assert not judge_prompt(prompt, "", SFW).blocked


def test_a_doubled_letter_more_is_known_at_the_end_of_a_word_and_inside_longer_ones() -> None:
    slips = Slips({"naked", "porn", "anus"}, set(), set(), set())
    assert [slips.respelt(each) for each in ("pornn", "nakked", "annus")] == ["porn", "naked", None]
