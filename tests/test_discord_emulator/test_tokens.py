"""Answers to an interaction: its token, its deadlines, and who sees them."""

from typing import Any

import discord
import pytest
from discord import app_commands, ui

from tests.discord_emulator import Channel, ClientRefusal, DiscordEmulator, Guild, Member
from tests.test_discord_emulator.bot import Bot, Interaction, RerollButton, refused, suggest


async def test_the_deadlines_of_a_token(emulator: DiscordEmulator, channel: Channel, alice: Member) -> None:
    seen: list[discord.HTTPException] = []

    async def script(interaction: Interaction) -> None:
        emulator.advance(seconds=3.1)
        seen.append(await refused(interaction.response.send_message("late")))

    async with Bot(script).online(emulator) as bot:
        run = await alice.command(channel, "imagine", prompt="a fox")
        await emulator.until(lambda: run.errors)

        async def again(interaction: Interaction) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content="done")
            params = discord.webhook.async_.interaction_response_params(4, {"content": "twice"})
            adapter = discord.webhook.async_.async_context.get()
            session = interaction._session
            seen.append(
                await refused(
                    adapter.create_interaction_response(
                        interaction.id, interaction.token, session=session, params=params
                    )
                )
            )
            emulator.advance(minutes=16)
            seen.append(await refused(interaction.edit_original_response(content="too late")))
            seen.append(await refused(interaction.followup.send("too late")))

        bot.script = again
        run = await alice.command(channel, "imagine", prompt="a fox")
        await emulator.until(lambda: len(run.errors) == 3)
        bot.script = None
        run = await (await alice.command(channel, "imagine", prompt="a fox")).response()
        emulator.kill_token(run)
        webhook = discord.Webhook.partial(bot.user.id if bot.user else 0, run.token, client=bot)
        seen.append(await refused(webhook.send("early death")))
        assert channel.messages[0].content == "done"
    assert [(error.status, error.code) for error in seen] == [
        (404, 10062),
        (400, 40060),
        (401, 50027),
        (401, 50027),
        (401, 50027),
    ]


async def test_a_token_does_nothing_before_the_first_response(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    seen: list[discord.HTTPException] = []

    async def script(interaction: Interaction) -> None:
        seen.append(await refused(interaction.followup.send("early")))
        seen.append(await refused(interaction.original_response()))
        await interaction.response.send_message("now")

    async with Bot(script).online(emulator):
        run = await alice.command(channel, "imagine", prompt="a fox")
        await run.message()
        assert [error.code for error in seen] == [10015, 10015]


async def test_the_first_follow_up_takes_the_place_of_thinking(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async def script(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("here")
        await interaction.followup.send("and for all")

    async with Bot(script).online(emulator):
        run = await (await alice.command(channel, "imagine", prompt="a fox")).response()
        assert "is thinking" in run.render() or run.messages[0].content == "here"
        await run.message(lambda message: message.content == "and for all")
        assert [message.content for message in alice.ephemerals] == ["here"]
        assert [message.content for message in channel.messages] == ["and for all"]


async def test_responses_can_be_read_and_deleted(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async def script(interaction: Interaction) -> None:
        answer = await interaction.response.send_message("short-lived")
        assert isinstance(answer.resource, discord.InteractionMessage)
        assert (await interaction.original_response()).id == answer.message_id
        await interaction.delete_original_response()

    async with Bot(script).online(emulator):
        run = await (await alice.command(channel, "imagine", prompt="a fox")).response()
        assert run.original is not None
        await run.original.wait_deleted()
        assert channel.messages == []


async def raw_answer(interaction: Interaction, kind: int, **data: Any) -> None:
    """An initial response that discord.py itself would not give."""
    params = discord.webhook.async_.interaction_response_params(kind, data)
    adapter = discord.webhook.async_.async_context.get()
    await adapter.create_interaction_response(
        interaction.id, interaction.token, session=interaction._session, params=params
    )


LABEL = {"type": 18, "label": "Prompt", "component": {"type": 4, "style": 1, "custom_id": "p"}}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (1, {}),
        (4, {"content": "x" * 2001}),
        (5, {"flags": 1 << 15}),
        (6, {}),
        (7, {"content": "no message to update"}),
        (8, {"choices": []}),
        (9, {"title": "x" * 46, "custom_id": "m", "components": [LABEL]}),
        (9, {"title": "Inpaint", "custom_id": "x" * 101, "components": [LABEL]}),
        (9, {"title": "Inpaint", "custom_id": "m", "components": []}),
        (9, {"title": "Inpaint", "custom_id": "m", "components": [LABEL] * 6}),
        (9, {"title": "Inpaint", "custom_id": "m", "components": [LABEL | {"label": "x" * 46}]}),
        (9, {"title": "Inpaint", "custom_id": "m", "components": [LABEL | {"component": {"type": 2}}]}),
        (9, {"title": "Inpaint", "custom_id": "m", "components": [LABEL, LABEL]}),
    ],
)
async def test_a_wrong_answer_is_refused_and_another_may_follow(
    emulator: DiscordEmulator, channel: Channel, alice: Member, kind: int, data: dict[str, Any]
) -> None:
    seen: list[discord.HTTPException] = []

    async def script(interaction: Interaction) -> None:
        seen.append(await refused(raw_answer(interaction, kind, **data)))
        await interaction.response.send_message("sorry")

    async with Bot(script).online(emulator):
        run = await alice.command(channel, "imagine", prompt="a fox")
        assert (await run.message()).content == "sorry"
    assert [(error.status, error.code) for error in seen] == [(400, 50035)]


async def test_too_many_suggestions(emulator: DiscordEmulator, channel: Channel, alice: Member) -> None:
    bot = Bot()
    choices = [app_commands.Choice(name=str(number), value=str(number)) for number in range(26)]

    async def many(interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        return choices

    command = bot.tree.get_command("imagine")
    assert isinstance(command, app_commands.Command)
    command.autocomplete("checkpoint")(many)
    async with bot.online(emulator):
        run = await alice.autocomplete(channel, "imagine", "checkpoint", "")
        await emulator.until(lambda: run.errors)
        assert run.errors[0].code == 50035
    # The next bot of this process gets the usual suggestions again.
    command.autocomplete("checkpoint")(suggest)


async def test_ephemeral_messages_exist_for_one_member_only(
    emulator: DiscordEmulator, guild: Guild, channel: Channel, alice: Member
) -> None:
    async with Bot().online(emulator) as bot:

        async def script(interaction: Interaction) -> None:
            view = ui.View(timeout=None)
            view.add_item(RerollButton(1))
            await interaction.response.send_message("hidden", ephemeral=True, view=view)

        bot.script = script
        run = await alice.command(channel, "imagine", prompt="a fox")
        hidden = await run.message()
        target = bot.get_partial_messageable(channel.id)
        assert (await refused(target.fetch_message(hidden.id))).code == 10008
        assert (await refused(target.get_partial_message(hidden.id).edit(content="x"))).code == 10008
        assert bot.heard == []
        with pytest.raises(ClientRefusal):
            await guild.member("Bob").press(hidden, "Reroll")
        assert (await (await alice.press(hidden, "Reroll")).message()).content == "rerolled 1"


async def test_an_interaction_pings_only_members_and_only_at_first(
    emulator: DiscordEmulator, guild: Guild, channel: Channel, alice: Member
) -> None:
    artists = guild.role("Artists", mentionable=True)

    async def script(interaction: Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"{alice.mention}")
        await interaction.followup.send(f"{alice.mention} <@&{artists.id}>")

    async with Bot(script).online(emulator):
        run = await alice.command(channel, "imagine", prompt="a fox")
        followup = await run.message(lambda message: "<@&" in message.content)
        assert run.original is not None
        assert not run.original.pings
        assert alice in run.original.current.mentions
        assert alice in followup.pings
        assert artists not in followup.pings


async def test_the_history_of_a_channel(client: discord.Client, channel: Channel, alice: Member) -> None:
    for number in range(3):
        await alice.say(channel, str(number))
    target = client.get_partial_messageable(channel.id)
    sent = await target.send("mine")
    history = [message async for message in target.history(limit=10)]
    assert [message.content for message in history] == ["mine", "", "", ""]
    assert [message.id async for message in target.history(before=sent, limit=1)] == [channel.messages[2].id]
    assert (await refused(client.http.logs_from(channel.id, 101))).code == 50035


async def test_a_command_of_one_server(emulator: DiscordEmulator, guild: Guild, alice: Member) -> None:
    bot, elsewhere = Bot(), emulator.guild("Elsewhere")
    stranger = elsewhere.member("Stranger")

    @bot.tree.command(name="beta", description="New", guild=discord.Object(guild.id))
    async def beta(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("new")

    async with bot.online(emulator):
        await bot.tree.sync(guild=discord.Object(guild.id))
        assert [each.name for each in await bot.tree.fetch_commands()] == ["imagine"]
        run = await alice.command(guild.channel(), "beta")
        assert (await run.message()).content == "new"
        with pytest.raises(ClientRefusal):
            await stranger.command(elsewhere.channel(), "beta")
