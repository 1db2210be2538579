"""Who may do what, and what becomes of what is gone."""

import discord
import pytest

from tests.discord_emulator import Channel, ClientRefusal, DiscordEmulator, Guild, Member
from tests.test_discord_emulator.bot import Bot, Interaction, picture, refused


async def test_missing_permissions(
    guild: Guild, client: discord.Client, channel: Channel, alice: Member
) -> None:
    target = client.get_partial_messageable(channel.id)
    theirs = await alice.say(channel, "theirs")
    assert (await refused(target.get_partial_message(theirs.id).edit(content="!"))).code == 50005
    assert (await refused(target.get_partial_message(theirs.id).delete())).code == 50013
    channel.deny(guild.me, "attach_files", "embed_links")
    assert (await refused(target.send(file=picture()))).code == 50013
    assert (await refused(target.send(embed=discord.Embed(title="x")))).code == 50013
    channel.deny(guild.me, "send_messages")
    assert (await refused(target.send("x"))).code == 50013
    channel.deny(guild.me, "view_channel")
    error = await refused(target.send("x"))
    assert (error.status, error.code) == (403, 50001)
    channel.delete()
    error = await refused(client.fetch_channel(channel.id))
    assert (error.status, error.code) == (404, 10003)


async def test_things_that_are_gone(
    emulator: DiscordEmulator, guild: Guild, client: discord.Client, channel: Channel, alice: Member
) -> None:
    target = client.get_partial_messageable(channel.id)
    sent = await target.send("x")
    await sent.delete()
    assert channel.messages == []
    assert (await refused(sent.edit(content="y"))).code == 10008
    assert (await refused(sent.delete())).code == 10008
    assert (await refused(target.fetch_message(1))).code == 10008
    assert (await refused(client.fetch_user(1))).code == 10013
    guild.kick_bot()
    assert (await refused(target.send("x"))).code == 50001


async def test_a_channel_deleted_under_an_interaction(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    seen: list[discord.HTTPException] = []

    async def script(interaction: Interaction) -> None:
        await interaction.response.defer()
        channel.delete()
        seen.append(await refused(interaction.edit_original_response(content="done")))
        seen.append(await refused(interaction.followup.send("done")))

    async with Bot(script).online(emulator):
        await alice.command(channel, "imagine", prompt="a fox")
        await emulator.until(lambda: len(seen) == 2)
    assert [(error.status, error.code) for error in seen] == [(404, 10003)] * 2
    with pytest.raises(ClientRefusal):
        await alice.say(channel, "hello?")


async def test_direct_messages(client: discord.Client, alice: Member) -> None:
    user = await client.fetch_user(alice.id)
    await user.send("your picture", file=picture())
    assert [message.content for message in alice.dms] == ["your picture"]
    alice.close_dms()
    error = await refused(user.send("again"))
    assert (error.status, error.code) == (403, 50007)


async def test_nobody_is_written_to_who_left(client: discord.Client, guild: Guild, alice: Member) -> None:
    user = await client.fetch_user(alice.id)
    alice.leave()
    assert alice.id not in guild.members
    error = await refused(user.send("come back"))
    assert (error.status, error.code) == (403, 50007)


async def test_a_thread_is_as_age_restricted_as_its_parent(
    emulator: DiscordEmulator, guild: Guild, alice: Member
) -> None:
    studio = guild.channel("studio", nsfw=True)
    thread = studio.thread("sketches")
    seen: list[bool] = []

    async def script(interaction: Interaction) -> None:
        assert isinstance(interaction.channel, discord.Thread)
        seen.append(interaction.channel.is_nsfw())
        await interaction.response.send_message("x")

    async with Bot(script).online(emulator):
        await (await alice.command(thread, "imagine", prompt="a fox")).response()
        studio.set_nsfw(False)
        await (await alice.command(thread, "imagine", prompt="a fox")).response()
    assert seen == [True, False]


async def test_a_bot_can_ask_where_and_what_it_is(
    emulator: DiscordEmulator, guild: Guild, channel: Channel, client: discord.Client, alice: Member
) -> None:
    application = await client.application_info()
    assert client.user is not None
    assert (application.id, application.owner.id) == (client.user.id, guild.owner.id)
    assert [each.id async for each in client.fetch_guilds()] == [guild.id]
    fetched = await client.fetch_guild(guild.id)
    assert [each.id for each in await fetched.fetch_channels()] == [channel.id]
    assert (await fetched.fetch_member(alice.id)).name == "alice"
    assert (await refused(fetched.fetch_member(1))).code == 10007
    assert len(await fetched.fetch_roles()) == 2
    assert emulator.unknown_requests == []


async def test_the_bot_hears_of_channels_and_guilds(emulator: DiscordEmulator, guild: Guild) -> None:
    async with Bot().online(emulator) as bot:
        late = guild.channel("late")
        other = emulator.guild("Another")
        await emulator.until(lambda: bot.get_channel(late.id) and bot.get_guild(other.id))
        late.delete()
        other.kick_bot()
        await emulator.until(lambda: not (bot.get_channel(late.id) or len(bot.guilds) > 1))
        assert [each.id for each in bot.guilds] == [guild.id]
