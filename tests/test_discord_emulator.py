"""The emulator against the real discord.py: what it serves, and what it refuses."""

import asyncio
import contextlib
import io
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import aiohttp
import discord
import pytest
from discord import app_commands, ui
from discord.ext import commands
from discord.http import Route
from PIL import Image

from tests.discord_emulator import (
    Channel,
    ClientRefusal,
    DiscordEmulator,
    Guild,
    Member,
    Upload,
)
from tests.discord_emulator.messages import CONTEXT_MENU_COMMAND

Interaction = discord.Interaction[commands.AutoShardedBot]
Script = Callable[[Interaction], Awaitable[object]]


class RerollButton(ui.DynamicItem[ui.Button[ui.View]], template=r"reroll:(?P<job>\d+)"):
    """A button that needs no memory: everything is in its custom_id."""

    def __init__(self, job: int) -> None:
        super().__init__(ui.Button(label="Reroll", custom_id=f"reroll:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: Any) -> Self:
        return cls(int(match["job"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"rerolled {self.job}", ephemeral=True)


class Bot(commands.AutoShardedBot):
    """A bot whose `/imagine` does what the test says."""

    def __init__(self, script: Script | None = None, **options: Any) -> None:
        # discord.py waits this long for more guilds before it says it is ready.
        intents = discord.Intents(guilds=True, messages=True)
        defaults: dict[str, Any] = {"guild_ready_timeout": 0.05, "intents": intents}
        super().__init__("!", **(defaults | options))
        self.script = script
        self.heard: list[int] = []
        self.failures: list[app_commands.AppCommandError] = []
        self.tree.add_command(app_commands.Command(name="imagine", description="Make it", callback=imagine))
        self.tree.error(self.note)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(RerollButton)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py would wait five seconds before it identifies again."""

    async def note(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        self.failures.append(error)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.id)

    @contextlib.asynccontextmanager
    async def online(self, emulator: DiscordEmulator) -> AsyncIterator[Self]:
        async with self:
            running = asyncio.create_task(self.start(emulator.token))
            await emulator.wait_online()
            await self.wait_until_ready()
            yield self
        await running


async def suggest(interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
    names = ("pocket", "portrait", "photo")
    return [app_commands.Choice(name=each, value=each) for each in names if each.startswith(current)]


@app_commands.describe(prompt="What to see", count="How many", checkpoint="Which model", start="A picture")
@app_commands.autocomplete(checkpoint=suggest)
async def imagine(
    interaction: discord.Interaction[Any],
    prompt: app_commands.Range[str, 1, 200],
    count: app_commands.Range[int, 1, 4] = 1,
    checkpoint: str = "pocket",
    start: discord.Attachment | None = None,
) -> None:
    script = interaction.client.script
    await (script(interaction) if script else interaction.response.send_message(f"{count} x {prompt}"))


@pytest.fixture
async def emulator() -> AsyncIterator[DiscordEmulator]:
    async with DiscordEmulator() as running:
        with running.redirect():
            yield running


@pytest.fixture
def guild(emulator: DiscordEmulator) -> Guild:
    return emulator.guild()


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("pictures")


@pytest.fixture
def alice(guild: Guild) -> Member:
    return guild.member("Alice")


@pytest.fixture
async def client(emulator: DiscordEmulator) -> AsyncIterator[discord.Client]:
    """discord.py with a token but without a gateway, for what goes over HTTP alone."""
    async with discord.Client(intents=discord.Intents.none()) as logged_in:
        await logged_in.login(emulator.token)
        yield logged_in


def picture(colour: str = "red") -> discord.File:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 4), colour).save(buffer, "PNG")
    buffer.seek(0)
    return discord.File(buffer, "grid.png", description="four foxes")


def socket_url(emulator: DiscordEmulator) -> str:
    return emulator.gateway_url + "?v=10&encoding=json"


async def refused(call: Awaitable[object]) -> discord.HTTPException:
    with pytest.raises(discord.HTTPException) as caught:
        await call
    return caught.value


# Commands


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


# Buttons, selects and modals


async def test_a_dynamic_button_works_after_a_restart(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async def script(interaction: Interaction) -> None:
        view = ui.View(timeout=None)
        view.add_item(RerollButton(17))
        await interaction.response.send_message("a fox", view=view)

    async with Bot(script).online(emulator):
        message = await (await alice.command(channel, "imagine", prompt="a fox")).message()
    assert not emulator.gateway.online
    async with Bot().online(emulator):
        run = await alice.press(message, "Reroll")
        answer = await run.message()
        assert answer.content == "rerolled 17"
        assert alice.ephemerals == [answer]
        assert channel.messages == [message]
        with pytest.raises(ClientRefusal):
            await alice.press(message, "Delete")


async def test_a_press_nobody_answers_fails(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    async with Bot().online(emulator) as bot:
        view = ui.View(timeout=None)
        view.add_item(RerollButton(1))
        target = bot.get_partial_messageable(channel.id)
        await target.send("a fox", view=view)
    run = await alice.press(channel.messages[0], "reroll:1")
    emulator.advance(seconds=3.1)
    assert run.failed
    assert run.render() == "The application did not respond"


async def test_a_button_can_change_its_message(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    class Counter(ui.View):
        @ui.button(label="More")
        async def more(self, interaction: discord.Interaction[Any], button: ui.Button[Any]) -> None:
            button.disabled = True
            await interaction.response.edit_message(content="2", view=self)
            await interaction.followup.send("changed", ephemeral=True)

    async with Bot().online(emulator) as bot:
        await bot.get_partial_messageable(channel.id).send("1", view=Counter())
        message = await channel.wait_message()
        run = await alice.press(message, "More")
        await message.wait(lambda message: message.content == "2")
        assert "( More )" in message.render()
        assert (await run.message(lambda message: message.ephemeral)).content == "changed"
        with pytest.raises(ClientRefusal):
            await alice.press(message, "More")


async def test_a_select(emulator: DiscordEmulator, channel: Channel, alice: Member) -> None:
    class Menu(ui.View):
        @ui.select(
            options=[discord.SelectOption(label="Wide", value="w"), discord.SelectOption(label="Tall")]
        )
        async def size(self, interaction: discord.Interaction[Any], select: ui.Select[Any]) -> None:
            await interaction.response.send_message(select.values[0])

    async with Bot().online(emulator) as bot:
        await bot.get_partial_messageable(channel.id).send("size?", view=Menu())
        message = await channel.wait_message()
        assert (await (await alice.select(message, "Wide")).message()).content == "w"
        with pytest.raises(ClientRefusal):
            await alice.select(message, "Huge")


async def test_a_modal_with_text_and_a_file(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    class Form(ui.Modal, title="Inpaint"):
        prompt: ui.TextInput[Any] = ui.TextInput(label="Prompt", max_length=20)
        mask: ui.Label[Any] = ui.Label(text="Mask", component=ui.FileUpload(max_values=1))

        async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
            assert isinstance(self.mask.component, ui.FileUpload)
            mask = await self.mask.component.values[0].read()
            await interaction.response.send_message(f"{self.prompt.value} {mask.decode()}")

    async def script(interaction: Interaction) -> None:
        await interaction.response.send_modal(Form())

    async with Bot(script).online(emulator):
        run = await (await alice.command(channel, "imagine", prompt="a fox")).response()
        with pytest.raises(ClientRefusal):
            await alice.submit_modal(run, {"Prompt": "x" * 21, "Mask": Upload("m.png", b"mask")})
        with pytest.raises(ClientRefusal):
            await alice.submit_modal(run, {"Prompt": "a hat"})
        submitted = await alice.submit_modal(run, {"Prompt": "a hat", "Mask": Upload("m.png", b"mask")})
        posted = await submitted.message()
        assert posted.content == "a hat mask"
        assert posted.interaction is not None
        assert posted.interaction["triggering_interaction_metadata"]["id"] == str(run.id)
        with pytest.raises(ClientRefusal, match="no modal is open"):
            await alice.submit_modal(run, {"Prompt": "a hat", "Mask": Upload("m.png", b"mask")})


def a_field(**changed: Any) -> dict[str, Any]:
    field = {"type": 4, "custom_id": "prompt", "style": 1} | changed
    return {"type": 18, "label": "Prompt", "component": field}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "x" * 46},
        {"title": ""},
        {"custom_id": "x" * 101},
        {"components": []},
        {"components": [a_field(custom_id=str(number)) for number in range(6)]},
        {"components": [a_field(), a_field()]},
        {"components": [a_field() | {"label": "x" * 46}]},
        {"components": [a_field() | {"description": "x" * 101}]},
        {"components": [a_field(custom_id="x" * 101)]},
        {"components": [a_field(value="x" * 21, max_length=20)]},
        {"components": [a_field(min_length=5, max_length=4)]},
        {"components": [a_field(type=19, min_values=0)]},
        {"components": [a_field(type=19, max_values=11)]},
        {"components": [a_field(type=19, min_values=3, max_values=2)]},
        {"components": [a_field(type=2)]},
    ],
)
async def test_a_wrong_modal_is_refused_and_a_right_one_opens(
    emulator: DiscordEmulator, channel: Channel, alice: Member, wrong: dict[str, Any]
) -> None:
    seen: list[discord.HTTPException] = []
    right = {"title": "Edit", "custom_id": "edit", "components": [a_field()]}

    class Form(ui.Modal, title="Edit"):
        def to_dict(self) -> dict[str, Any]:
            return right if seen else right | wrong

    async def script(interaction: Interaction) -> None:
        seen.append(await refused(interaction.response.send_modal(Form())))
        await interaction.response.send_modal(Form())

    async with Bot(script).online(emulator):
        run = await (await alice.command(channel, "imagine", prompt="a fox")).response()
        assert run.modal == right
        assert [(error.status, error.code) for error in seen] == [(400, 50035)]


async def test_a_modal_is_the_first_answer_within_three_seconds_and_never_to_a_modal(
    emulator: DiscordEmulator, channel: Channel, alice: Member
) -> None:
    codes: list[int] = []

    class Form(ui.Modal, title="Edit"):
        prompt: ui.TextInput[Any] = ui.TextInput(label="Prompt", required=False)

    async def to_send(interaction: discord.Interaction[Any]) -> int:
        params = discord.webhook.async_.interaction_response_params(9, Form().to_dict())
        adapter = discord.webhook.async_.async_context.get()
        sending = adapter.create_interaction_response(
            interaction.id, interaction.token, session=interaction._session, params=params
        )
        return (await refused(sending)).code

    async def late(interaction: Interaction) -> None:
        emulator.advance(seconds=3.1)
        codes.append(await to_send(interaction))

    async def second(interaction: Interaction) -> None:
        await interaction.response.defer()
        codes.append(await to_send(interaction))

    class Twice(Form, title="Edit"):
        async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
            codes.append(await to_send(interaction))

    async def twice(interaction: Interaction) -> None:
        await interaction.response.send_modal(Twice())

    async with Bot(late).online(emulator) as bot:
        for script, code in ((late, 10062), (second, 40060), (twice, 50035)):
            bot.script = script
            run = await alice.command(channel, "imagine", prompt="a fox")
            if script is twice:
                await alice.submit_modal(await run.response(), {})
            await emulator.until(lambda: codes)
            assert codes.pop() == code


# Tokens and deadlines


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


# The gateway


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


# Messages


def send(client: discord.Client, channel: Channel, **body: Any) -> Awaitable[Any]:
    """A raw body, for what discord.py itself would not send."""
    return client.http.request(
        Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id), json=body
    )


def button(**changes: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "U1", "custom_id": "u1"} | changes


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


V2 = 1 << 15
WRONG_BODIES: list[tuple[dict[str, Any], tuple[str | int, ...]]] = [
    ({"content": "x" * 2001}, ("content",)),
    ({"content": 5}, ("content",)),
    ({"content": "x", "embeds": [{"title": "x" * 257}]}, ("embeds", 0, "title")),
    ({"embeds": [{"description": "x" * 4097}]}, ("embeds", 0, "description")),
    ({"embeds": [{"footer": {"text": "x" * 2049}}]}, ("embeds", 0, "footer", "text")),
    ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, ("embeds", 0, "fields")),
    ({"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]}, ("embeds", 0, "fields", 0, "value")),
    ({"embeds": [{"description": "x" * 3001}] * 2}, ("embeds",)),
    ({"embeds": [{"title": "t"}] * 11}, ("embeds",)),
    ({"embeds": [{"title": "t", "timestamp": "yesterday"}]}, ("embeds", 0, "timestamp")),
    ({"embeds": [{"image": {"url": "file:///etc"}}]}, ("embeds", 0, "image", "url")),
    ({"content": "x", "components": [row(button())] * 6}, ("components",)),
    ({"content": "x", "components": [button()]}, ("components", 0, "type")),
    (
        {"content": "x", "components": [row(*[button(custom_id=str(n)) for n in range(6)])]},
        ("components", 0, "components"),
    ),
    (
        {"content": "x", "components": [row(button(), button())]},
        ("components", 0, "components", 1, "custom_id"),
    ),
    (
        {"content": "x", "components": [row(button(custom_id="x" * 101))]},
        ("components", 0, "components", 0, "custom_id"),
    ),
    (
        {"content": "x", "components": [row(button(label="x" * 81))]},
        ("components", 0, "components", 0, "label"),
    ),
    ({"content": "x", "components": [row(button(style=9))]}, ("components", 0, "components", 0, "style")),
    ({"content": "x", "components": [row(button(style=5))]}, ("components", 0, "components", 0, "url")),
    ({"content": "x", "components": [row(button(label=""))]}, ("components", 0, "components", 0)),
    (
        {"content": "x", "components": [row(button(emoji={"name": "U"}))]},
        ("components", 0, "components", 0, "emoji", "name"),
    ),
    (
        {"content": "x", "components": [row({"type": 3, "custom_id": "s", "options": []})]},
        ("components", 0, "components", 0, "options"),
    ),
    ({"content": "x", "components": [{"type": 10, "content": "x"}]}, ("components", 0, "type")),
    ({"flags": V2, "content": "x", "components": [{"type": 10, "content": "x"}]}, ("content",)),
    ({"flags": V2, "embeds": [{"title": "x"}], "components": [{"type": 10, "content": "x"}]}, ("embeds",)),
    ({"flags": V2, "components": [{"type": 10, "content": "x"}] * 41}, ("components",)),
    (
        {"flags": V2, "components": [{"type": 17, "components": [{"type": 10, "content": "x"}] * 40}]},
        ("components",),
    ),
    ({"flags": V2, "components": [{"type": 10, "content": "x" * 2001}] * 2}, ("components",)),
    (
        {"flags": V2, "components": [{"type": 12, "items": [{"media": {"url": "https://x/y.png"}}] * 11}]},
        ("components", 0, "items"),
    ),
    (
        {"flags": V2, "components": [{"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]}]},
        ("components", 0, "items", 0, "media", "url"),
    ),
    (
        {"flags": V2, "components": [{"type": 9, "components": [{"type": 10, "content": "x"}]}]},
        ("components", 0, "accessory", "type"),
    ),
    ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, ("allowed_mentions",)),
    ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, ("allowed_mentions", "parse", 0)),
    ({"content": "x", "nonce": "x" * 26}, ("nonce",)),
    ({"content": "x", "attachments": [{"id": 0, "filename": "not there.png"}]}, ("attachments", 0, "id")),
    ({"content": "x", "message_reference": {"message_id": "1"}}, ("message_reference",)),
]


@pytest.mark.parametrize(("body", "path"), WRONG_BODIES)
async def test_a_wrong_message_is_refused(
    client: discord.Client, channel: Channel, body: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    error = await refused(send(client, channel, **body))
    assert (error.status, error.code) == (400, 50035)
    where: Any = error._errors
    for key in path:
        where = where[str(key)]
    assert where["_errors"][0]["code"]
    assert channel.messages == []


@pytest.mark.parametrize(
    "body", [{}, {"content": "  \n"}, {"embeds": [{}]}, {"components": [row(button())]}, {"flags": V2}]
)
async def test_an_empty_message_is_refused(
    client: discord.Client, channel: Channel, body: dict[str, Any]
) -> None:
    assert (await refused(send(client, channel, **body))).code == 50006


async def test_a_layout_is_irrevocable(client: discord.Client, channel: Channel) -> None:
    class Result(ui.LayoutView):
        gallery: ui.MediaGallery[Any] = ui.MediaGallery(discord.MediaGalleryItem("attachment://grid.png"))
        text: ui.TextDisplay[Any] = ui.TextDisplay("a **fox**")

    target = client.get_partial_messageable(channel.id)
    sent = await target.send(view=Result(), file=picture())
    message = channel.messages[0]
    assert message.render() == "Darkroom:\n  [picture grid.png, 75 bytes]\n  a **fox**"
    assert sent.flags.components_v2
    assert (await refused(sent.edit(content="plain again"))).code == 50035
    await sent.edit(view=Result(), attachments=[picture("blue")])
    assert message.attachments[0].image().getpixel((0, 0)) == (0, 0, 255)


async def test_an_embed_takes_its_picture_out_of_the_attachments(
    client: discord.Client, channel: Channel
) -> None:
    embed = discord.Embed(title="a fox", description="seed 7").set_image(url="attachment://grid.png")
    embed.add_field(name="sampler", value="Euler").set_footer(text="2 s")
    sent = await client.get_partial_messageable(channel.id).send(embed=embed, file=picture())
    message = channel.messages[0]
    assert sent.attachments == []
    assert sent.embeds[0].image.url == message.attachments[0].url
    assert message.render().splitlines() == [
        "Darkroom:",
        "  | a fox",
        "  | seed 7",
        "  | sampler: Euler",
        "  | [picture grid.png, 75 bytes]",
        "  | 2 s",
    ]


async def test_edits_keep_what_they_do_not_name(client: discord.Client, channel: Channel) -> None:
    sent = await client.get_partial_messageable(channel.id).send("one", file=picture())
    message = channel.messages[0]
    waiting = asyncio.create_task(message.wait_edit(lambda message: message.content == "two"))
    await asyncio.sleep(0)
    await sent.edit(content="two")
    await waiting
    assert len(message.attachments) == 1
    await sent.edit(attachments=[*sent.attachments, picture("blue")])
    assert [each.filename for each in message.attachments] == ["grid.png", "grid.png"]
    await sent.edit(attachments=[])
    assert [len(version.attachments) for version in message.versions] == [1, 1, 2, 0]
    assert (await refused(sent.edit(content=""))).code == 50006
    assert [version.at for version in message.edits] == sorted(version.at for version in message.edits)


async def test_a_file_over_the_limit_is_refused(client: discord.Client, channel: Channel) -> None:
    target = client.get_partial_messageable(channel.id)
    limit = 10 * 1024 * 1024
    await target.send(file=discord.File(io.BytesIO(bytes(limit)), "fits.bin"))
    error = await refused(target.send(file=discord.File(io.BytesIO(bytes(limit + 1)), "big.bin")))
    assert (error.status, error.code) == (413, 40005)
    assert len(channel.messages) == 1


async def test_a_nonce_makes_posting_idempotent(
    emulator: DiscordEmulator, client: discord.Client, channel: Channel
) -> None:
    target = client.get_partial_messageable(channel.id)
    first = await target.send("job 7", nonce="job:7")
    assert (await target.send("job 7", nonce="job:7")).id == first.id
    elsewhere = client.get_partial_messageable((channel.guild or emulator.guild()).channel("elsewhere").id)
    assert (await elsewhere.send("job 7", nonce="job:7")).id == first.id
    emulator.advance(minutes=10)
    assert (await target.send("job 7", nonce="job:7")).id != first.id


async def test_replies(client: discord.Client, channel: Channel, alice: Member) -> None:
    question = await alice.say(channel, "how?")
    target = client.get_partial_messageable(channel.id)
    reference = discord.MessageReference(message_id=question.id, channel_id=channel.id)
    answer = await target.send("so", reference=reference)
    assert answer.reference is not None
    assert channel.messages[-1].reference is question
    assert alice in channel.messages[-1].pings
    await target.send("so", reference=reference, allowed_mentions=discord.AllowedMentions.none())
    assert not channel.messages[-1].pings
    channel.deny(channel.guild.me if channel.guild else alice, "read_message_history")
    assert (await refused(target.send("so", reference=reference))).code == 160002


async def test_whom_a_message_pings(
    guild: Guild, client: discord.Client, channel: Channel, alice: Member
) -> None:
    bob, artists = guild.member("Bob"), guild.role("Artists", mentionable=True)
    staff = guild.role("Staff")
    target = client.get_partial_messageable(channel.id)
    text = f"@everyone {alice.mention} {bob.mention} <@&{artists.id}> <@&{staff.id}> `{alice.mention}`"

    async def pinged(allowed: discord.AllowedMentions | None) -> set[object]:
        await target.send(text, allowed_mentions=allowed or discord.utils.MISSING)
        pings = channel.messages[-1].pings
        return {who for who in (alice, bob, artists, staff) if who in pings} | (
            {"all"} if pings.everyone else set()
        )

    assert await pinged(discord.AllowedMentions.none()) == set()
    assert await pinged(None) == {alice, bob, artists}
    only_alice = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(alice.id)])
    assert await pinged(only_alice) == {alice}
    channel.allow(guild.me, "mention_everyone")
    assert await pinged(None) == {alice, bob, artists, staff, "all"}
    edited = target.get_partial_message(channel.messages[0].id)
    await edited.edit(content=alice.mention)
    assert alice not in channel.messages[0].pings
    assert alice in channel.messages[0].current.mentions


# Who may do what


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


# Bad weather


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


# A bot in a process of its own


async def test_another_process_can_log_in(emulator: DiscordEmulator, guild: Guild, alice: Member) -> None:
    code = (
        "import discord, os, tests.discord_emulator.run_bot as run_bot\n"
        "run_bot.redirect()\n"
        "bot = discord.AutoShardedClient(intents=discord.Intents.default())\n"
        "bot.run(os.environ['DARKROOM_DISCORD_TOKEN'], log_handler=None)\n"
    )
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=os.environ | emulator.environment
    )
    await emulator.wait_online(within=20)
    bot.kill()
    await bot.wait()
    await emulator.until(lambda: not emulator.gateway.online)
