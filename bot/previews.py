"""Previews of embeddings: a whole server sees them, whatever its channels let through."""

from __future__ import annotations

from bot.refusals import Refusal
from bot.review import Reviewer
from bot.wording import escape
from moderation.gallery import Gallery
from moderation.policy import SFW
from moderation.rules import known_faces, nudity
from moderation.told import Told
from moderation.verdict import Reason


async def refuse_unfit(reviewer: Reviewer, png: bytes, alt: str, checkpoint: str, gallery: Gallery) -> None:
    """Raise Refusal, with why, for a preview, a PNG file, that not everybody in a server may see.

    It is judged as a picture that `checkpoint` made of what `alt` says; `gallery` are the faces that the
    server knows. Raises DetectorError where it cannot be looked at.
    """
    verdict = await reviewer.judge(png, SFW, alt, checkpoint, gallery)
    if verdict.reasons:
        raise Refusal(_why(verdict.reasons[0]))


def _why(reason: Reason) -> Told:
    match reason.rule:
        case nudity.RULE:
            return Told("The preview seems to show nudity, and everybody here would see it.")
        case known_faces.RULE:
            return Told(
                "The preview seems to show {name}, and everybody here would see it. Nothing is held against "
                "you; please take another picture.",
                name=escape(reason.matched),
            )
    return Told("Everybody here would see the preview, and not everybody may. {why}", why=reason.explanation)
