"""Rate limits, faults and routes that hang."""

import asyncio
import time

import aiohttp
import discord
import pytest
from discord.http import Route

from tests.discord_emulator import Channel, DiscordEmulator, Member
from tests.test_discord_emulator.bot import (
    Bot,
    Interaction,
    picture,
    refused,
)


async def test_discord_py_keeps_to_the_rate_limits(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async def script(interaction: Interaction) -> None:
        await interaction.response.send_message("0 %")
        for percent in range(1, 8):
            await interaction.edit_original_response(content=f"{percent} %")

    async with Bot(script).online(emulator):
        run = await (await alice.command(channel, "imagine", prompt="a fox")).response()
        started = time.monotonic()
        await run.message(lambda message: message.content == "7 %")
        assert time.monotonic() - started > 1.5
        assert emulator.rate_limit_hits == []


async def test_a_flood_is_turned_down(emulator: DiscordEmulator, channel: Channel) -> None:
    headers = {"Authorization": f"Bot {emulator.token}", "User-Agent": "DiscordBot (test)"}
    url = f"{emulator.api_url}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = [await session.post(url, json={"content": "x"}) for _ in range(6)]
        assert [each.status for each in answers] == [200] * 5 + [429]
        assert answers[0].headers["Content-Type"] == "application/json"
        assert answers[4].headers["X-RateLimit-Remaining"] == "0"
        body = await answers[5].json()
        assert 4 < body["retry_after"] <= 5
        assert not body["global"]
        assert "Via" in answers[5].headers
        everywhere = [await session.get(f"{emulator.api_url}/users/@me") for _ in range(50)]
        assert (await everywhere[-1].json())["global"]
    assert len(emulator.rate_limit_hits) >= 2


async def test_faults_before_and_after_the_effect(
    emulator: DiscordEmulator, client: discord.Client, channel: Channel
) -> None:
    target, route = client.get_partial_messageable(channel.id), "POST .*/messages$"
    emulator.fail_next(status=502, route=route)
    emulator.fail_next(status=429, route=route, retry_after=0.1)
    await target.send("x")
    assert [each.status for each in emulator.requests if each.method == "POST"] == [502, 429, 200]
    assert emulator.rate_limit_hits == []
    emulator.fail_next(status=503, route=route)
    assert (await refused(target.send("y"))).status == 503
    emulator.reset_next(route=route, after_effect=True)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await target.send("z", nonce="1")
    assert channel.messages[-1].content == "z"
    await target.send("z", nonce="1")
    assert [message.content for message in channel.messages] == ["x", "z"]


async def test_holding_a_route(emulator: DiscordEmulator, client: discord.Client, channel: Channel) -> None:
    target = client.get_partial_messageable(channel.id)
    with emulator.hold("POST .*/messages"):
        sending = asyncio.create_task(target.send("x"))
        await asyncio.sleep(0.1)
        assert channel.messages == []
    await sending
    assert len(channel.messages) == 1
    started = time.monotonic()
    with emulator.slow("POST", 0.2):
        await target.send("y")
    assert time.monotonic() - started > 0.2


async def test_an_address_at_the_cdn_expires(
    emulator: DiscordEmulator, client: discord.Client, channel: Channel
) -> None:
    sent = await client.get_partial_messageable(channel.id).send(file=picture())
    assert await sent.attachments[0].read() == channel.messages[0].attachments[0].content
    emulator.advance(hours=25)
    with pytest.raises(discord.NotFound):
        await sent.attachments[0].read()


async def test_unknown_routes_are_recorded(emulator: DiscordEmulator, client: discord.Client) -> None:
    assert (await refused(client.http.request(Route("GET", "/sticker-packs")))).status == 404
    assert emulator.unknown_requests == ["GET /sticker-packs"]


async def test_a_wait_in_vain_shows_what_was_there(channel: Channel, alice: Member) -> None:
    await alice.say(channel, "hello")
    with pytest.raises(AssertionError, match="hello"):
        await channel.wait_message(lambda message: message.content == "bye", within=0.05)
