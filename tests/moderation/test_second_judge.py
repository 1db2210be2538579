"""The second judge clears what is only ordinary words, and leaves the rest to a person."""

from __future__ import annotations

import pytest

from moderation.names.listing import Name
from moderation.policy import SFW
from moderation.refused import Asked
from moderation.rules.names import look_also_for
from moderation.second_judge import is_ordinary, second_opinion
from tests.benchmarks.evasions import cases
from tests.benchmarks.refusals.disguises import DISGUISES, WORDS
from tests.benchmarks.refusals.suite import combinations
from tests.moderation.support import take_creamier_for_sexual


@pytest.fixture(autouse=True)
def _mistaken(monkeypatch: pytest.MonkeyPatch) -> None:
    take_creamier_for_sexual(monkeypatch)


def opinion(prompt: str) -> frozenset[str] | None:
    return second_opinion(Asked(prompt, "", 20), SFW)


def test_a_rule_that_saw_its_term_in_ordinary_words_was_mistaken() -> None:
    prompt = "a creamier soup on a kitchen table"
    assert Asked(prompt, "", 20).judged(SFW).blocked
    assert opinion(prompt) == frozenset({"sexual"})


@pytest.mark.parametrize(
    "prompt",
    [
        "a creamier soup, and a nude woman",
        "a creamier soup with a [n|x]ude woman",
        "a creamier soup, and a nude child",
        "a portrait of tom hanks",
        "a portrait of captain BREAK marvel",
        "a statue, top-less",
        "a tree",
        "",
    ],
)
def test_it_clears_all_of_a_prompt_or_nothing(prompt: str) -> None:
    assert opinion(prompt) is None


@pytest.mark.parametrize("said", ["rose summer", "ro se summer", "Rose Summers", "bran don hill"])
def test_a_name_that_moderators_listed_is_left_to_them_though_its_words_are_ordinary(said: str) -> None:
    policy = SFW.model_copy(update={"names_added": ("Rose Summer", "Brandon Hill")})
    asked = Asked(f"a portrait of {said}", "", 20)
    assert asked.judged(policy).blocked
    assert second_opinion(asked, policy) is None


def test_a_name_of_an_operator_is_left_to_a_person() -> None:
    asked = Asked("a portrait of rose summer", "", 20)
    look_also_for([Name("Rose Summer", ("Rose Summer",))])
    try:
        assert asked.judged(SFW).blocked
        assert second_opinion(asked, SFW) is None
    finally:
        look_also_for([])


def test_no_disguise_is_cleared() -> None:
    sexual = [f"a picture of {disguise(word)} on a bed" for disguise in DISGUISES.values() for word in WORDS]
    names = [case.prompt for case in cases(8, seed=2)]
    assert [prompt for prompt in (*sexual[::4], *names) if opinion(prompt)] == []


def test_the_floor_is_never_cleared() -> None:
    assert [prompt for prompt in combinations()[::12] if opinion(prompt)] == []


def test_ordinary_words_are_known_and_none_of_a_list_is_one() -> None:
    assert is_ordinary("creamier")
    assert is_ordinary("a house, on the hill")
    listed = ("nude", "lap dance", "blow jobs", "nudes", "penetration", "top-less", "tom hanks")
    for passage in (*listed, "xqzz", "n4ked", "", "ду́м"):
        assert not is_ordinary(passage)
