"""Approve, reject, look and suspend: what moderators do with a case, and how members contest a suspension."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import ui

from bot.actions.embeddings import show as show_embedding
from bot.cards import card_of, decided_words
from bot.channels import age_restricted, policy_of
from bot.form_fields import filled_in
from bot.language import Language, private, public
from bot.moderators import (
    refuse_all_but_moderators,
    refuse_outside_servers,
    refuse_protected,
    review_before,
)
from bot.pictures import Viewer, picture_file, reviewed
from bot.promises import promise
from bot.refusals import Refusal, tell
from bot.studio import CaseAction, Form, Interaction, Press
from moderation.told import Told
from storage.records.embeddings import EmbeddingState
from storage.records.reviews import Case, Kind, Review, State

_SUSPEND, _CONTEST = "drsu", "drco"
_SUSPEND_ID = re.compile(r"drsu:(?P<review>[0-9]{1,9})")
_CONTEST_ID = re.compile(r"drco:(?P<suspension>[0-9]{1,9})")
_REASON_LIMIT = 500
LONGEST = 365
"""Days of a suspension."""


async def look(press: Press, number: int) -> None:
    """Show the moderator who pressed, and nobody else, the picture as it is.

    What is for adults is shown only where Discord's age restriction is.
    """
    review = await review_before(press, number)
    studio, case = press.client.studio, review.case
    if case.kind is Kind.EMBEDDING:
        await _look_at_embedding(press, case)
        return
    record = await studio.jobs.get(case.job_id) if case.job_id else None
    if record is None:
        raise Refusal(Told("The picture is gone, so there is nothing to look at."))
    await promise(press, ephemeral=True)
    policy = await policy_of(studio, press.client.get_channel(case.channel_id), case.member_id)
    viewer = Viewer.ADULT_MODERATOR
    if not age_restricted(press.channel):
        policy, viewer = policy.for_everybody(), Viewer.MODERATOR
    among = None if case.index is None else [case.index]
    pictures = await reviewed(studio, record, policy, among, viewer=viewer)
    if not pictures.shown:
        raise Refusal(
            Told(
                "I may not show this picture here. If it is for adults, mark this channel as "
                "age-restricted and press Look again; if it is gone, there is nothing to see."
            )
        )
    language = private(press)
    file = await picture_file(language, pictures, press.filesize_limit)
    await press.edit_original_response(content=language.say("Only you see this."), attachments=[file])


async def _look_at_embedding(press: Press, case: Case) -> None:
    record = await press.client.studio.embeddings.get(case.about["embedding"])
    if record is None or record.state is EmbeddingState.WITHDRAWN:
        raise Refusal(Told("This embedding is not there any more: it was withdrawn."))
    await show_embedding(press, record)


async def approve(press: Press, number: int) -> None:
    """Say that nothing is wrong."""
    await _decide(press, await review_before(press, number), State.APPROVED)


async def reject(press: Press, number: int) -> None:
    """Say that something is wrong."""
    await _decide(press, await review_before(press, number), State.REJECTED)


async def suspend(press: Press, number: int) -> None:
    """Ask for how long and why the member is suspended."""
    refuse_all_but_moderators(press)
    review = await review_before(press, number)
    _refuse_decided(press, review)
    await refuse_protected(press, review.case.member_id)
    await press.response.send_modal(SuspendForm(private(press), number))


async def contest(press: Press, number: int) -> None:
    """Ask a suspended member why the suspension should end."""
    await press.response.send_modal(ContestForm(private(press), number))


class SuspendForm(ui.Modal):
    """A form on its way to a moderator."""

    def __init__(self, language: Language, number: int) -> None:
        say = language.say
        super().__init__(title=say("Suspend this member"), custom_id=f"{_SUSPEND}:{number}")
        days: ui.TextInput[Any] = ui.TextInput(custom_id="days", max_length=4, default="7")
        self.add_item(ui.Label(text=say("Days"), description=say("From 1 to 365"), component=days))
        self.add_item(
            ui.Label(text=say("Reason"), description=say("The member reads it"), component=_reason())
        )
        self.stop()


class ContestForm(ui.Modal):
    """A form on its way to a suspended member."""

    def __init__(self, language: Language, number: int) -> None:
        say = language.say
        super().__init__(title=say("Appeal the suspension"), custom_id=f"{_CONTEST}:{number}")
        self.add_item(
            ui.Label(text=say("Reason"), description=say("The moderators read it"), component=_reason())
        )
        self.stop()


def _reason() -> ui.TextInput[Any]:
    return ui.TextInput(custom_id="reason", style=discord.TextStyle.paragraph, max_length=_REASON_LIMIT)


def days_of(said: str) -> timedelta:
    """Read for how many days somebody is suspended. Raises Refusal."""
    if not said.isdecimal() or not 1 <= int(said) <= LONGEST:
        raise Refusal(Told("For how many days? Please say a number from 1 to {most}.", most=LONGEST))
    return timedelta(days=int(said))


async def _suspend(press: Interaction, custom_id: str) -> None:
    """Suspend the member of a case as a filled-in form says, and reject the case."""
    form = _SUSPEND_ID.fullmatch(custom_id)
    assert form is not None, "Discord gives back what was sent"
    said = filled_in(press)
    length, reason = days_of(said["days"]), said["reason"]
    refuse_all_but_moderators(press)
    review = await review_before(press, int(form["review"]))
    _refuse_decided(press, review)
    case = review.case
    await refuse_protected(press, case.member_id)
    ends = datetime.now(UTC) + length
    key = f"review:{review.id}"
    await press.client.studio.suspensions.suspend(
        key, case.server_id, case.member_id, reason, press.user.id, ends
    )
    await _decide(press, review, State.REJECTED)


async def _contest(press: Interaction, custom_id: str) -> None:
    """Bring a suspension before the moderators."""
    form = _CONTEST_ID.fullmatch(custom_id)
    assert form is not None, "Discord gives back what was sent"
    server_id, studio = refuse_outside_servers(press), press.client.studio
    suspension = await studio.suspensions.current(server_id, press.user.id)
    if suspension is None:
        raise Refusal(Told("You are not suspended here any more."))
    case = Case(
        key=f"suspension:{suspension.id}",
        kind=Kind.SUSPENSION,
        server_id=server_id,
        member_id=press.user.id,
        channel_id=press.channel_id or 0,
        about={"reason": filled_in(press)["reason"]},
    )
    review = await studio.reviews.open(case)
    studio.reviews_changed.set()
    language = private(press)
    if review.is_open:
        said = language.say(
            "A moderator will look at it, and I tell you in a direct message what they decide."
        )
    else:
        said = language.say("Moderators have looked at this suspension already, and it stays.")
    await tell(press, said)


def _refuse_decided(press: Interaction, review: Review) -> None:
    if not review.is_open:
        raise Refusal(
            Told("This is decided already: {decided}", decided=decided_words(private(press), review))
        )


async def _decide(press: Interaction, review: Review, state: State) -> None:
    """Decide, and show on the card that it is; what follows from it is the desk's to do."""
    studio = press.client.studio
    taken = await studio.reviews.decide(review.id, state, press.user.id)
    decided = await studio.reviews.get(review.id)
    assert decided is not None, "reviews are never deleted"
    studio.reviews_changed.set()
    card = await card_of(studio, public(press), decided)
    await press.response.edit_message(content=card.content, attachments=[], view=None)
    if not taken:
        _refuse_decided(press, decided)


CASES: Mapping[str, CaseAction] = {
    action.__name__: action for action in (look, approve, reject, suspend, contest)
}
FORMS: Mapping[str, Form] = {_SUSPEND: _suspend, _CONTEST: _contest}
