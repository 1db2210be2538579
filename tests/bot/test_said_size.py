"""Sizes as members say them: in words of their language, as a ratio, in pixels."""

from __future__ import annotations

import pytest

from bot.choices import SIZES
from bot.language import ENGLISH, LANGUAGES
from bot.said_size import said_size
from bot.translator import choice_name
from tasks.size import NoSuchSize
from tests.bot.conftest import Chat

LANGUAGE = {language.code: language for language in (ENGLISH, *LANGUAGES.values())}


@pytest.mark.parametrize("code", sorted(LANGUAGE))
def test_every_shape_is_understood_as_it_is_shown(code: str) -> None:
    for choice in SIZES:
        for shown in (choice.value, choice.name, choice_name(LANGUAGE[code], choice)):
            assert said_size(LANGUAGE[code], shown.upper()) == choice.value
            assert said_size(LANGUAGE[code], shown.partition("(")[0]) == choice.value
    assert all(choice_name(LANGUAGE["de"], each) != each.name for each in SIZES if each.value.isalpha())


@pytest.mark.parametrize("typed", ["768x512", "5:4", "5 / 4", "\uff11\uff16\uff1a\uff19"])
def test_sizes_are_typed_freely(typed: str) -> None:
    assert said_size(ENGLISH, typed) == typed
    assert said_size(ENGLISH, None) is None


@pytest.mark.parametrize("typed", ["banana", "(2:3)", "0x0", "99999x1", "", "\U0001f5bc"])
def test_what_is_no_size_is_refused(typed: str) -> None:
    with pytest.raises(NoSuchSize):
        said_size(ENGLISH, typed)


async def test_what_is_typed_is_offered_first_and_shapes_by_their_names(chat: Chat) -> None:
    for typed, offered in (
        ("", [choice.value for choice in SIZES]),
        ("por", ["portrait"]),
        ("768x512", ["768x512"]),
        ("16:9", ["16:9"]),
        ("6:9", ["6:9", "16:9"]),
        ("banana", []),
    ):
        run = await chat.ada.autocomplete(chat.channel, "imagine", "size", typed)
        assert [each["value"] for each in (await run.response()).choices or ()] == offered
