"""Buttons, selects and modals."""

from typing import Any

import discord
import pytest
from discord import ui

from tests.discord_emulator import Channel, ClientRefusal, DiscordEmulator, Member, Upload
from tests.test_discord_emulator.bot import Bot, Interaction, RerollButton, refused


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
