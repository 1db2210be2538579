"""All spellings of all names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moderation.names.cases import declined
from moderation.names.fit import Spelling, words_of
from moderation.names.listing import Name, common_words
from moderation.names.short import shortened
from moderation.names.sounded_out import sounded_out


def spellings_of(names: Sequence[Name]) -> list[Spelling]:
    """Give the spellings of names, whose owner is the place of a name, Cyrillic ones in their cases, too."""
    spellings = [_spelling(owner, name, each) for owner, name in enumerate(names) for each in name.spellings]
    cyrillic = [spelling for spelling in spellings if spelling.is_cyrillic]
    return spellings + [Spelling.of(each.owner, case) for each in cyrillic for case in declined(each.written)]


def _spelling(owner: int, name: Name, written: str) -> Spelling:
    spelling = Spelling.of(owner, written)
    is_plain = (name.is_plain and written == name.name) or written.casefold() in common_words()
    return spelling._replace(is_sure=not spelling.is_full and not is_plain)


def also_called(names: Sequence[Name]) -> Iterator[tuple[int, Sequence[str]]]:
    """Give the words of full names, by whose they are, that follow from other spellings of them."""
    for owner, name in enumerate(names):
        for written in name.spellings:
            yield owner, sounded_out(written)
            for short in shortened(written) if written.isascii() and not name.is_plain else ():
                yield owner, words_of(short)
