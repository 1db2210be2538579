"""Commands: how they are registered, shown and answered."""

from typing import Any

import discord
import pytest
from discord import app_commands

from tests.discord_emulator import Channel, ClientRefusal, DiscordEmulator, Guild, Member, Upload
from tests.discord_emulator.messages import CONTEXT_MENU_COMMAND
from tests.test_discord_emulator.bot import Bot, Interaction, picture, refused


async def test_a_command_gets_its_answer_a_file_and_a_follow_up(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async def script(interaction: Interaction) -> None:
        await interaction.response.send_message("in the queue")
        await interaction.edit_original_response(content="done", attachments=[picture()])
        await interaction.followup.send("three more")

    async with Bot(script).online(emulator):
        run = await (await alice.command(channel, "imagine", prompt="a fox", count=3)).response()
        assert run.latency is not None
        assert run.latency < 1
        message = await run.message(lambda message: message.attachments)
        assert [version.content for version in message.versions] == ["in the queue", "done"]
        assert message.attachments[0].image().size == (8, 4)
        await run.message(lambda message: message.content == "three more")
        assert channel.messages == run.messages
        assert "[file grid.png" in channel.render()
        assert emulator.unknown_requests == []
        assert emulator.rate_limit_hits == []
        assert emulator.refusals == []


async def test_options_arrive_as_they_were_given(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async def script(interaction: Interaction) -> None:
        start = interaction.namespace.start
        await interaction.response.send_message(
            f"{interaction.namespace.prompt} {(await start.read()).decode()}"
        )

    async with Bot(script).online(emulator):
        start = Upload("my start.txt", b"bytes")
        run = await alice.command(channel, "imagine", prompt="a fox", start=start)
        assert (await run.message()).content == "a fox bytes"


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": "a fox", "count": 5},
        {"prompt": "a fox", "count": True},
        {"prompt": "x" * 201},
        {"prompt": ""},
        {"count": 2},
        {"prompt": "a fox", "nonsense": 1},
        {"prompt": "a fox", "start": Upload("big.png", bytes(10 * 1024 * 1024 + 1))},
    ],
)
async def test_the_members_client_refuses_nonsense(
    emulator: DiscordEmulator, channel: Channel, alice: Member, options: dict[str, Any]
) -> None:
    emulator.application.overwrite(
        None, [command.to_dict(Bot().tree) for command in Bot().tree.get_commands()]
    )
    with pytest.raises(ClientRefusal):
        await alice.command(channel, "imagine", **options)


async def test_commands_show_where_they_may(emulator: DiscordEmulator, guild: Guild, alice: Member) -> None:
    rules: list[dict[str, Any]] = [
        {"name": "policy", "description": "Rules", "default_member_permissions": "16"},
        {"name": "nude", "description": "Art", "nsfw": True},
        {"name": "here", "description": "In servers", "contexts": [0]},
    ]
    emulator.application.overwrite(None, rules)
    moderator = guild.member("Mo", permissions=["manage_channels"])
    general, studio = guild.channel(), guild.channel("studio", nsfw=True)
    await moderator.command(general, "policy")
    await alice.command(studio.thread("sketches"), "nude")
    await alice.command(general, "here")
    for channel, name in ((general, "policy"), (general, "nude"), (alice.dm, "here"), (general, "unknown")):
        with pytest.raises(ClientRefusal):
            await alice.command(channel, name)
    general.deny(alice, "use_application_commands")
    with pytest.raises(ClientRefusal):
        await alice.command(general, "here")


async def test_subcommands(emulator: DiscordEmulator, channel: Channel, alice: Member) -> None:
    bot, jobs = Bot(), app_commands.Group(name="jobs", description="Yours")

    @jobs.command(name="cancel", description="One of them")
    async def cancel(interaction: discord.Interaction[Any], number: int) -> None:
        await interaction.response.send_message(f"cancelled {number}", ephemeral=True)

    bot.tree.add_command(jobs)
    async with bot.online(emulator):
        run = await alice.command(channel, "jobs cancel", number=7)
        assert (await run.message()).content == "cancelled 7"
        with pytest.raises(ClientRefusal):
            await alice.command(channel, "jobs")


async def test_autocompletion(emulator: DiscordEmulator, channel: Channel, alice: Member) -> None:
    async with Bot().online(emulator):
        run = await (await alice.autocomplete(channel, "imagine", "checkpoint", "po")).response()
        assert run.choices == [{"name": each, "value": each} for each in ("pocket", "portrait")]


async def test_a_command_of_a_message_menu(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async def describe(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await interaction.response.send_message(f"{len(message.attachments)} pictures")

    bot = Bot()
    bot.tree.add_command(app_commands.ContextMenu(name="Describe", callback=describe))
    async with bot.online(emulator):
        message = await alice.say(channel, "look", Upload("a.png", b"1"), Upload("b.png", b"2"))
        run = await alice.message_command(message, "Describe")
        answer = await run.message()
        assert answer.content == "2 pictures"
        assert (answer.type, answer.reference) == (CONTEXT_MENU_COMMAND, message)
        answer.deleted = True
        with pytest.raises(ClientRefusal):
            await alice.message_command(answer, "Describe")


@pytest.mark.parametrize(
    "wrong", [{"name": "x" * 33}, {"name_localizations": {"de": "x" * 33}}, {"description": "Edit it"}]
)
async def test_a_wrong_command_of_a_menu_is_not_registered(
    emulator: DiscordEmulator, client: discord.Client, wrong: dict[str, Any]
) -> None:
    assert client.application_id is not None
    command: Any = {"name": "Edit this", "type": 3}
    await client.http.bulk_upsert_global_commands(client.application_id, [command])
    for commands_of_menus in ([command | wrong], [command | {"name": f"Edit {n}"} for n in range(16)]):
        error = await refused(
            client.http.bulk_upsert_global_commands(client.application_id, commands_of_menus)
        )
        assert (error.status, error.code) == (400, 50035)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Imagine"},
        {"name": "two words"},
        {"name": "x" * 33},
        {"description": ""},
        {"description": "x" * 101},
        {"type": 7},
        {"options": [{"name": f"o{n}", "description": "d", "type": 3} for n in range(26)]},
        {"options": [{"name": "a", "description": "d", "type": 3}] * 2},
        {
            "options": [
                {"name": "a", "description": "d", "type": 3},
                {"name": "b", "description": "d", "type": 3, "required": True},
            ]
        },
        {"options": [{"name": "a", "description": "d", "type": 4, "min_value": 4, "max_value": 1}]},
        {"options": [{"name": "a", "description": "d", "type": 4, "max_length": 10}]},
        {"options": [{"name": "a", "description": "d", "type": 12}]},
        {
            "options": [
                {
                    "name": "a",
                    "description": "d",
                    "type": 3,
                    "choices": [{"name": str(n), "value": "v"} for n in range(26)],
                }
            ]
        },
        {
            "options": [
                {
                    "name": "a",
                    "description": "d",
                    "type": 3,
                    "choices": [{"name": "n", "value": "v"}],
                    "autocomplete": True,
                }
            ]
        },
        {
            "options": [
                {
                    "name": f"o{n}",
                    "description": "d" * 100,
                    "type": 3,
                    "choices": [{"name": f"{m}" * 40, "value": "v" * 90} for m in range(9)],
                }
                for n in range(9)
            ]
        },
    ],
)
async def test_a_wrong_command_is_not_registered(
    emulator: DiscordEmulator, client: discord.Client, wrong: dict[str, Any]
) -> None:
    assert client.application_id is not None
    command: Any = {"name": "imagine", "description": "Make it"} | wrong
    error = await refused(client.http.bulk_upsert_global_commands(client.application_id, [command]))
    assert (error.status, error.code) == (400, 50035)
