"""The commands in other languages, as Discord is given them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.language import LANGUAGES
from tests.bot.conftest import Chat


def texts(thing: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every name and description of a command, and what it is in other languages; 16:9 is the same in all."""
    for key in ("name", "description"):
        if thing.get(key) and any(map(str.isalpha, thing[key])):
            yield thing[key], thing.get(f"{key}_localizations") or {}
    for inner in (*thing.get("options", ()), *thing.get("choices", ())):
        yield from texts(inner)


@pytest.fixture
def commands(chat: Chat) -> list[dict[str, Any]]:
    return chat.discord.application.commands[None]


def test_every_text_is_there_in_every_language(commands: list[dict[str, Any]]) -> None:
    wanted = {locale.value for locale in LANGUAGES}
    missing = [(text, wanted - others.keys()) for each in commands for text, others in texts(each)]
    assert [text for text, languages in missing if languages] == []


def test_members_see_their_own_language(commands: list[dict[str, Any]]) -> None:
    (imagine,) = [each for each in commands if each["name"] == "imagine"]
    assert imagine["name_localizations"]["de"] == "zeichne"
    assert imagine["description_localizations"]["es-419"].startswith("Crea imágenes")
    (size,) = [option for option in imagine["options"] if option["name"] == "size"]
    assert size["name_localizations"]["ja"] == "形"
    (quality,) = [option for option in imagine["options"] if option["name"] == "quality"]
    assert quality["choices"][0]["name_localizations"]["fr"].startswith("brouillon")


def test_numbers_are_the_same_in_all_languages(commands: list[dict[str, Any]]) -> None:
    for command in commands:
        for text, others in texts(command):
            for translated in others.values():
                assert re.findall(r"\d+", translated) == re.findall(r"\d+", text)
