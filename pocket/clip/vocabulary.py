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


def write_vocabulary(file: Path) -> None:
    """Write the phrases as `gpuworker.models.words` reads them: one a line, under the name of their group."""
    groups = (
        f"[{name}]\n" + "".join(f"{phrase}\n" for phrase in phrases) for name, phrases in vocabulary().items()
    )
    file.write_text("\n".join(groups), encoding="utf-8")
