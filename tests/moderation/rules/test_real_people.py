from __future__ import annotations

import pytest

from moderation.judge import judge_picture, judge_prompt, judge_words_of_somebody
from moderation.policy import NSFW, SFW, Listed, Policy, Preset
from moderation.said import Said
from moderation.verdict import Action
from tests.moderation.support import seen, verdict

NAME = "Angela Merkel"


@pytest.mark.parametrize("policy", [SFW, NSFW], ids=["sfw", "nsfw"])
@pytest.mark.parametrize("word", ["nude", "n4ked", "sexy", "in lingerie", "裸体", "nackt"])
def test_no_policy_lets_real_people_be_sexualised(word: str, policy: Policy) -> None:
    assert verdict(f"{NAME}, {word}", policy) == (Action.BLOCK, "real people")


def test_both_halves_are_found_across_texts_and_named() -> None:
    (reason,) = judge_prompt(f"a portrait of {NAME}", "", NSFW, beside=("a nude body",)).reasons
    assert reason.rule == "real people"
    assert "“nude” together with “Angela Merkel”" in reason.explanation
    assert "can be a mistake" in reason.explanation


def test_names_alone_sexual_words_alone_and_what_is_not_wanted_are_left_to_other_rules() -> None:
    for prompt, negative in (
        (f"a portrait of {NAME}", ""),
        ("a nude woman", ""),
        (NAME, "nude"),
        ("nude", NAME),
    ):
        reasons = judge_prompt(prompt, negative, NSFW).reasons
        assert "real people" not in [reason.rule for reason in reasons]


def test_nudity_in_a_picture_of_a_real_person_is_not_shown() -> None:
    found = seen(("FEMALE_BREAST_EXPOSED", 0.5))
    assert judge_picture(found, NSFW, Said(f"a portrait of {NAME}")).reasons[0].rule == "real people"
    assert not judge_picture(found, NSFW, Said("a portrait of a woman")).blocked


def test_a_name_that_reads_like_a_sexual_word_needs_another_word_beside_it() -> None:
    open_to_names = Policy(preset=Preset.NSFW, names=Listed.OFF, names_added=("Nude Orlandson",))
    assert verdict("a portrait of Nude Orlandson", open_to_names) == (Action.ALLOW, "")
    assert verdict("Nude Orlandson, naked", open_to_names) == (Action.BLOCK, "real people")
    beside = judge_prompt("Nude Orlandson", "", open_to_names, beside=("a red hat",))
    assert beside.verdict is Action.ALLOW


def test_nudity_in_what_began_with_somebodys_face_is_shown_nowhere() -> None:
    found = seen(("FEMALE_BREAST_EXPOSED", 0.9))
    assert judge_picture(found, NSFW, of_somebody=True).reasons[0].rule == "real people"
    assert not judge_picture(found, NSFW).blocked
    assert not judge_picture(seen(), NSFW, of_somebody=True).blocked


@pytest.mark.parametrize("words", ["take off her clothes, nude", "in lingerie", "nackt am Strand", "n u d e"])
def test_nothing_sexual_is_asked_of_somebody(words: str) -> None:
    (reason,) = judge_words_of_somebody(words, "").reasons
    assert reason.rule == "real people"
    assert judge_words_of_somebody("", "", beside=(words,)).blocked


@pytest.mark.parametrize("words", ["with a red hat", "as an oil painting", ""])
def test_innocent_words_about_somebody_pass(words: str) -> None:
    assert not judge_words_of_somebody(words, "").blocked
    assert not judge_words_of_somebody("with a red hat", "nude").blocked
