from __future__ import annotations

import pytest

from moderation.prompt_language.habits import hints
from moderation.prompt_language.parse import parse


def typed(name: str, value: str) -> str:
    return f"--{name} {value}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a cat --ar 16:9", "--ar 16:9 is drawn as words: the shape of the picture is said by --size 16:9."),
        ("a cat —ar 3:2", "—ar 3:2 is drawn as words: the shape of the picture is said by --size 3:2."),
        ("a cat --aspect", "is said by --size 16:9."),
        (
            "a cat --no trees",
            "--no trees is drawn as words: what should not be in it is said by --negative trees.",
        ),
        ("a cat --seed 7", "the seed is said by --seed 7."),
        ("a cat --stylize 250", "how freely the words are read is said by --imagination wild."),
        ("a cat --V 6", "--V 6 is drawn as words, and there is no such option here: leave it out."),
        ("a cat::2 and a dog", "cat::2 is drawn as words: a weight is written (cat:2)."),
        ("a cat:: a dog", "cat:: is drawn as words: a weight is written (words:1.3), and AND composes."),
        ("a cat <hypernet:ink:1>", "<hypernet:ink:1> is drawn as words: a LoRA is written <lora:name:0.8>"),
        ("a cat <lora:>", "<lora:> is drawn as words"),
        ("a cat (--ar 1:1:1.2)", "the shape of the picture"),
        ("a cat AND a dog --no fleas", "--negative fleas"),
    ],
)
def test_habits_of_other_programs_are_answered(text: str, said: str) -> None:
    (hint,) = hints(parse(text), typed)
    assert said in hint


@pytest.mark.parametrize(
    "text",
    [
        "a cat",
        "clouds-- over a sea++",
        "[boat::0.5] [cat:dog:7] (sea:1.3)",
        "<lora:pocket-sketch:0.8> <my-cat>",
        "a house — old and grey",
        "a well--worn path",
        "2 < 3 and 5 > 4",
        "at 12:30, a 16:9 screen",
        "--unheard of",
    ],
)
def test_what_is_no_such_habit_is_left_alone(text: str) -> None:
    assert hints(parse(text), typed) == []


def test_few_hints_are_given_and_none_twice() -> None:
    assert len(hints(parse("a --ar 1:1 --v 6 --q 2 --seed 1 --iw 2"), typed)) == 3
    assert len(hints(parse("cat::2 cat::2"), typed)) == 1


def test_they_are_said_as_the_place_says_options() -> None:
    (hint,) = hints(parse("a cat --ar 16:9"), lambda name, value: f"`{name}: {value}`")
    assert hint.endswith("is said by `size: 16:9`.")
