"""Remix: reroll and vary open a form with the prompt, for members who switched that on in `/settings`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord import ui

from bot.actions.chosen import GONE, WORDS_WITHHELD, imagined, noise_of, record_of
from bot.channels import policy_of
from bot.defaults import NO_PROMPT, Wish, completed
from bot.form_fields import filled_in
from bot.language import Language, private
from bot.notebook import SEVERAL
from bot.refusals import Refusal
from bot.resubmission import submit_like
from bot.sayable import may_be_said
from bot.studio import Form, Interaction, Press
from moderation.prompt_form import PROMPT_LIMIT, one_line
from storage.jobs import Imagine
from storage.noise import new_seed
from storage.records.jobs import JobRecord
from tasks.presets import Distance
from tasks.reroll import rerolled
from tasks.vary import varied

_FORM = "drx"
_FORM_ID = re.compile(r"drx:(?P<action>[a-z]+):(?P<job>[0-9a-f]{16}):(?P<index>[0-9]?)")


async def remixes(press: Press) -> bool:
    """Say whether whoever pressed wants to change the words first. Raises DatabaseAway."""
    return bool((await press.client.studio.defaults.of(press.user.id)).remix)


async def open_form(press: Press, action: str, record: JobRecord, index: int | None) -> None:
    """Open the form with a job's words, for what `action` makes of them. Raises Refusal."""
    task, policy = imagined(record), await policy_of(press.client.studio, press.channel, press.user.id)
    if not await may_be_said(task, policy, record.job.cleared):
        raise Refusal(WORDS_WITHHELD)
    custom_id = f"{_FORM}:{action}:{record.job.id}:{'' if index is None else index}"
    await press.response.send_modal(RemixForm(private(press), custom_id, task))


class RemixForm(ui.Modal):
    """A form on its way to a member."""

    def __init__(self, language: Language, custom_id: str, task: Imagine) -> None:
        say = language.say
        super().__init__(title=say("Remix"), custom_id=custom_id)
        what, what_not = say("What should be in the picture"), say("What should not be in it")
        self.add_item(ui.Label(text=say("Prompt"), description=what, component=_field("prompt", task.prompt)))
        negative = _field("negative", task.negative_prompt, required=False)
        self.add_item(ui.Label(text=say("Negative prompt"), description=what_not, component=negative))
        self.stop()


def _field(name: str, text: str, *, required: bool = True) -> ui.TextInput[Any]:
    return ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph,
        default=text[:PROMPT_LIMIT] or None,
        max_length=PROMPT_LIMIT,
        required=required,
    )


async def _remix(press: Interaction, custom_id: str) -> None:
    """Submit the job that a filled-in form asks for."""
    if (form := _FORM_ID.fullmatch(custom_id)) is None:
        raise Refusal(GONE)
    record = await record_of(press, form["job"])
    task = _task(record, form["action"], int(form["index"]) if form["index"] else None)
    typed = filled_in(press)
    prompt, negative = one_line(typed["prompt"]), one_line(typed["negative"])
    if not prompt:
        raise Refusal(NO_PROMPT)
    words = {"prompt": task.prompt, "negative_prompt": task.negative_prompt}
    if (prompt, negative) != (words["prompt"][:PROMPT_LIMIT], words["negative_prompt"][:PROMPT_LIMIT]):
        wish = Wish(prompt, negative, None, None, None, None, None)
        wish, *others = await completed(press, wish, seed=new_seed(), best_of=None, shaped=True, told=True)
        if others:
            raise Refusal(SEVERAL)
        words = {"prompt": wish.prompt or "", "negative_prompt": wish.negative or ""}
        # Other words may name other LoRAs than those that the pictures were to be made with.
        task = task.model_copy(update={**words, "hashes": None})
    await submit_like(press, record, task)


def _task(record: JobRecord, action: str, index: int | None) -> Imagine:
    """Build what a button would make, without changes. Raises Refusal."""
    if action == "reroll":
        return rerolled(imagined(record), one=index is not None)
    if action not in set(Distance):
        raise Refusal(GONE)
    return varied(imagined(record), noise_of(record, index), Distance(action))


FORMS: Mapping[str, Form] = {_FORM: _remix}
