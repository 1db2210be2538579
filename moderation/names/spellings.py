"""All spellings of all names, and one automaton that looks for them in a stream of letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import ahocorasick

from moderation.names.cases import declined
from moderation.names.fit import Spelling, words_of
from moderation.names.listing import Name, common_words
from moderation.names.short import shortened
from moderation.names.sounded_out import sounded_out

_REVERSED_FROM = 8
"""Letters that a full name must have to be looked for backwards."""


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


def automaton_of(spellings: Iterable[Spelling]) -> ahocorasick.Automaton:
    """Give for each match its letters, whether it may begin in a word, or go on, and the spellings.

    The first is how many letters it has; it goes on where an ending may be written onto it.
    """
    by_letters: dict[str, list[Spelling]] = defaultdict(list)
    for spelling in spellings:
        for form in (spelling, *spelling.other_forms(_REVERSED_FROM)):
            if form.letters:
                by_letters[form.letters].append(form)
    automaton = ahocorasick.Automaton()
    # In the order of the alphabet, what is looked at one after the other lies together: half the time.
    for letters, found in sorted(by_letters.items()):
        is_loose, goes_on = any(each.is_loose for each in found), any(each.ending for each in found)
        automaton.add_word(letters, (len(letters), is_loose, goes_on, tuple(found)))
    automaton.make_automaton()
    return automaton
