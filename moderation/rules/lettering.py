"""Rule "lettering": what is written in a picture is judged as words are, beside those that asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from moderation.policy import Policy
from moderation.rules import minors, names, real_people, sexual
from moderation.said import Said
from moderation.seen import MOST_LINES, Seen, Written
from moderation.told import Told
from moderation.verdict import Action, Reason, Verdict, most_severe

_FLOOR = (minors.of_prompt, real_people.of_prompt)


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Judge what is written in a picture, and with it what the picture was made from."""
    return of_writing(seen.written, seen.said, policy)


def of_writing(written: Written, said: Said, policy: Policy) -> Verdict:
    """Judge writing. What is `said` beside it was judged by itself before there was a picture.

    A page of more lines than are read is blocked: what is not read may say anything.
    """
    if written.has_more:
        return Verdict.of(
            Action.BLOCK,
            "lettering",
            str(MOST_LINES),
            Told(
                "There is more writing in this picture than the {most} lines that are read, and what is not "
                "read is not shown. Please take a picture, or a part of it, with less writing.",
                most=MOST_LINES,
            ),
        )
    if not written.text:
        return Verdict()
    found = most_severe(_answers(written.text, said, policy))
    told = tuple(map(partial(_told, written.text), found.reasons))
    return found.model_copy(update={"reasons": tuple(dict.fromkeys(told))})


def _answers(text: str, said: Said, policy: Policy) -> Iterator[Verdict]:
    written = Said(text)
    joined = Said(text, steps=said.steps, beside=tuple(filter(None, (said.prompt, *said.beside))))
    yield from (rule(joined, policy) for rule in _FLOOR if not rule(said, policy).blocked)
    yield sexual.of_prompt(written, policy)
    yield names.of_prompt(written, policy)


def _told(written: str, reason: Reason) -> Reason:
    shown = written if len(written) <= _SHOWN else f"{written[: _SHOWN - 1]}…"
    return reason.model_copy(
        update={
            "explanation": Told(
                "In the picture is written “{written}”. {why}", written=shown, why=reason.explanation
            )
        }
    )


_SHOWN = 100
"""Characters of the writing that are quoted."""
