"""Words that are spelled by what letters are called: `tee ay why ell oh are`."""

from __future__ import annotations

import re

_CALLED = """
    a ay; b bee be; c cee see sea; d dee; e ee; f eff ef; g gee; h aitch haitch; i eye aye; j jay; k kay;
    l ell el; m em; n en; o oh; p pee; q cue queue kew; r are ar arr; s ess es; t tee tea; u you yoo yew;
    v vee; x ex; w double-u double-you doubleu doubleyou dubya; y why wye; z zee zed
"""
_LETTERS = {name: letter for letter, *names in map(str.split, _CALLED.split(";")) for name in names}
_ALSO_WORDS = """
    be see sea eye you why are oh tea bee cue queue el es en jay aye
"""
_WORDS = frozenset(_ALSO_WORDS.split())
"""Names of letters that are words, too."""
CERTAIN = frozenset(_LETTERS) - _WORDS
"""Names of letters that are no words: where there are not two of them, nothing is spelled."""
_NAME = "|".join(sorted(map(re.escape, _LETTERS), key=len, reverse=True)).replace(r"double\-", r"double[\s-]")
_RUN = re.compile(rf"(?<![\w-])(?:{_NAME})(?:[\s-]+(?:{_NAME}))+(?![\w-])", re.IGNORECASE)
_ONE = re.compile(rf"(?<![\w-])(?:{_NAME})(?![\w-])", re.IGNORECASE)
_FEWEST = 3
_THEN = re.compile(
    r"[\s,;.]+(?:(?:and then|then|next|and|followed by|space|after that)[\s,;.]+)?", re.IGNORECASE
)


def spelled(text: str) -> str:
    """Write what is spelled so in letters, each word of it, and leave out what parts two of them: `then`."""
    pieces, end = list[str](), 0
    for found in _RUN.finditer(text):
        names = [name.lower().replace(" ", "-") for name in _ONE.findall(found[0])]
        if len(names) < _FEWEST or CERTAIN.isdisjoint(names):
            continue
        between = text[end : found.start()]
        pieces += [
            " " if pieces and _THEN.fullmatch(between) else between,
            "".join(map(_LETTERS.__getitem__, names)),
        ]
        end = found.end()
    return "".join([*pieces, text[end:]])
