"""The grammar of the pocket world's captions."""

import re
from random import Random

from gpuworker.pocket.world.scene import Scene, Thing

KIND_WORDS = {
    "circle": ("circle", "ball", "disc"),
    "square": ("square", "box", "block"),
    "triangle": ("triangle", "pyramid"),
    "star": ("star",),
    "heart": ("heart",),
    "tree": ("tree",),
    "house": ("house", "cottage", "home"),
    "boat": ("boat", "ship", "sailboat"),
}
COLOUR_WORDS = {
    "red": ("red", "scarlet"),
    "orange": ("orange",),
    "yellow": ("yellow",),
    "green": ("green",),
    "blue": ("blue",),
    "purple": ("purple", "violet"),
    "pink": ("pink",),
    "white": ("white",),
}
SIZE_WORDS = {
    "small": ("small", "little", "tiny"),
    "medium": ("medium", "medium sized"),
    "big": ("big", "large", "huge"),
}
PLACE_WORDS = {
    "left": ("on the left", "to the left", "at the left", "on the left side"),
    "right": ("on the right", "to the right", "at the right", "on the right side"),
    "centre": ("in the middle", "in the centre", "in the center"),
    "top": ("at the top", "on top", "above"),
    "bottom": ("at the bottom", "below"),
}
BACKGROUND_WORDS = {
    "sea": ("over the sea", "at sea", "on the ocean", "over blue water"),
    "meadow": ("in a meadow", "on a green meadow", "in the grass", "over a field"),
    "desert": ("in the desert", "over sand dunes", "on desert sand"),
    "snow": ("in the snow", "on a snowy hill", "in winter", "over snow"),
    "night": ("at night", "in the night sky", "under the moon", "in a starry night"),
    "city": ("in the city", "over a city", "in a town", "in front of buildings"),
    "forest": ("in the forest", "in the woods", "in a dark forest"),
    "sunset": ("at sunset", "in the evening sun", "in the sunset", "at dusk"),
}
_OPENINGS = ("", "", "", "a picture of ", "a drawing of ", "an image of ", "a painting of ")
_COMMON_SHARE = 0.5
_UNSAID_SHARE = 0.1


def _say(words: tuple[str, ...], rng: Random) -> str:
    """The first word of a row half of the time, any of them otherwise."""
    return words[0] if rng.random() < _COMMON_SHARE else rng.choice(words)


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def _name(thing: Thing, rng: Random, complete: bool) -> str:
    words = [_say(COLOUR_WORDS[thing.colour], rng), _say(KIND_WORDS[thing.kind], rng)]
    if rng.random() < (0.3 if thing.size == "medium" else 0.7):
        words.insert(0, _say(SIZE_WORDS[thing.size], rng))
    if not complete and rng.random() < _UNSAID_SHARE:
        words.remove(words[-2])
    return _article(" ".join(words))


def caption(scene: Scene, rng: Random, complete: bool = False) -> str:
    """A sentence about a scene, lower case, without punctuation but for commas.

    Sizes are often left unsaid. Now and then a colour, a place or the background is too, unless
    `complete` asks for all of them.
    """
    background = _say(BACKGROUND_WORDS[scene.background], rng)
    if not complete and rng.random() < _UNSAID_SHARE:
        background = ""
    things = []
    for thing in scene.things:
        name, place = _name(thing, rng, complete), _say(PLACE_WORDS[thing.place], rng)
        said = complete or len(scene.things) > 1 or rng.random() >= _UNSAID_SHARE
        things.append(f"{name} {place}" if said else name)
    subject = rng.choice(_OPENINGS) + rng.choice((" and ", ", ")).join(things)
    if not background:
        return subject
    return f"{background}, {subject}" if rng.random() < 0.2 else f"{subject} {background}"


def grammar_words() -> tuple[str, ...]:
    """Every word and sign that a caption can hold, sorted."""
    tables = (KIND_WORDS, COLOUR_WORDS, SIZE_WORDS, PLACE_WORDS, BACKGROUND_WORDS)
    phrases = [phrase for table in tables for row in table.values() for phrase in row]
    text = " ".join([*phrases, *_OPENINGS, "a an and ,"])
    return tuple(sorted(set(re.findall(r"\w+|,", text))))
