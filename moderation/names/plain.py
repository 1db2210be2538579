"""Names that are plain words, too: when they are names, and when they are the words."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache

from moderation.lexicon import Lexicon, listed, terms
from moderation.names.found import Found
from moderation.names.listing import common_words, no_slips, shipped
from moderation.reading import Reading
from moderation.scripts import LATIN, script_of
from moderation.tongues import everyday_words, spoken_in

_VERBS = ("ing", "ed")
_NEXT = re.compile(r"[^\S\n]+([a-z]+)|-([a-z]+)", re.IGNORECASE)
_LAST = re.compile(r"([a-z]+)[^\S\n]+$", re.IGNORECASE)
_PARTED = re.compile(r"[,;]\s|(?<!\b\w)\.\s")
"""What parts two things; behind one letter a dot is of an initial: `Donald J. Trump`."""
_SURNAME_FIRST = re.compile(r"\w\s*(?:[,;(\[/-]\s*|_)[^\W_]+\W*$")
"""What parts a surname that is a plain word, too, from the first name behind it: `Trump, Donald`."""
_ARTICLE = re.compile(r"[,;]\s+(?:a|an|the)\s", re.IGNORECASE)
_PLACE = re.compile(
    r"\s+(?:(?:international|regional) )?"
    r"(?:airport|county|avenue|boulevard|expressway|highway|street sign|metro station|havalimanı|havaalanı|"
    r"aeroporto|aeropuerto|flughafen|caddesi|bulvarı|meydanı|sokağı|stadyumu|köprüsü|platz|straße|strasse|allee|"
    r"(?:plaza|plein|straat|laan|gatan|gata|utca|ulica|улица|площадь|проспект))\b",
    re.IGNORECASE,
)
_THING = re.compile(r"\b(?:an?|the|my|your|his|her|our|their)\s+(?:[a-z]+\s+)?$", re.IGNORECASE)
"""What stands before a thing, with an adjective."""
_DOES = re.compile(
    r"s\s+(?:an?|the|my|his|her|its|their|down|along|across|through|past|around|about|up|away|off|every|all)\b",
    re.IGNORECASE,
)
"""What ends a verb, and stands behind it."""
_ARTICLES = frozenset(["a", "an", "the"])
_DOES_SOMEWHERE = re.compile(
    r"\s+(?:in|on|at|to|into|onto|over|under|by|with|from|against|before|behind|beneath|like|as)\s",
    re.IGNORECASE,
)
"""What stands behind a verb, and behind a name, too: `patrick sways in the wind`."""
_GIVEN_A = re.compile(r"^\w+\s+an?\s+\w+$", re.IGNORECASE)
"""Somebody's first name, and what is brought there: `bring arianna a grande latte`."""
_OWNED = re.compile(r"\w['’]s\s+\w")
_OF_SOMEBODY = re.compile(
    r"(?:^|[,;:.(]|\b(?:of|with|and|like|vs|versus|against|meets|president|mr|baby|old|young|angry|fat))\s*$",
    re.IGNORECASE,
)
"""What stands before somebody's name, and seldom before a plain word without an article."""
_SHARED, _LONGEST_REST = 2, 4
"""Letters of a name that another word may begin with, and letters of that word behind it."""
_QUOTED = re.compile("[\"“”«»„'‘’]")


def is_meant(found: Found) -> bool:
    """Say whether a name that was found is meant, and not the plain words that it is, too.

    A phrase that the list names is something else; so is a name behind an article and before a common word
    that no person is followed by. A plain word by itself counts where the prompt speaks of somebody known, or
    in quotation marks; so does a surname before the first name, and a comma between them.
    """
    if found.is_said:
        return True
    name = found.name
    if _is_parted(found) or _is_place(found) or _is_cut_out(found) or _is_everyday(found):
        return False
    if name.unless and _stands_in(found, _phrases(name.unless)) and not _speaks_of_people(found):
        return False
    if not name.is_plain or _speaks_of_people(found):
        return True
    text = found.reading.text
    if _is_plain_word(found.quote, name.name):
        before, after = text[: found.start][-1:], text[found.end :][:1]
        return bool(_QUOTED.match(before) and _QUOTED.match(after)) or _stands_for(found)
    if _is_surname_first(found.quote, name.name):
        preceding = _LAST.search(text[: found.start])
        is_thing = preceding is not None and preceding[1].casefold() in _words("determiners")
        is_parted = _SURNAME_FIRST.search(found.quote) is not None
        return (is_parted or _is_somebody_alone(found)) and not is_thing
    return not (_PARTED.search(found.quote) or _is_compound(text, found.start, found.end))


def _speaks_of_people(found: Found) -> bool:
    return listed("names/people").find([found.reading]) is not None


def _is_plain_word(quote: str, name: str) -> bool:
    """Say whether one word was found that is a word of the language, or a name that is known to be one."""
    word = Reading(quote).letters
    return (word == Reading(name).letters and " " not in name) or quote.casefold() in common_words()


def _is_surname_first(quote: str, name: str) -> bool:
    words = Reading(name).word_letters
    return len(words) > 1 and Reading(quote).word_letters[:1] == words[-1:] != words[:1]


def _is_somebody_alone(found: Found) -> bool:
    """Say whether the surname that was found alone is a spelling of the name."""
    surname = Reading(found.quote).word_letters[0]
    return any(Reading(each).word_letters == [surname] for each in found.name.spellings)


def _stands_for(found: Found) -> bool:
    """Say whether a word that the list has for a longer name stands where that would: `portrait of trump`.

    It begins what is said, or follows what a person follows, and no other common word follows it.
    """
    text, name = found.reading.text, found.name
    is_listed = " " in name.name and any(each.casefold() == found.quote.casefold() for each in name.spellings)
    return is_listed and _OF_SOMEBODY.search(text[: found.start]) is not None and not _is_before_noun(found)


def _is_parted(found: Found) -> bool:
    """Say whether the words that were found are of two things: `robert's plant`, `james, bond street`."""
    if _ARTICLE.search(found.quote) or _is_list_of_things(found) or _does_something(found):
        return True
    if _GIVEN_A.match(found.quote) and _NEXT.match(found.reading.text, found.end):
        return True
    if _OWNED.search(found.quote):
        return not _is_owned_by_nobody_else(found)
    words = found.quote.casefold().split()
    if len(words) < 2 or words[-1] not in common_words():
        return False
    return _PARTED.search(found.quote) is not None and _is_before_noun(found)


def _is_list_of_things(found: Found) -> bool:
    """Say whether a comma parts two things: `a tailor, swift and quiet`, `in a golden cage, nicholas`."""
    words = found.quote.casefold().split(",")
    if len(words) != 2 or words[0] not in common_words() or words[0] == found.name.name.casefold().split()[0]:
        return False
    return _THING.search(found.reading.text[: found.start]) is not None


def _does_something(found: Found) -> bool:
    """Say whether the last word is a verb behind a first name: `hugh grants the knight a wish`."""
    written = found.quote.casefold()
    *before, last = written.split()
    if before and last in _ARTICLES and before[-1].endswith("s"):
        return not {before[-1], before[-1].removesuffix("s")}.isdisjoint(common_words())
    if not {last, last.removesuffix("s")} & common_words():
        return False
    is_verb = written.endswith("s") and written not in map(str.casefold, found.name.spellings)
    if _DOES.match(found.reading.text, found.end - is_verb) is not None:
        return True
    is_heard = is_verb and written.removesuffix("s") not in map(str.casefold, found.name.spellings)
    return is_heard and _DOES_SOMEWHERE.match(found.reading.text, found.end) is not None


def _is_place(found: Found) -> bool:
    """Say whether what was found is what a place is called after: `ataturk airport`."""
    return _PLACE.match(found.reading.text, found.end) is not None


def _is_cut_out(found: Found) -> bool:
    """Say whether the last letters of what was found begin a word: `范冰冰箱` has a fridge."""
    text, end = found.reading.text, found.end
    if text[end - 1 : end].isascii() or not text[end : end + 1].isalpha():
        return False
    starts = range(max(found.start + 1, end - _SHARED), end)
    rests = (text[start:stop] for start in starts for stop in range(end + 1, end + 1 + _LONGEST_REST))
    return not _words("overlaps").isdisjoint(rests)


def _is_everyday(found: Found) -> bool:
    """Say whether a name that is not written as in the lists has an everyday word at either end.

    Greek δεν is not, and sounds like Tony; San Marino looks like Sanna Marin. A word of Latin letters counts
    in a text of its language.
    """
    words = found.quote.casefold().split()
    if found.quote.casefold() in map(str.casefold, found.name.spellings):
        return False
    if no_slips().issuperset(words) or (len(words) == 1 and _is_owner(words[0])):
        return True
    return len(words) > 1 and any(
        language != "en" and (script_of(word) != LATIN or _is_spoken(language, found.reading.text))
        for word in (words[0], words[-1])
        for language in spoken_in(word)
    )


def _is_spoken(language: str, text: str) -> bool:
    """Say whether a text has two more everyday words of a language than of English."""
    counted = everyday_words(text)
    return counted[language] - 1 > counted["en"]


def _is_owner(word: str) -> bool:
    """Say whether a word is a common one that owns what follows: `a president's car`."""
    owner = _OWNER.fullmatch(word)
    return owner is not None and owner[1] in common_words()


_OWNER = re.compile(r"([a-z]+)['’]s?")


def _is_owned_by_nobody_else(found: Found) -> bool:
    """Say whether words of which the first owns the last are a name all the same: `elon's musk`.

    They are where the last is no common word, or as the lists have it, and nobody else there bears the first
    name.
    """
    first, *_, last = (word.casefold() for word in _NAMES.findall(found.quote))
    is_listed = found.name.name.casefold().split() == [first, last]
    is_rare = is_listed and first not in common_words() and _bearers()[first] == 1
    return not found.name.is_plain and (last not in common_words() or is_rare)


_NAMES = re.compile(r"[^\W\d_]+")


@cache
def _bearers() -> Counter[str]:
    """Count who of the lists bears each first name."""
    return Counter(each.name.casefold().split()[0] for each in shipped())


def _is_before_noun(found: Found) -> bool:
    following = _NEXT.match(found.reading.text, found.end)
    return following is not None and _is_noun(following)


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(word for line in terms(f"names/{name}") for word in line.split())


@lru_cache(maxsize=1024)
def _phrases(unless: tuple[str, ...]) -> Lexicon:
    return Lexicon(unless)


def _stands_in(found: Found, phrases: Lexicon) -> bool:
    for match in phrases.matches(found.reading):
        start, end = match.span
        if start < found.end and found.start < end:
            return True
    return False


def is_behind_article(text: str, start: int) -> bool:
    """Say whether an article, or the like, stands before words: `a mat demon mask` is no mask of somebody."""
    preceding = _LAST.search(text[:start])
    return preceding is not None and preceding[1].casefold() in _words("determiners")


def _is_compound(text: str, start: int, end: int) -> bool:
    following, preceding = _NEXT.match(text, end), _LAST.search(text[:start])
    if not (following and preceding and preceding[1].casefold() in _words("determiners")):
        return False
    return _is_noun(following)


def _is_noun(following: re.Match[str]) -> bool:
    """Say whether a word is a common one that no person is followed by."""
    word = (following[1] or following[2]).casefold()
    return word in common_words() and word not in _words("follows") and not word.endswith(_VERBS)
