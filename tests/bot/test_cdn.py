"""Which addresses the bot fetches files from, and how much of them."""

from __future__ import annotations

import gzip

import pytest

from bot.cdn import fetch, is_discords
from bot.refusals import Refusal
from storage.intake import LARGEST_FILE
from tests.discord_emulator import DiscordEmulator

AT_DISCORD = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=ffffffff"
ELSEWHERE = [
    "",
    "http://cdn.discordapp.com/attachments/1/2/a.png",
    "https://example.com/a.png",
    "https://127.0.0.1/a.png",
    "http://169.254.169.254/latest/meta-data",
    "https://cdn.discordapp.com.example.com/a.png",
    "https://cdn.discordapp.com@example.com/a.png",
    "https://user:word@cdn.discordapp.com/a.png",
    "https://example.com/https://cdn.discordapp.com/a.png",
    "https://example.com\\@cdn.discordapp.com/a.png",
    "https://example.com#@cdn.discordapp.com/",
    "https://cdn.discordapp.com:8443/a.png",
    "https://discord.com/api/v10/users/@me",
    "https://evil-cdn.discordapp.com/a.png",
    "https://[::1]/a.png",
    "https://cdn\u3002discordapp\u3002com.example.com/",
    "file:///etc/passwd",
    "ftp://cdn.discordapp.com/a.png",
    "//cdn.discordapp.com/a.png",
    "cdn.discordapp.com/a.png",
    "https://cdn.discordapp.com:999999/a.png",
    '{"url": "https://cdn.discordapp.com/a.png"}',
]


@pytest.mark.parametrize(
    "address",
    [
        AT_DISCORD,
        "https://CDN.discordapp.com/attachments/1/2/a.png",
        "https://cdn.discordapp.com:443/attachments/1/2/a.png",
        "https://media.discordapp.net/attachments/1/2/a.png?width=9",
        "https://images-ext-1.discordapp.net/external/abc/https/example.com/a.png",
        "https://images-ext-2.discordapp.net/external/abc/%3Fa%3Db/https/example.com/a.png",
    ],
)
def test_discords_own_addresses(address: str) -> None:
    assert is_discords(address)


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_no_other_address_is_asked_for(address: str, emulator: DiscordEmulator) -> None:
    assert not is_discords(address)
    with pytest.raises(Refusal, match="does not lie at Discord"):
        await fetch(address)
    assert emulator.unknown_requests == []
    assert emulator.requests == []


async def test_a_file_is_fetched_as_it_is(emulator: DiscordEmulator) -> None:
    for content in (b"", b"bytes", gzip.compress(b"not unpacked on the way")):
        stored = emulator.world.store(1, "a.bin", content)
        assert await fetch(stored.url) == content


async def test_nobody_sends_the_bot_elsewhere(emulator: DiscordEmulator) -> None:
    stored = emulator.world.store(1, "a.png", b"picture")
    for elsewhere in (f"{emulator.api_url}/secret", "https://example.com/a.png", emulator.cdn_url):
        emulator.world.moved[stored.id] = elsewhere
        with pytest.raises(Refusal, match="send it again"):
            await fetch(stored.url)
    assert emulator.unknown_requests == []


async def test_no_more_is_read_than_shows_that_it_is_too_large(emulator: DiscordEmulator) -> None:
    stored = emulator.world.store(1, "a.png", bytes(3 * LARGEST_FILE))
    assert LARGEST_FILE < len(await fetch(stored.url)) < LARGEST_FILE + 2**20


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
async def test_what_discord_does_not_hand_over_is_a_sentence(emulator: DiscordEmulator, status: int) -> None:
    stored = emulator.world.store(1, "a.png", b"picture")
    emulator.fail_next(9, status=status, route="GET /cdn")
    with pytest.raises(Refusal, match="Please send it again"):
        await fetch(stored.url)
