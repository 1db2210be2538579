"""Report: bring a posted picture before the moderators, by a button under it or the menu of its message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord import ui

from bot.actions.chosen import record_of
from bot.buttons import JobButton, job_button
from bot.form_fields import filled_in
from bot.language import Language, private
from bot.moderators import refuse_outside_servers
from bot.refusals import Refusal, tell
from bot.studio import Form, Interaction, Press
from moderation.told import Told
from storage.jobs import JobId
from storage.records.jobs import JobRecord
from storage.records.reviews import Case, Kind, Review

_FORM = "drr"
_FORM_ID = re.compile(r"drr:(?P<job>[0-9a-f]{16}):(?P<message>[0-9]{1,20})")
_REASON_LIMIT = 500


def button(language: Language, job_id: JobId, row: int) -> JobButton:
    """Make the button."""
    return job_button("report", job_id, label=language.say("Report"), emoji="🚩", row=row)


async def report(press: Press, job_id: JobId, index: int | None) -> None:
    """Open the form."""
    assert press.message is not None, "a button stands under a message"
    await open_form(press, job_id, press.message.id)


async def open_form(press: Interaction, job_id: JobId, message_id: int) -> None:
    """Ask what is wrong with the pictures of a message. Raises Refusal."""
    refuse_outside_servers(press)
    _refuse_own(press, await record_of(press, job_id))
    await press.response.send_modal(ReportForm(private(press), f"{_FORM}:{job_id}:{message_id}"))


class ReportForm(ui.Modal):
    """A form on its way to a member."""

    def __init__(self, language: Language, custom_id: str) -> None:
        say = language.say
        super().__init__(title=say("Report this picture"), custom_id=custom_id)
        field: ui.TextInput[Any] = ui.TextInput(
            custom_id="reason", style=discord.TextStyle.paragraph, max_length=_REASON_LIMIT
        )
        self.add_item(
            ui.Label(
                text=say("Reason"),
                description=say("What is wrong with it? Only the moderators read this."),
                component=field,
            )
        )
        self.stop()


async def _report(press: Interaction, custom_id: str) -> None:
    """Record a report, as a filled-in form says."""
    form = _FORM_ID.fullmatch(custom_id)
    assert form is not None, "Discord gives back what was sent"
    server_id, studio = refuse_outside_servers(press), press.client.studio
    record = await record_of(press, form["job"])
    _refuse_own(press, record)
    message_id = int(form["message"])
    case = Case(
        key=f"report:{message_id}",
        kind=Kind.REPORT,
        server_id=server_id,
        member_id=record.origin.member_id,
        channel_id=press.channel_id or 0,
        job_id=record.job.id,
        message_id=message_id,
    )
    review, is_first = await studio.reviews.report(case, press.user.id, filled_in(press)["reason"])
    studio.reviews_changed.set()
    await tell(press, private(press).of(said_of_report(review, is_first)))


def said_of_report(review: Review, is_first: bool) -> Told:
    """Tell a member what comes of their report, if it is their first one of this."""
    if not review.is_open:
        return Told("Moderators have looked at this already, and decided about it.")
    if is_first:
        return Told(
            "Thank you. The moderators see your report, and I tell you in a direct message what they decide."
        )
    return Told("You have reported this already; the moderators have not decided yet.")


def _refuse_own(press: Interaction, record: JobRecord) -> None:
    if record.origin.member_id == press.user.id:
        raise Refusal(Told("This picture is yours: press Delete under it to take it away."))


FORMS: Mapping[str, Form] = {_FORM: _report}
