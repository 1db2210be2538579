from __future__ import annotations

import base64

import pytest

from moderation.codes import decoded
from moderation.judge import judge_prompt
from moderation.policy import SFW


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a n&#117;de man", "a nude man"),
        ("a &#x6e;&#x75;de man", "a nude man"),
        ("a november uniform delta echo man", "a nude man"),
        ("November, Uniform-Delta echo", "nude"),
        (f"a {base64.b64encode(b'naked man').decode()} here", "a naked man here"),
        (f"{base64.urlsafe_b64encode(b'naked').decode().rstrip('=')}", "naked"),
    ],
)
def test_codes_are_read(text: str, read: str) -> None:
    assert decoded(text) == [read]
    assert judge_prompt(text, "", SFW).blocked


@pytest.mark.parametrize(
    "text",
    [
        "a hotel in india, golf and tango in november",
        "oscar mike papa",
        "romeo and juliet",
        "salt & pepper, R&B, Q&A; AT&T",
        "masterpiece, photorealistic, beautiful, internationalization, 1234567890, Deadpool, abcdefgh",
        "8k HDR unrealengine5 artstation concept-art (masterpiece:1.2) <lora:add_detail:0.8>",
    ],
)
def test_ordinary_words_are_no_code(text: str) -> None:
    assert decoded(text) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("marlena%20quistgaard", "marlena quistgaard"),
        (r"\u0072\u0065\u0064 boat", "red boat"),
        ("m*rl*na q*istg**rd", "mrlna qistgrd"),
        ("m_rl_n_ at sea", "mrln at sea"),
    ],
)
def test_escapes_and_hidden_letters_are_read(written: str, read: str) -> None:
    assert decoded(written) == [read]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ʇɐoq pǝɹ ɐ", "a red boat"),
        ("ɐ pǝɹ ʇɐoq", "a red boat"),
        ("edray oatbay", "red boat"),
        ("a r<b>ed</b> bo<br/>at", "a red boat"),
        ("a re9d bo7at", "a re9d boat"),
        ("quistgaard, first name marlena", "quistgaard marlena"),
        ("marlena whose surname is quistgaard", "marlena quistgaard"),
        ("marlena (family name: quistgaard)", "marlena quistgaard)"),
        ("ingstray onway ethay airchay", "string won the chair"),
        ("a appleway on a table", "a apple on a table"),
        ("a red2.0 boat", "a red boat"),
        ("mar plus lena, space, quist plus gaard", "marlena, quistgaard"),
        ("r e _ s  b _ a t", "re*s  b*at"),
        ("a re?d boat", "a re*d boat"),
        ("a [ˈɹɛd] /ˈboʊt/", "a  red   bout "),
    ],
)
def test_letters_upside_down_and_pig_latin_are_read(written: str, read: str) -> None:
    assert read in decoded(written)


@pytest.mark.parametrize(
    "text",
    [
        "a gray bay on sunday, today",
        "play by the railway, norway",
        "ə and ɛ in phonetics, one ʇ",
        "a name tag, a brand name",
        "an f16, an r2d2, an mp4 and a 4k tv",
        "<lora:ink:1> a < b",
    ],
)
def test_words_that_end_so_and_single_letters_are_no_code(text: str) -> None:
    assert decoded(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "an array of essays in the archway, okay, away from everyday expressways in uruguay",
        "ˈɹɛd ˈboʊt, ʃʌt ðə dɔɹ, phonetic chart",
        "\N{TURNED CAPITAL F}ⅎ, ɯɐqɐ, a made-up alphabet",
    ],
)
def test_what_only_looks_like_such_codes_is_not_refused(text: str) -> None:
    assert not judge_prompt(text, "", SFW).blocked


@pytest.mark.parametrize("written", ["pen_island", "my_red_boat", "* a list", "50% gray, a \\ and a _"])
def test_signs_that_hide_nothing_stay(written: str) -> None:
    assert decoded(written) == []


@pytest.mark.parametrize(
    "bomb", ["a" * 50_000, "a" + "b" * 50_000 + "ay", "name" + " " * 50_000, "a1" * 25_000]
)
def test_long_texts_take_no_long_time(bomb: str) -> None:
    assert all(len(each) <= len(bomb) for each in decoded(bomb))
