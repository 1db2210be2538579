"""The gateway: connections, sessions, privileges and shards."""

import asyncio
from typing import Any

import aiohttp
import discord
import pytest

from tests.discord_emulator import Channel, DiscordEmulator, Guild, Member
from tests.test_discord_emulator.bot import (
    Bot,
    socket_url,
)


async def test_no_event_is_lost_over_a_dropped_connection(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async with Bot().online(emulator) as bot:
        said = [(await alice.say(channel, "before")).id]
        emulator.drop_gateway()
        said += [(await alice.say(channel, f"while away {number}")).id for number in range(5)]
        run = await alice.command(channel, "imagine", prompt="a fox")
        assert (await run.message()).content == "1 x a fox"
        await emulator.until(lambda: len(bot.heard) == 7)
        assert bot.heard == [*said, channel.messages[-1].id]
        assert (emulator.gateway.identifies, emulator.gateway.resumes) == (1, 1)


async def test_op_7_resumes_and_op_9_starts_anew(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async with Bot().online(emulator):
        emulator.gateway.ask_to_reconnect()
        await emulator.until(lambda: emulator.gateway.resumes)
        emulator.gateway.invalidate()
        await emulator.until(lambda: emulator.gateway.identifies == 2)
        await emulator.wait_online()
        run = await alice.command(channel, "imagine", prompt="a fox")
        assert (await run.message()).content == "1 x a fox"


async def test_the_bot_comes_back_after_an_outage(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async with Bot().online(emulator):
        with emulator.gateway_down():
            await asyncio.sleep(0.1)
            assert not emulator.gateway.online
        await emulator.wait_online()
        run = await alice.command(channel, "imagine", prompt="a fox")
        await run.response()


async def test_a_wrong_token_and_a_privilege_not_granted(emulator: DiscordEmulator) -> None:
    with pytest.raises(discord.LoginFailure):
        await Bot().start("wrong")
    bot = Bot(intents=discord.Intents.all())
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.start(emulator.token)


async def test_granted_privileges_bring_members_and_contents() -> None:
    everything = discord.Intents(guilds=True, messages=True, members=True, message_content=True)
    async with DiscordEmulator(privileged_intents=everything.value) as emulator:
        guild = emulator.guild()
        channel, alice = guild.channel(), guild.member("Alice")
        with emulator.redirect():
            bot, contents = Bot(intents=everything), []

            @bot.listen("on_message")
            async def listen(message: discord.Message) -> None:
                contents.append(message.content)

            async with bot.online(emulator):
                assert bot.guilds[0].get_member(alice.id) is not None
                await alice.say(channel, "hello")
                await emulator.until(lambda: contents)
                assert contents == ["hello"]


def identify(**changes: Any) -> dict[str, Any]:
    return {"op": 2, "d": {"token": "emulated.bot.token", "intents": 0} | changes}


@pytest.mark.parametrize(
    ("payloads", "code"),
    [
        ([identify(token="wrong")], 4004),
        ([identify(intents=1 << 15)], 4014),
        ([identify(intents=1 << 40)], 4013),
        ([identify(shard=[1, 1])], 4010),
        ([identify(), identify()], 4005),
        ([identify(), {"op": 99}], 4001),
        ([{"op": 3, "d": {}}], 4003),
        ([{"d": {}}], 4002),
        ([{"op": 1, "d": None}] * 121, 4008),
    ],
)
async def test_close_codes(emulator: DiscordEmulator, payloads: list[dict[str, Any]], code: int) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(socket_url(emulator)) as socket:
        for payload in payloads:
            await socket.send_json(payload)
        async for _ in socket:
            pass
        assert socket.close_code == code


async def test_resuming_needs_a_session_and_a_sequence(emulator: DiscordEmulator) -> None:
    resume = {"token": emulator.token, "session_id": "unknown", "seq": 0}
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(socket_url(emulator)) as socket:
            await socket.receive_json()
            await socket.send_json({"op": 6, "d": resume})
            assert (await socket.receive_json())["op"] == 9
            await socket.send_json(identify())
            known = (await socket.receive_json())["d"]["session_id"]
            emulator.drop_gateway()
        async with session.ws_connect(socket_url(emulator)) as socket:
            await socket.send_json({"op": 6, "d": resume | {"session_id": known, "seq": 7}})
            async for _ in socket:
                pass
            assert socket.close_code == 4007
        with emulator.gateway_down(), pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(socket_url(emulator))


async def test_a_client_without_a_heartbeat_is_closed() -> None:
    async with (
        DiscordEmulator(heartbeat_interval=0.1) as emulator,
        aiohttp.ClientSession() as session,
        session.ws_connect(socket_url(emulator)) as socket,
    ):
        await socket.receive_json()
        await socket.receive()
        assert socket.close_code == 4009


async def test_shards_share_the_guilds(emulator: DiscordEmulator, guild: Guild) -> None:
    async with aiohttp.ClientSession() as session:
        seen = []
        for shard in (0, 1):
            async with session.ws_connect(socket_url(emulator)) as socket:
                await socket.receive_json()
                await socket.send_json(identify(shard=[shard, 2]))
                seen += [each["id"] for each in (await socket.receive_json())["d"]["guilds"]]
    assert seen == [str(guild.id)]
