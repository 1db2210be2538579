"""Names in one word: with what handles have around them, `xxzendayaxx`, or in two parts, `mytomthehanks`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moderation.names.facts import FAR_FROM
from moderation.names.near import NearIndex, budget
from moderation.names.pairs import Pairs

_GLUED_FROM = 7
"""Letters of a name that is known though its words are written together."""
_GLUED_SLIP_FROM = 9
"""Letters of a name that is known with slips though its words are written together."""
_PADDED_FROM, _PART_FROM, _PADS = 8, 3, 4
"""Letters of a name that is known with others around its words, of each word, and of what is around it."""

_BEFORE = """
    the real not its itz im iam i am me my mr mrs ms miss sir dj mc lil little big baby young old king queen
    prince princess lord lady saint st team club just only true original official iconic love loves lover
    luv ilove we welove hey hi hello oh yo dear sweet cute hot sexy super mega ultra hyper fake notthe thereal
    your our his her vote like looks with by as pro anti ex und el la le los der die das mini
"""
_AFTER = """
    fan fans fanatic fanpage stan stans lover lovers love luv official real hq hd uhd style styled like
    alike esque face faces body head hair pics pic photo photos art arts fanart lora model tv news updates
    daily world army nation gang crew club online page girl boy man woman queen king bae baby babe xo xoxo
    jr sr the ish ism ist ian vision core mania forever ever now again is are was irl ai sdxl sd flux dress
    costume cosplay youtube youtuber tiktok twitch insta instagram gaming music film movie meme
"""
_SIGNS = re.compile(r"[\d_.-]+|^x+|x+$")
_DOUBLED = re.compile(r"(.)\1+")


def _squeezed(words: str) -> frozenset[str]:
    return frozenset(_DOUBLED.sub(r"\1", words).split())


_WORDS_BEFORE, _WORDS_AFTER = _squeezed(_BEFORE), _squeezed(_AFTER)


def may_be_put_around(before: str, after: str) -> bool:
    """Say whether letters before and after a name, in the same word, leave it the name that it is.

    They do where they are digits, crosses, one letter, or a word that handles have.
    """
    head, tail = (_DOUBLED.sub(r"\1", _SIGNS.sub("", each)) for each in (before, after))
    return (len(head) < 2 or head in _WORDS_BEFORE) and (not tail or tail in _WORDS_AFTER)


def glued_names(word: str, pairs: Pairs, near: NearIndex) -> Iterator[int]:
    """Give the names that a long word is, written together: with slips in one part, or with padding."""
    if len(word) < _GLUED_FROM:
        return
    slips = budget(len(word)) if len(word) >= _GLUED_SLIP_FROM else 0
    for place in range(3, len(word) - 2):
        head, tail = word[:place], word[place:]
        lasts, firsts = pairs.lasts(head), pairs.firsts(tail)
        for last, count in near.near(tail) if lasts else ():
            if last in lasts and count <= slips and not (count and lasts[last].is_plain):
                yield lasts[last].owner
        for first, count in near.near(head) if firsts else ():
            if first in firsts and count <= slips and not (count and firsts[first].is_plain):
                yield firsts[first].owner
        if (turned := pairs.lasts(tail).get(head)) and turned.size >= FAR_FROM:
            yield turned.owner
    if len(word) >= _PADDED_FROM + 2:
        yield from _padded(word, pairs)


def _padded(word: str, pairs: Pairs) -> Iterator[int]:
    """Give the names whose words stand in a long word with a few letters around them."""
    for start in range(_PADS + 1):
        for end in range(start + _PART_FROM, len(word) - _PART_FROM + 1):
            for last, full in pairs.lasts(word[start:end]).items():
                at = word.find(last, end, end + _PADS + len(last))
                is_near = at >= 0 and len(word) - at - len(last) <= _PADS
                if is_near and len(last) >= _PART_FROM and end - start + len(last) >= _PADDED_FROM:
                    yield full.owner
