"""Captions of pictures that a word is to be trained from: Train, and the form in which they are corrected."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
from discord import ui

from bot.actions.chosen import GONE, only_for, record_of
from bot.add_ons import refuse_taken_word
from bot.buttons import job_button, view_of
from bot.captioned import captioned
from bot.channels import standing_of
from bot.defaults import manner_of
from bot.form_fields import filled_in
from bot.language import Language, private
from bot.prompt_check import refuse_words
from bot.refusals import Refusal
from bot.studio import Action, Form, Interaction, Press
from bot.submission import submit
from bot.trained import refuse_outside
from bot.wording import language_of
from moderation.told import Told
from storage.events import Description
from storage.jobs import JobId
from storage.records.jobs import JobRecord
from storage.training import Caption, Subject
from tasks.train import CAPTIONS_LIMIT, captions_said, with_captions

_FORM = "cap"
_CUSTOM_ID = re.compile(r"cap:(?P<job>[0-9a-f]{16})")


def captions_view(language: Language, job_id: JobId) -> ui.View:
    """Put the buttons under proposed captions."""
    return view_of(
        [
            job_button("train", job_id, label=language.say("Train"), style=discord.ButtonStyle.primary),
            job_button("captions", job_id, label=language.say("Correct the captions")),
            job_button("delete", job_id, label=language.say("Cancel")),
        ]
    )


class CaptionsForm(ui.Modal):
    """A form on its way to a member; `_correct` reads what comes back."""

    def __init__(self, language: Language, job_id: JobId, subject: Subject, found: Description) -> None:
        say = language.say
        super().__init__(title=say("Correct the captions"), custom_id=f"{_FORM}:{job_id}")
        is_style = subject is Subject.STYLE
        text = say("What the pictures show") if is_style else say("What is around it")
        said: ui.TextInput[Any] = ui.TextInput(
            custom_id="captions",
            style=discord.TextStyle.paragraph,
            default="\n".join(found.captions),
            required=False,
            max_length=CAPTIONS_LIMIT,
        )
        description = say("A line for each picture, in their order. An empty line says nothing.")
        self.add_item(ui.Label(text=text, description=description, component=said))
        # As of all forms here: `on_interaction` hears of the answer, also after a restart.
        self.stop()


async def _captioned(press: Interaction, job_id: JobId) -> tuple[JobRecord, Caption, Description]:
    """Look up pictures with captions, for their member. Raises Refusal."""
    record = await record_of(press, job_id)
    if not isinstance(record.job.task, Caption) or record.description is None:
        raise Refusal(GONE)
    only_for(press, {record.origin.member_id}, Told("train it"))
    return record, record.job.task, record.description


async def train(press: Press, job_id: JobId, index: int | None) -> None:
    """Begin the training, with the captions as they are now."""
    record, asked, found = await _captioned(press, job_id)
    refuse_outside(press)
    await refuse_taken_word(press, asked.training.word, record.job.checkpoint)
    task = with_captions(asked.training, found.captions)
    manner = await manner_of(press, asked.manner)
    await submit(press.client.studio, press, task, record.job.checkpoint, manner=manner)
    if record.origin.token is not None:
        # After a quarter of an hour the buttons stay, and whoever presses is told that it is being trained.
        with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            answer, answer_id = press.client.answer_of(record), press.client.answer_id(record)
            await answer.edit_message(answer_id, view=None)


async def captions(press: Press, job_id: JobId, index: int | None) -> None:
    """Open the form in which the captions are corrected."""
    _, asked, found = await _captioned(press, job_id)
    await press.response.send_modal(CaptionsForm(private(press), job_id, asked.training.subject, found))


async def _correct(press: Interaction, custom_id: str) -> None:
    """Take over the captions of a filled-in form, if they may be said, and show them."""
    if (form := _CUSTOM_ID.fullmatch(custom_id)) is None:
        raise Refusal(GONE)
    record, asked, found = await _captioned(press, form["job"])
    training = asked.training
    said = captions_said(filled_in(press, lines=True)["captions"], len(training.examples))
    studio = press.client.studio
    policy = (await standing_of(studio, press.channel, press.user.id)).when_handed(record.origin.manner)
    await refuse_words(studio, with_captions(training, said), policy)
    found = found.model_copy(update={"captions": said})
    await studio.jobs.describe(record.job.id, found)
    content = captioned(dataclasses.replace(record, description=found), found)
    await press.response.edit_message(content=content, view=captions_view(language_of(record), record.job.id))


ACTIONS: Mapping[str, Action] = {"train": train, "captions": captions}
FORMS: Mapping[str, Form] = {_FORM: _correct}
