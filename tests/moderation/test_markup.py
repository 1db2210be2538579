from __future__ import annotations

import pytest

from moderation.judge import judge_prompt
from moderation.markup import unmarked
from moderation.policy import SFW


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a ||re||||d|| boat", "a red boat"),
        ("a [re](https://a.bc/1)d [bo](http://a.bc)at", "a red boat"),
        ("a <:re:123456>d <a:bo:654321>at", "a red boat"),
        ("a :regional_indicator_r: :regional_indicator_e: :regional_indicator_d: boat", "a red boat"),
        ("a r~~x~~ed ~~bo~~at", "a red boat"),
        ("a r`e`d boat", "a red boat"),
        ("a r|e|d b~o~a~t", "a red boat"),
        ("a {re}{d} {bo|x}at", "a red boat"),
        ("a {x|re}d {x|bo}at", "a red boat"),
        (r"a r\'ed b\v{o}at", "a red boat"),
        ("a {blue|red|green} boat", "a red boat"),
        ("a 🦇man", "a batman"),
        ("a 🐺man", "a wolfman"),
        ("a {2$$blue|red} boat", "a red boat"),
        ("a {0.3::blue|0.7::red} boat", "a red boat"),
        ("a boat::2 sail::-1 lake", "a boat::, no sail, lake"),
        ("a boat, (sail:-0.5)", "a boat,, no sail,"),
    ],
)
def test_markup_is_left_out(written: str, shown: str) -> None:
    assert shown in unmarked(written)


@pytest.mark.parametrize(
    "written",
    [
        "a ||nu||||de|| man",
        "a [nu](https://a.bc)de man",
        "a man, {na|x}ked",
        "{dressed|naked|topless} woman",
        "a man, {nude|in a suit}, meadow",
        "{red|{blue|nude}} man",
        "woman::1 clothes::-1 standing",
        "a woman, (clothes:-1.2)",
        r"a n\'ud\`e man",
        "a <:nu:1>de man",
    ],
)
def test_a_word_in_markup_is_judged_as_it_is_shown(written: str) -> None:
    assert judge_prompt(written, "", SFW).blocked


@pytest.mark.parametrize(
    "written",
    [
        "a cat | a dog",
        "(a [b|c]:1.2)",
        "{red, green} boat",
        '{"colour": "red"}',
        "~50 cats, 10 ~ 20",
        "a: b, <lora:c:1>",
    ],
)
def test_other_signs_stay(written: str) -> None:
    assert set(unmarked(written)) <= {written}


@pytest.mark.parametrize("bomb", ["[" * 1000, "{" * 1000, "|" * 1000, "<:" * 500, "{a}" * 300, "a|" * 500])
def test_long_texts_take_no_long_time(bomb: str) -> None:
    assert all(len(each) <= len(bomb) for each in unmarked(bomb))
