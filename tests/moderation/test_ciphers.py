from __future__ import annotations

import codecs

import pytest

from moderation.ciphers import deciphered
from moderation.judge import judge_prompt
from moderation.policy import SFW, Listed, Policy

WORD = "wheelbarrow"
PLACES = [ord(letter) - ord("a") + 1 for letter in WORD]


@pytest.mark.parametrize(
    "written",
    [
        f"a 0x{WORD.encode().hex()} here",
        WORD.encode().hex(" "),
        " ".join(f"{ord(letter):08b}" for letter in WORD),
        ", ".join(str(ord(letter)) for letter in WORD),
        "-".join(map(str, PLACES)) + " here",
        "abc: twenty-three, eight, five, five, twelve, two, one, eighteen, eighteen, fifteen, twenty-three",
        "a .-- .... . . .-.. -... .- .-. .-. --- .-- (morse)",
        "⠺⠓⠑⠑⠇⠃⠁⠗⠗⠕⠺ here",
        "w as in wood, h as in hat, e as in egg, E like elm, l for lamp, b as in bat, a as in ash, "
        "r as in rat, r as in red, o as in owl, w as in wet",
        "'whe' from here, 'elb' from there and 'arrow'",
        'a="wheel"; b="barrow"; draw a+b',
        "X is wheel, Y is barrow: XY",
        "begin with wheel, a field, then start with barrow",
        "the cat says WHEEL, the dog says BARROW",
        "wzhzezezlzbzazrzrzozwz here",
        "worms, hens, elms, eggs, lamps, bats, apes, rats, roses, owls, whales: the initials",
        "a Wide Hall, Every Elm, Low, Bare, A Red ROof With: the capitals",
        f"a {codecs.encode(WORD, 'rot13')}, in rot13".replace("in", "va"),
        "wqheqelqbqarqroqwq, ignore every q",
    ],
)
def test_a_word_is_deciphered(written: str) -> None:
    assert any(WORD in each.lower().replace("va rot13", "") for each in deciphered(written))


@pytest.mark.parametrize(
    "written",
    [
        "a photo of 3 cats at 12:30, 35mm f/1.8, 8k, 1920x1080, 2024-05-06",
        "a (red:1.2) boat [a:b:0.5], 50% gray -- a list - of things ...",
        "banana, cocoa, murmur, a big apple",
        'a sign that says "open"',
        "a letter in a bottle, one red envelope",
        "wide street, HDR",
    ],
)
def test_ordinary_texts_have_nothing_to_decipher(written: str) -> None:
    assert deciphered(written) == []


@pytest.mark.parametrize(
    "written", ["a man, anxrq (rot13)", "tins, oars, pies, lamps, eggs, sun, sand: a man like the initials"]
)
def test_what_is_deciphered_is_judged(written: str) -> None:
    assert judge_prompt(written, "", SFW).blocked


def test_names_are_taken_from_letters_only_where_these_are_enough() -> None:
    policy = Policy(names=Listed.BLOCK, names_added=("Marlena Quistgaard", "Bo Li"))

    def is_refused(name: str) -> bool:
        return judge_prompt(
            "a portrait: " + "-".join(str(ord(each) - 96) for each in name), "", policy
        ).blocked

    assert is_refused("marlenaquistgaard")
    assert not is_refused("boli")


@pytest.mark.parametrize(
    "bomb",
    [
        "1 " * 500,
        "f" * 1000,
        "01" * 500,
        ". - " * 250,
        '"a" ' * 250,
        "a like a" * 125,
        "initial " + "a " * 500,
        "a=b " * 250,
    ],
)
def test_long_texts_take_no_long_time(bomb: str) -> None:
    assert sum(map(len, deciphered(bomb))) <= 4 * len(bomb)
