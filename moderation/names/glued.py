"""What is written onto a name in one word, as handles have it: `xxzendayaxx`, `zendayafan99`."""

from __future__ import annotations

import re

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
