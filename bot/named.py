"""The names that moderators refuse or let through, as they write them: with commas between them."""

from __future__ import annotations

from bot.refusals import Refusal
from moderation.gallery import Gallery
from moderation.names.listing import Unfit, why_no_name
from moderation.rules.names import canonical
from moderation.told import Told

_MOST = 50
_LONGEST = 80
"""Letters of a name."""


def refused(said: str) -> tuple[str, ...]:
    """Give names to refuse beside those of the lists. Raises Refusal, for a common word, too."""
    names = _parted(said)
    for name in names:
        unfit = why_no_name(name)
        if unfit is Unfit.EMPTY or len(name) > _LONGEST:
            raise Refusal(Told("“{name}” cannot be a name: please write one, such as Jane Roe.", name=name))
        if unfit is Unfit.COMMON:
            raise Refusal(
                Told(
                    "“{name}” is common words, or as short as one, and innocent prompts would be refused "
                    "for it: please write a longer name.",
                    name=name,
                )
            )
    return names


def allowed(said: str, known: Gallery) -> tuple[str, ...]:
    """Give names to let through, as the lists or else a gallery have them. Raises Refusal for others."""
    names = []
    for name in _parted(said):
        if (meant := canonical(name) or known.named(name)) is None:
            raise Refusal(
                Told("“{name}” is on no list of names, so there is nothing to let through.", name=name)
            )
        names.append(meant)
    return tuple(dict.fromkeys(names))


def _parted(said: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for each in said.split(",") if (name := " ".join(each.split()))))
    if len(names) > _MOST:
        raise Refusal(Told("Please write at most {most} names.", most=_MOST))
    return () if [name.casefold() for name in names] == ["none"] else names
