"""Ages under 18, in digits or words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from moderation.lexicon import terms
from moderation.normalise import normalise
from moderation.reading import Reading


def find_age_under_18(readings: Iterable[Reading]) -> str | None:
    """Give the first age under 18 in any reading, spelled as it was read, or None."""
    pattern = _under_age()
    return next(
        (match[0] for each in readings for text in each.words if (match := pattern.search(text))), None
    )


@cache
def _under_age() -> re.Pattern[str]:
    number = r"(?:\d|1[0-7]|" + "|".join(map(normalise, terms("numbers"))) + ")"
    return re.compile(
        rf"\b{number} ?(?:"
        r"(?:years?|yrs?|months?|weeks?|days?) (?:old|of age)|y ?o|"  # English
        r"jahre alt|jahrig\w*|"  # German
        r"ans|anos|anni"  # French, Spanish and Portuguese, Italian
        r")\b"
        rf"|\b{number} ?[歳才岁]"
        rf"|\b(?:age|aged|age of|im alter von) {number}\b"
        r"|\b(?:under|below|younger than|unter) (?:18|eighteen|achtzehn)\b"
    )
