"""What moderators see of a case: its words, buttons, and a picture in which nothing can be made out."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import ui
from PIL import Image

from bot import wording
from bot.buttons import CaseButton, case_button, view_of
from bot.language import Language
from bot.studio import Studio
from moderation.preview import COARSE_SIDE
from moderation.told import Told
from storage.blobs import BlobMissing
from storage.records.jobs import JobRecord
from storage.records.reviews import Kind, Report, Review, State

_SHOWN_REPORTS = 5
_REASON_LIMIT = 200
_SIDE = 256
"""Pixels of the picture on a card."""

_TITLES: Mapping[Kind, Told] = {
    Kind.REPORT: Told("A picture was reported"),
    Kind.EMBEDDING: Told("An embedding was reported"),
    Kind.HELD: Told("A picture waits to be looked at before it is posted"),
    Kind.WITHHELD: Told("A member asks you to look at a picture that was kept back"),
    Kind.ATTEMPT: Told("Something was refused that is refused in every channel"),
    Kind.APPEAL: Told("A member asks you to read words that were refused"),
    Kind.CONSENT: Told("A member says that a name of the lists is their own"),
    Kind.SUSPENSION: Told("A member asks for an end of their suspension"),
}
_MEANS: Mapping[Kind, Told] = {
    Kind.REPORT: Told("Approve leaves the picture where it is, Remove takes it away wherever it stands."),
    Kind.EMBEDDING: Told(
        "Approve leaves the embedding to everybody, Withdraw takes it back: nobody can use it any more."
    ),
    Kind.HELD: Told("Approve posts the picture, Reject says that it is not posted."),
    Kind.WITHHELD: Told("Approve posts the picture behind a spoiler, Reject keeps it back for good."),
    Kind.ATTEMPT: Told("Approve says that it was a mistake and does not count, Reject lets it count."),
    Kind.APPEAL: Told("Approve lets the member have these words drawn, Reject keeps them refused."),
    Kind.CONSENT: Told(
        "Approve only if you know that this member is that person: then they, and nobody else, may have the "
        "name drawn. Reject keeps it refused."
    ),
    Kind.SUSPENSION: Told("Approve ends the suspension, Reject keeps it."),
}
_DECIDED: Mapping[State, Told] = {
    State.APPROVED: Told("approved"),
    State.REJECTED: Told("rejected"),
    State.OPEN: Told("open"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it is sent."""

    content: str
    view: ui.View | None
    file: discord.File | None


def title_of(kind: Kind) -> Told:
    """Say in a line what is to be decided."""
    return _TITLES[kind]


async def card_of(studio: Studio, language: Language, review: Review) -> Card:
    """Make the card of a review. Raises BlobStoreAway."""
    job_id = review.case.job_id
    record = await studio.jobs.get(job_id) if job_id else None
    reports = await studio.reviews.reports(review.id)
    strikes = await studio.suspensions.strikes(review.case.server_id, review.case.member_id)
    content = wording.fit(_words(language, review, record, reports, strikes))
    if not review.is_open:
        return Card(content, None, None)
    blob = await _blob_of(studio, review, record)
    return Card(content, card_view(language, review), await _picture(studio, review, blob) if blob else None)


def card_view(language: Language, review: Review) -> ui.View:
    """Put the buttons under a card."""
    kind, number, say = review.case.kind, review.id, language.say
    rejects = {Kind.REPORT: Told("Remove"), Kind.EMBEDDING: Told("Withdraw")}
    buttons: list[CaseButton] = [
        case_button("approve", number, say("Approve"), discord.ButtonStyle.success),
        case_button(
            "reject", number, language.of(rejects.get(kind, Told("Reject"))), discord.ButtonStyle.danger
        ),
    ]
    if review.case.job_id is not None or kind is Kind.EMBEDDING:
        buttons.insert(0, case_button("look", number, say("Look")))
    if kind is not Kind.SUSPENSION:
        buttons.append(case_button("suspend", number, say("Suspend …")))
    return view_of(buttons)


def decided_words(language: Language, review: Review) -> str:
    """Say what was decided, and by whom."""
    if review.decided_by is None:
        return language.say("A second judge {decided} it.", decided=_DECIDED[review.state])
    who = f"<@{review.decided_by}>"
    return language.say("{who} {decided} it.", who=who, decided=_DECIDED[review.state])


def unrecognisable(png: bytes) -> bytes:
    """Make a grey picture of a few pixels from a PNG file, in which no body can be made out."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        grey = picture.convert("L")
    side = max(grey.size)
    few = [max(1, round(COARSE_SIDE * each / side)) for each in grey.size]
    shown = [max(1, round(_SIDE * each / side)) for each in grey.size]
    coarse = grey.resize((few[0], few[1]), Image.Resampling.BOX)
    file = io.BytesIO()
    coarse.resize((shown[0], shown[1]), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def _words(
    language: Language, review: Review, record: JobRecord | None, reports: Sequence[Report], strikes: int
) -> str:
    case, say = review.case, language.say
    lines = [f"**{language.of(_TITLES[case.kind])}**"]
    member = f"<@{case.member_id}>"
    lines.append(say("Of {member}, in {channel}.", member=member, channel=f"<#{case.channel_id}>"))
    if case.message_id is not None:
        url = wording.message_url(case.server_id, case.channel_id, case.message_id)
        lines.append(say("[The message]({url})", url=url))
    lines += _said(language, review, record)
    for report in reports[:_SHOWN_REPORTS]:
        reason = wording.escape(report.reason, _REASON_LIMIT)
        lines.append(say("- <@{member}> says: {reason}", member=str(report.member_id), reason=reason))
    if len(reports) > _SHOWN_REPORTS:
        lines.append(f"- {say('and {rest} more', rest=len(reports) - _SHOWN_REPORTS)}")
    if strikes:
        lines.append(say("Attempts of this member that count now: {count}.", count=strikes))
    state = language.of(_MEANS[case.kind]) if review.is_open else decided_words(language, review)
    return "\n".join((*lines, f"-# {state}"))


def _said(language: Language, review: Review, record: JobRecord | None) -> list[str]:
    """Quote the words behind a spoiler: the moderators' channel may be open to everybody's eyes."""
    about = review.case.about
    prompt = str(about.get("prompt", "")) or (getattr(record.job.task, "prompt", "") if record else "")
    lines = [f"> ||{wording.escape(prompt)}||"] if prompt.strip() else []
    beside = [about.get("negative", ""), *about.get("beside", ())]
    lines += [f"> ||{wording.escape(text, _REASON_LIMIT)}||" for text in beside if str(text).strip()]
    if found := about.get("quotes"):
        listed = ", ".join(wording.escape(str(each), _REASON_LIMIT) for each in found[:_SHOWN_REPORTS])
        rules = ", ".join(f"`{rule}`" for rule in about.get("rules", ()))
        lines.append(language.say("Refused: ||{words}|| (rules {rules})", words=listed, rules=rules))
    if review.case.kind is Kind.WITHHELD:
        rules = ", ".join(f"`{rule}`" for rule in about["rules"])
        lines.append(language.say("Kept back by: {rules}", rules=rules))
    if review.case.kind is Kind.CONSENT:
        lines.append(language.say("The name: {name}", name=wording.escape(about["name"])))
        lines += [
            language.say("<@{member}> may have it drawn already.", member=each) for each in about["others"]
        ]
    if reason := about.get("reason"):
        lines.append(f"> {wording.escape(str(reason), _REASON_LIMIT)}")
    return lines


async def _blob_of(studio: Studio, review: Review, record: JobRecord | None) -> str | None:
    """Find the picture that a case is about, if there is one."""
    if review.case.kind is Kind.EMBEDDING:
        embedding = await studio.embeddings.get(review.case.about["embedding"])
        return next((each.blob for each in embedding.previews), None) if embedding else None
    made = record.pictures[review.case.index or 0 :] if record else ()
    return next((picture.blob for picture in made if picture.blob is not None), None)


async def _picture(studio: Studio, review: Review, blob: str) -> discord.File | None:
    try:
        png = await studio.blobs.aget(blob)
    except BlobMissing:
        return None
    coarse = await asyncio.to_thread(unrecognisable, png)
    shows = Told("a picture")
    return discord.File(io.BytesIO(coarse), filename=f"review-{review.id}.png", description=str(shows))
