"""A second judge of refused prompts, who asks another question than the rules do.

The rules ask what a text can be read as by somebody who wants it to be read so: they look through spaces,
signs, slips and the seams between words, and err on the side of refusing. This one asks what a text encoder
reads: ordinary words, one by one. Where a rule saw its term only across or inside words that are all ordinary
and none of them the term, it was mistaken. Everything else it leaves to a person: what is written with
anything but ordinary words, words that say what they say, names that moderators listed themselves, which may
be nothing but ordinary words, and all that the floor refused.
"""

from __future__ import annotations

import re
from functools import cache

from moderation.names.listing import common_words, shipped, short_words
from moderation.policy import Policy
from moderation.refused import FLOOR, FORM, LISTED, Asked, taken_out
from moderation.rules.names import names_own
from moderation.wordlists import terms_of

_PLAIN = re.compile(r"[A-Za-z0-9 ,.;!?'’\"“”-]*")
"""A text without syntax, look-alikes and other scripts: a text encoder reads it as it is written."""
_WORDS = re.compile(r"[a-z]+(?:,? [a-z]+)*")
"""Words with nothing but spaces and commas between them: `top-less` is one word."""
_SYNTAX = re.compile(r"\b(?:AND|BREAK)\b")
"""What parts the words of a prompt, and is none."""
_ENDING, _LEAST_STEM = 2, 4
"""Letters in which two forms of a word may differ at its end, and those that they have in common at least."""
_SECTIONS = ("sexual", "suggestive", "garments", "gore", "minors")


def second_opinion(asked: Asked, policy: Policy) -> frozenset[str] | None:
    """Give the rules that refused a prompt by mistake; None where this judge cannot tell.

    It clears all of a prompt or nothing, and never what the floor refuses.
    """
    if not all(map(_PLAIN.fullmatch, (asked.prompt, asked.negative_prompt, *asked.beside))):
        return None
    rest, mistaken = asked, set[str]()
    while (verdict := rest.judged(policy)).blocked:
        for reason in verdict.refusing:
            if reason.rule in FLOOR | FORM or not is_ordinary(reason.matched):
                return None
            if reason.rule in LISTED and names_own(reason.matched, policy.names_added):
                return None
            mistaken.add(reason.rule)
            rest, before = _without(rest, reason.matched), rest
            if rest == before:
                return None
    return frozenset(mistaken) or None


def is_ordinary(passage: str) -> bool:
    """Say whether a passage is made of ordinary words, none of which, nor several together, is on a list."""
    plain = " ".join(_SYNTAX.sub(" ", passage).casefold().split())
    words = plain.replace(",", "").split()
    if not _WORDS.fullmatch(plain) or any(
        word not in common_words() and word not in short_words() for word in words
    ):
        return False
    runs = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    return not any(_is_listed(run) for run in runs)


def _is_listed(run: str) -> bool:
    """Say whether words are on a list as they stand, or in another form (penetrated, penetration)."""
    exact, terms = _listed()
    return run in exact or any(_is_form_of(run, term) for term in terms)


def _is_form_of(word: str, term: str) -> bool:
    if term.endswith("*"):
        return word.startswith(term[:-1])
    shared = min(len(word), len(term)) - _ENDING
    return shared >= _LEAST_STEM and word[:shared] == term[:shared]


@cache
def _listed() -> tuple[frozenset[str], frozenset[str]]:
    """Give all that is on the lists, and of the lists of words those that are one word or stand for more."""
    terms = frozenset(term.casefold() for section in _SECTIONS for term in terms_of(section))
    names = frozenset(spelling.casefold() for name in shipped() for spelling in name.spellings)
    return terms | names, frozenset(term for term in terms if " " not in term or term[-1] == "*")


def _without(asked: Asked, passage: str) -> Asked:
    return Asked(
        taken_out(asked.prompt, passage),
        taken_out(asked.negative_prompt, passage),
        asked.steps,
        tuple(taken_out(text, passage) for text in asked.beside),
    )
