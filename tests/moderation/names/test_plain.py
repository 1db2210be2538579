from __future__ import annotations

import pytest

from moderation.names.listing import Name
from moderation.names.plain import is_meant
from moderation.names.register import Register
from moderation.reading import Reading

NAMES = Register(
    [
        Name("Jane Stone", ("Jane Stone",), unless=("jane stone bridge*",), is_plain=True),
        Name("Jane Rock", ("Jane Rock", "Rock"), is_plain=True),
        Name("Vera Quistgaard", ("Vera Quistgaard",)),
        Name("Pink", ("Pink", "Alecia Moore"), is_plain=True),
        Name("Bella Poarch", ("Bella Poarch",)),
        Name("Tony Parker", ("Tony Parker",)),
    ]
)


def meant(text: str) -> bool:
    return any(map(is_meant, NAMES.find(Reading(text))))


@pytest.mark.parametrize(
    "text",
    [
        "jane stone",
        "a portrait of jane stone smiling",
        "a jane stone poster",
        "the actress jane stone on a bridge",
        "the singer pink",
        "pink in concert",
        "“pink” on a motorbike",
        "alecia moore",
        "jane b. stone",
        "stone, jane",
        "a portrait of Stone (Jane)",
        "rock jane on a horse",
        "portrait of rock",
        "rock wearing a crown",
        "rock, angry, shouting",
        "vera quistgaard's shelf",
    ],
)
def test_a_plain_name_is_meant(text: str) -> None:
    assert meant(text)


@pytest.mark.parametrize(
    "text",
    [
        "a jane stone wall",
        "jane stone bridges",
        "pink flowers",
        "jane, stone age tools",
        "jane's stone on a shelf",
        "vera's brush on a shelf",
        "jane stone airport",
        "a portrait of rock formations",
        "a rock wearing moss",
        "a stone, jane on it",
        "stone jane",
        "the rock jane stands on",
        "a rock. jane on it",
        "a stone wall, jane",
    ],
)
def test_plain_words_are_only_words(text: str) -> None:
    assert not meant(text)


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("范冰冰箱", False),
        ("范冰冰的照片", True),
        ("김연아침", False),
        ("김연아의 사진", True),
        ("김연아", True),
    ],
)
def test_a_word_that_begins_with_the_end_of_a_name_takes_it_away(text: str, is_there: bool) -> None:
    names = Register([Name("Fan Bingbing", ("范冰冰",)), Name("Yuna Kim", ("김연아",))])
    assert any(map(is_meant, names.find(Reading(text)))) is is_there


@pytest.mark.parametrize("text", ["белая берёза зимой", "δεν υπάρχει διαθέσιμη βοήθεια"])
def test_everyday_words_of_other_languages_are_no_name_by_their_sound(text: str) -> None:
    assert not meant(text)


@pytest.mark.parametrize(
    ("text", "is_there"),
    [("roe deer in a forest", False), ("roe in a forest", True), ("celebrity with a roe deer", True)],
)
def test_a_name_is_something_else_in_phrases_that_its_list_has(text: str, is_there: bool) -> None:
    names = Register([Name("Jane Roe", ("Jane Roe", "Roe"), unless=("roe deer",))])
    assert any(map(is_meant, names.find(Reading(text)))) is is_there


@pytest.mark.parametrize("text", ["Белла Поарч", "Τόνι Πάρκερ"])
def test_a_name_by_its_sound_is(text: str) -> None:
    assert meant(text)


SENTENCES = Register(
    [Name(name, (name,)) for name in ("Grant Hunt", "Rose Parks", "Matt Cook", "Jack Sailor", "Naomi Veld")]
    + [Name("Dwayne Brickson", ("Dwayne Brickson", "The Brick Brickson"))]
)


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("grant hunts the stag", False),
        ("matt cooks down by the river", False),
        ("grant hunt's stag", True),
        ("rose parks on a bus", True),
        ("a sailer, jack and quiet", False),
        ("a letter with the name veld", False),
        ("coat of arms of the brickson family", False),
        ("the brick brickson", True),
        ("jack sailors in a boat", True),
        ("grant hunts about the house", False),
        ("grant haunts in the night", False),
        ("bring naomi a veld blanket", False),
        ("a president's car", False),
    ],
)
def test_a_sentence_or_a_list_of_things_is_no_name(text: str, is_there: bool) -> None:
    assert any(map(is_meant, SENTENCES.find(Reading(text)))) is is_there
