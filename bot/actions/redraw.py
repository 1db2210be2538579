"""Redraw: draw all of a picture or a part of it again, as a member says in a form.

All that must be known when the form comes back is in its custom_id or, for a day, in Redis, so it survives
restarts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord
from discord import ui

from bot.actions.chosen import GONE, record_of, shown_index, shown_picture
from bot.attachments import refuse_two_masks, start_from, start_from_kept
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.defaults import chosen_checkpoint, handed_on, manner_of
from bot.embeddings import checkpoint_for
from bot.first_worker import served_soon
from bot.language import Language, private
from bot.message_pictures import Shown
from bot.named_job import find_record
from bot.notebook import expanded
from bot.other_programs import Like, foreign_in, tell_missed, words_in
from bot.pictures import job_of_file
from bot.promises import promise
from bot.refusals import Refusal
from bot.sayable import may_be_said
from bot.studio import Action, Form, Interaction, Press
from bot.submission import PATIENCE, submit
from bot.wording import escape
from moderation.judge import judge_prompt
from moderation.prompt_form import PROMPT_LIMIT, one_line
from moderation.told import Told
from storage.jobs import JobId
from storage.manner import Manner
from storage.starts import MASK_WORDS_LIMIT, AnyStart
from tasks.presets import usual_task

_OF_PICTURE, _OF_ATTACHMENT = "dre", "dra"
"""What the custom_ids of the two kinds of form begin with."""
_PICTURE_ID = re.compile(r"dre:(?P<job>[0-9a-f]{16}):(?P<index>[0-9])")
_ATTACHMENT_ID = re.compile(r"dra:(?P<opened_by>[0-9]+):(?P<message>[0-9]+)")
_NOTE_LIFE = timedelta(hours=20)
"""Discord's links to attachments live for a day."""
_READING = 1.5
"""Seconds to read what a picture says of itself, before the form must be shown."""
_LEAST_STRENGTH = 0.01
_STRENGTH_LIMIT = 20
"""Characters."""


def button(language: Language, job_id: JobId, index: int, row: int) -> JobButton:
    """Make the button."""
    return job_button("redraw", job_id, index, label=language.say("Redraw"), row=row)


async def redraw(press: Press, job_id: JobId, index: int | None) -> None:
    """Open the form for a posted picture, with its prompt."""
    record = await record_of(press, job_id)
    chosen = await shown_index(press, record, index)
    prompt = record.pictures[chosen].recipe.prompt
    await press.response.send_modal(RedrawForm(private(press), f"{_OF_PICTURE}:{job_id}:{chosen}", prompt))


async def open_form_of_attachment(interaction: Interaction, message: discord.Message, picture: Shown) -> None:
    """Open the form for a picture in any message, with its prompt if it is one of ours.

    Only this interaction shows the bot what is attached to other people's messages, and a form must be the
    first answer to it: so the picture is noted, and fetched once the form has come back.
    """
    studio = interaction.client.studio
    async with asyncio.timeout(PATIENCE):
        note = _note(interaction.user, interaction.id)
        await studio.redis_async.set(note, picture.address, ex=_NOTE_LIFE)
    job_id = job_of_file(picture.name)
    record = await find_record(interaction, job_id) if job_id else None
    prompt = ""
    if record and record.pictures:
        recipe = record.pictures[0].recipe
        if await may_be_said(
            recipe, await policy_of(studio, interaction.channel, interaction.user.id), record.job.cleared
        ):
            prompt = recipe.prompt
    elif record is None:
        prompt = await _words_of_others(interaction, picture)
    custom_id = f"{_OF_ATTACHMENT}:{interaction.id}:{message.id}"
    await interaction.response.send_modal(RedrawForm(private(interaction), custom_id, prompt))


async def _words_of_others(interaction: Interaction, picture: Shown) -> str:
    """Give the prompt that another program wrote into a picture, if it fits and the channel allows it."""
    prompt = one_line(await words_in(interaction, picture, _READING))
    if not prompt or len(prompt) > PROMPT_LIMIT:
        return ""
    policy = await policy_of(interaction.client.studio, interaction.channel, interaction.user.id)
    verdict = await asyncio.to_thread(judge_prompt, prompt, "", policy)
    return "" if verdict.blocked else prompt


class RedrawForm(ui.Modal):
    """A form on its way to a member; `read_form` reads what comes back."""

    def __init__(self, language: Language, custom_id: str, prompt: str = "") -> None:
        say = language.say
        super().__init__(title=say("Redraw this picture"), custom_id=custom_id)
        for text, description, component in (
            (say("Prompt"), say("What should be in the picture"), _prompt_field(prompt)),
            (
                say("What shall change"),
                say("In words: the left hand, the sky. Left empty, all of it may change."),
                ui.TextInput(custom_id="mask_words", required=False, max_length=MASK_WORDS_LIMIT),
            ),
            (
                say("Strength"),
                say("How much may change: 0.3 is a little, 1 nearly all"),
                _strength_field(say("0.75, or 1 where only a part changes")),
            ),
            (
                say("Mask"),
                say("Instead of words: as large as the picture, white where it shall change"),
                ui.FileUpload(custom_id="mask", required=False, min_values=0, max_values=1),
            ),
        ):
            self.add_item(ui.Label(text=text, description=description, component=component))
        # discord.py need not wait for the answer: it would miss it after a restart, and it would miss the
        # second one when two members have the same form open.
        self.stop()


def _prompt_field(prompt: str) -> ui.TextInput[Any]:
    return ui.TextInput(
        custom_id="prompt",
        style=discord.TextStyle.paragraph,
        default=prompt or None,
        max_length=PROMPT_LIMIT,
    )


def _strength_field(placeholder: str) -> ui.TextInput[Any]:
    return ui.TextInput(
        custom_id="strength", required=False, max_length=_STRENGTH_LIMIT, placeholder=placeholder
    )


@dataclass(frozen=True, slots=True)
class Redrawing:
    """How a picture shall be drawn again."""

    prompt: str
    mask_words: str | None
    strength: float | None
    mask: discord.Attachment | None
    negative: str = ""


async def _asked(interaction: Interaction) -> Redrawing:
    """Read what a member has filled in, entries of the notebook in the place of their names.

    Raises Refusal, NotebookError.
    """
    asked = read_form(interaction)
    words = await expanded(interaction, asked.prompt)
    return replace(asked, prompt=words.prompt, negative=words.negative)


def read_form(interaction: Interaction) -> Redrawing:
    """Read what a member has filled in. Raises Refusal."""
    data: Any = interaction.data
    fields = {label["component"]["custom_id"]: label["component"] for label in data["components"]}
    prompt, mask_words, strength = (
        " ".join((fields[name].get("value") or "").split()) for name in ("prompt", "mask_words", "strength")
    )
    if not prompt:
        raise Refusal(Told("The prompt is empty. Please say what should be in the picture."))
    uploads = fields["mask"].get("values") or []
    mask = _attachment(interaction, data["resolved"]["attachments"][uploads[0]]) if uploads else None
    refuse_two_masks(mask, mask_words)
    return Redrawing(prompt, mask_words or None, _strength(strength), mask)


def _attachment(interaction: Interaction, data: Any) -> discord.Attachment:
    """Make a file from what Discord says of it."""
    return discord.Attachment(data=data, state=interaction._state)


def _strength(typed: str) -> float | None:
    """Read a number as people write it, also with a comma."""
    if not typed:
        return None
    try:
        strength = float(typed.replace(",", "."))
    except ValueError:
        strength = 0
    if not _LEAST_STRENGTH <= strength <= 1:
        raise Refusal(
            Told(
                "The strength is a number from {least} to 1, such as 0.5, and not “{typed}”.",
                least=_LEAST_STRENGTH,
                typed=escape(typed, _STRENGTH_LIMIT),
            )
        )
    return strength


async def _redraw_picture(press: Press, custom_id: str) -> None:
    """Submit the job that a filled-in form asks for, for a picture that was posted."""
    if (form := _PICTURE_ID.fullmatch(custom_id)) is None:
        raise Refusal(GONE)
    asked = await _asked(press)
    record, _, blob = await shown_picture(press, form["job"], int(form["index"]))
    manner = await handed_on(press, record)
    await promise(press, ephemeral=manner.is_secret)
    start, size = await start_from_kept(press, blob, asked.mask, asked.mask_words, asked.strength)
    source = press.message.id if press.message else None
    await _submit(press, asked, start, size, record.job.checkpoint, source, manner=manner)


async def _redraw_attachment(interaction: Interaction, custom_id: str) -> None:
    """Submit the job that a filled-in form asks for, for a picture attached to somebody's message."""
    if (form := _ATTACHMENT_ID.fullmatch(custom_id)) is None:
        raise Refusal(GONE)
    studio = interaction.client.studio
    asked = await _asked(interaction)
    async with asyncio.timeout(PATIENCE):
        noted = await studio.redis_async.get(_note(interaction.user, form["opened_by"]))
    if noted is None:
        raise Refusal(
            Told("This form was open for too long. Please open it again from the menu of the message.")
        )
    manner = await manner_of(interaction, None)
    await promise(interaction, ephemeral=manner.is_secret)
    # Whoever can write notes could say any address: what is not at Discord is not fetched.
    picture = Shown(noted.decode(errors="replace") if isinstance(noted, bytes) else noted)
    start, size = await start_from(interaction, picture, asked.mask, asked.mask_words, asked.strength)
    told = await foreign_in(interaction, picture)
    checkpoint = told.checkpoint if told else None
    if checkpoint is None:
        checkpoint = await chosen_checkpoint(interaction)
        await served_soon(interaction, checkpoint, secretly=manner.is_secret)
        checkpoint = await checkpoint_for(interaction, [asked.prompt, asked.negative], checkpoint)
    message = int(form["message"])
    await _submit(interaction, asked, start, size, checkpoint, message, told, manner=manner)
    await tell_missed(interaction, told)


async def _submit(
    interaction: Interaction,
    asked: Redrawing,
    start: AnyStart,
    size: tuple[int, int],
    checkpoint: str,
    source_message_id: int | None,
    told: Like | None = None,
    *,
    manner: Manner,
) -> None:
    studio = interaction.client.studio
    known, weighting = studio.checkpoints.served(checkpoint), studio.settings.weighting
    task = usual_task(asked.prompt, size, known.side, start, weighting, known.usual)
    if told:
        task = task.model_copy(update={**told.fields, "prompt": task.prompt})
    if asked.negative:
        task = task.model_copy(update={"negative_prompt": asked.negative})
    await submit(studio, interaction, task, checkpoint, source_message_id, manner=manner)


def _note(member: discord.abc.User, opened_by: int | str) -> str:
    return f"darkroom:redraw:{member.id}:{opened_by}"


ACTIONS: Mapping[str, Action] = {"redraw": redraw, "edit": redraw}
"""`edit` is what the button was once called; it is still under older messages."""
FORMS: Mapping[str, Form] = {_OF_PICTURE: _redraw_picture, _OF_ATTACHMENT: _redraw_attachment}
