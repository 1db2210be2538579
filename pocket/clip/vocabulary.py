"""The phrases in which the pocket CLIP describes pictures: all that its world is made of."""

from pathlib import Path

from pocket.world.captions import (
    BACKGROUND_WORDS,
    BARE_WORDS,
    CHARACTER_WORDS,
    CLOTHES_WORDS,
    COLOUR_WORDS,
    KIND_WORDS,
    PLACE_WORDS,
)
from pocket.world.known import KNOWN

_FIRST_CONTEXT, _APART, _CONTEXTS = 4, 11, 8
"""Which subjects: of several colours, things and people."""


def vocabulary() -> dict[str, list[str]]:
    """Give groups of phrases, as captions say them: what a picture is of first."""
    colours = [words[0] for words in COLOUR_WORDS.values()]
    subjects = [f"a {colour} {words[0]}" for words in KIND_WORDS.values() for colour in colours]
    for character, words in CHARACTER_WORDS.items():
        clothes = CLOTHES_WORDS[character][0]
        subjects += [f"a {words[0]} {clothes.format(colour)}" for colour in colours]
    subjects += [f"a {bare.format(sex)}" for bare in BARE_WORDS if "{}" in bare for sex in ("man", "woman")]
    return {
        "subjects": [
            *(subject.replace("a orange", "an orange") for subject in subjects),
            *(known.name for known in KNOWN.values()),
        ],
        "backgrounds": [words[0] for words in BACKGROUND_WORDS.values()],
        "colours": colours,
        "places": [words[0] for words in PLACE_WORDS.values()],
    }


def contexts() -> dict[str, list[str]]:
    """Give what is said around the phrases of some groups: where a picture is, is heard best of something."""
    subjects = vocabulary()["subjects"]
    some = [f"{subject} {{}}" for subject in subjects[_FIRST_CONTEXT::_APART][:_CONTEXTS]]
    return {"backgrounds": some, "places": some}


def write_vocabulary(file: Path) -> None:
    """Write the phrases as `gpuworker.models.words` reads them: one a line, under the name of their group."""
    around = contexts()
    groups = (
        f"[{name}]\n" + "".join(f"{line}\n" for line in (*around.get(name, ()), *phrases))
        for name, phrases in vocabulary().items()
    )
    file.write_text("\n".join(groups), encoding="utf-8")
