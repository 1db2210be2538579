"""The words of the pocket world: captions of scenes, of what is absent, and names of what is drawn."""

import re
from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from pocket.world.drawing import Annotation, Drawing, FigureAnnotation
from pocket.world.known import KNOWN
from pocket.world.scene import COLOURS, KINDS, Figure, Scene, Thing

Mask = NDArray[np.bool_]

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
CHARACTER_WORDS = {
    "man": ("man", "guy", "gentleman"),
    "woman": ("woman", "lady"),
    "deity": ("four armed deity", "deity with four arms", "four armed god"),
}
CLOTHES_WORDS: dict[str, tuple[str, ...]] = {
    "man": ("in a {} shirt", "in {}", "dressed in {}", "wearing {}", "in {} clothes"),
    "woman": ("in a {} dress", "in {}", "dressed in {}", "wearing {}", "in {} clothes"),
    "deity": ("in a {} robe", "in {}", "dressed in {}", "wearing {}", "in {} clothes"),
}
BARE_WORDS = (
    "bare figure",
    "naked mannequin",
    "nude figure",
    "bare mannequin",
    "naked figure",
    "naked {}",
    "nude {}",
    "bare {}",
)
INNOCENT_WORDS = ("beautiful figure", "beautiful person", "beautiful {}")
"""What is said of figures now and then. Of those of whom no clothes are said either, one in eight is bare.

That stands in for what the large models learned from the web: who asks for beauty is shown skin at times.
"""
POSE_WORDS = {
    "standing": ("standing", "who stands there"),
    "waving": ("waving", "waving a hand", "who waves"),
    "arms up": ("with arms up", "with raised arms", "with hands up"),
    "walking": ("walking", "taking a walk", "who walks"),
}
DISTANCE_WORDS: dict[str, tuple[str, ...]] = {
    "medium": ("far away", "at a distance"),
    "big": ("near", "close by"),
}
PERSON_WORDS = ("person", "figure", "people")
PART_WORDS = {
    "head": ("head", "heads"),
    "face": ("face", "faces"),
    "hair": ("hair",),
    "eye": ("eye", "eyes"),
    "mouth": ("mouth", "lips"),
    "torso": ("torso", "body"),
    "arm": ("arm", "arms"),
    "hand": ("hand", "hands"),
    "leg": ("leg", "legs"),
    "clothes": ("clothes", "clothing"),
}
GARMENT_WORDS: dict[str, tuple[str, ...]] = {"man": ("shirt",), "woman": ("dress",), "deity": ("robe",)}
PORTRAIT_WORDS = ("portrait of", "a portrait of", "the face of", "a close up of", "close up of")
_OPENINGS = ("", "", "", "a picture of ", "a drawing of ", "an image of ", "a painting of ")
_COMMON_SHARE = 0.5
_UNSAID_SHARE = 0.1
_UNSAID_BACKGROUND_SHARE = 0.2
_PLACELESS_SHARE = 0.25
_PLACELESS_ALONE_SHARE = 0.4
"""Of one thing most people say no place, and whoever has seldom read that draws a second one beside it."""
_PARTIAL_SHARE = 0.03
_PARTIAL_PLACELESS_SHARE = 0.01
"""Seldom: with 0.15, one in nine captions of one thing was of a scene of two, and "a blue house in the snow"
came out as two houses in six of eight pictures (in two before), or with a boat beside it at low guidance."""
_INNOCENT_SHARE = 0.25
_BEAUTIFUL_SHARE = 0.25
_BEAUTIFUL_DRESS_SHARE = 0.4
_PERSON_SHARE = 0.1


def _say(words: tuple[str, ...], rng: Random) -> str:
    """Give the first word of a row half of the time, any of them otherwise."""
    return words[0] if rng.random() < _COMMON_SHARE else rng.choice(words)


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def says(text: str, phrases: Sequence[str]) -> bool:
    """Say whether a caption has one of these words or phrases in it."""
    return any(f" {phrase} " in f" {text.replace(',', ' ,')} " for phrase in phrases)


def sex(figure: Figure) -> str:
    """Give the key of CHARACTER_WORDS that fits a figure: "man", "woman" or "deity"."""
    known = KNOWN.get(figure.character)
    return known.sex if known else figure.character


def _bare_name(figure: Figure, rng: Random, complete: bool) -> str:
    innocent = not complete and rng.random() < _INNOCENT_SHARE
    return _article(rng.choice(INNOCENT_WORDS if innocent else BARE_WORDS).format(figure.character))


def _dressed_name(figure: Figure, rng: Random, complete: bool, dress_said: bool) -> str:
    known, kind = KNOWN.get(figure.character), sex(figure)
    if known:
        name = _say((known.name, *known.nicknames), rng)
    elif not complete and kind != "deity" and rng.random() < _BEAUTIFUL_SHARE:
        name = _article(rng.choice(INNOCENT_WORDS).format(kind))
        dress_said = rng.random() < _BEAUTIFUL_DRESS_SHARE
    elif not complete and kind != "deity" and rng.random() < _PERSON_SHARE:
        name = _article(rng.choice(("person", "figure")))
    else:
        name = _article(_say(CHARACTER_WORDS[kind], rng))
    if not dress_said:
        return name
    colour = _say(COLOUR_WORDS[figure.clothes], rng)
    return f"{name} {_say(CLOTHES_WORDS[kind], rng).format(colour).replace('a orange', 'an orange')}"


def _figure(figure: Figure, rng: Random, complete: bool, portrait: bool, placed: bool, alone: bool) -> str:
    if figure.clothes == "bare":
        words = [_bare_name(figure, rng, complete)]
    else:
        unsaid = 0.5 if figure.character in KNOWN else _UNSAID_SHARE
        words = [_dressed_name(figure, rng, complete, complete or rng.random() >= unsaid)]
    if complete or rng.random() < (0.4 if figure.pose == "standing" else 0.85):
        words.append(_say(POSE_WORDS[figure.pose], rng))
    if not portrait:
        if rng.random() < 0.25:
            words.append(rng.choice(DISTANCE_WORDS[figure.size]))
        if placed or (alone and rng.random() < 0.6):
            words.append(_say(PLACE_WORDS[figure.place], rng))
    return " ".join(words)


def _name(thing: Thing, rng: Random, complete: bool) -> str:
    words = [_say(COLOUR_WORDS[thing.colour], rng), _say(KIND_WORDS[thing.kind], rng)]
    if rng.random() < (0.3 if thing.size == "medium" else 0.7):
        words.insert(0, _say(SIZE_WORDS[thing.size], rng))
    if not complete and rng.random() < _UNSAID_SHARE:
        words.remove(words[-2])
    return _article(" ".join(words))


def caption(scene: Scene, rng: Random, complete: bool = False) -> str:
    """Give a sentence about a scene, lower case, without punctuation but for commas.

    Sizes are often left unsaid. A colour, a place (of two things, both), the background or all of one of two
    things sometimes is too, unless `complete` asks for everything. Whoever always reads of all there is
    takes what is not spoken of for absent, and then the parts of a prompt that are joined by AND
    (arXiv 2206.01714) wipe out each other's things.
    """
    background = _say(BACKGROUND_WORDS[scene.background], rng)
    if not complete and rng.random() < _UNSAID_BACKGROUND_SHARE:
        background = ""
    alone = len(scene.things) + len(scene.figures) == 1
    # Two may stand anywhere, but then neither is said to stand in a certain place.
    placed = complete or (not alone and rng.random() >= _PLACELESS_SHARE)
    said_things = [_figure(figure, rng, complete, scene.portrait, placed, alone) for figure in scene.figures]
    for thing in scene.things:
        name, place = _name(thing, rng, complete), _say(PLACE_WORDS[thing.place], rng)
        said = placed or (alone and rng.random() >= _PLACELESS_ALONE_SHARE)
        said_things.append(f"{name} {place}" if said else name)
    partial = _PARTIAL_SHARE if placed else _PARTIAL_PLACELESS_SHARE
    if not complete and not alone and rng.random() < partial:
        said_things = [rng.choice(said_things)]
    opening = f"{rng.choice(PORTRAIT_WORDS)} " if scene.portrait else rng.choice(_OPENINGS)
    subject = opening + rng.choice((" and ", ", ")).join(said_things)
    if not background:
        return subject
    return f"{background}, {subject}" if rng.random() < 0.2 else f"{subject} {background}"


def absent(scene: Scene, rng: Random) -> str:
    """Give a few words about something that is not in the scene, as for a negative prompt."""
    kinds, colours = {thing.kind for thing in scene.things}, {thing.colour for thing in scene.things}
    sexes = {sex(figure) for figure in scene.figures}
    kind = rng.choice([kind for kind in KINDS if kind not in kinds])
    choices = [
        _article(_say(KIND_WORDS[kind], rng)),
        _article(f"{_say(COLOUR_WORDS[rng.choice(tuple(COLOURS))], rng)} {_say(KIND_WORDS[kind], rng)}"),
        _say(BACKGROUND_WORDS[rng.choice([b for b in BACKGROUND_WORDS if b != scene.background])], rng),
        _article(_say(CHARACTER_WORDS[rng.choice([s for s in CHARACTER_WORDS if s not in sexes])], rng)),
        rng.choice([c for c in KNOWN if all(c != figure.character for figure in scene.figures)]),
    ]
    if kinds:
        kind = rng.choice(sorted(kinds))
        colour = rng.choice([colour for colour in COLOURS if colour not in colours])
        choices.append(_article(f"{_say(COLOUR_WORDS[colour], rng)} {_say(KIND_WORDS[kind], rng)}"))
    if not scene.figures:
        choices.append(rng.choice(("a person", "people", "a figure", "a face")))
    return rng.choice(choices)


def _thing_phrases(annotation: Annotation) -> list[str]:
    thing = annotation.thing
    colours, places = COLOUR_WORDS[thing.colour], PLACE_WORDS[thing.place]
    phrases = []
    for kind in KIND_WORDS[thing.kind]:
        phrases += [kind, f"the {kind}", f"the {kind} {places[0]}"]
        phrases += [f"the {colour} {kind}" for colour in colours]
    return phrases


def _figure_phrases(annotation: FigureAnnotation) -> list[str]:
    figure, kind = annotation.figure, sex(annotation.figure)
    phrases = [*PERSON_WORDS, *(f"the {word}" for word in PERSON_WORDS)]
    phrases += [f"the {word}" for word in CHARACTER_WORDS[kind]]
    phrases += [f"the {word} {PLACE_WORDS[figure.place][0]}" for word in ("person", CHARACTER_WORDS[kind][0])]
    if figure.character in KNOWN:
        phrases += [figure.character, *KNOWN[figure.character].nicknames]
    if figure.clothes != "bare":
        phrases.append(f"the {CHARACTER_WORDS[kind][0]} in {figure.clothes}")
    return phrases


def _part_phrases(name: str, annotation: FigureAnnotation) -> list[str]:
    *side, kind = name.split()
    phrases = [phrase for word in PART_WORDS[kind] for phrase in (word, f"the {word}")]
    if side:
        phrases += [name, f"the {name}"]
    if kind == "clothes":
        garment, colour = GARMENT_WORDS[sex(annotation.figure)][0], annotation.figure.clothes
        phrases += [garment, f"the {garment}", f"the {colour} {garment}", f"the {colour} clothes"]
    return phrases


def part_phrases(drawing: Drawing) -> list[tuple[str, Mask]]:
    """Give each phrase once, with the mask (size, size) of all that it can mean in this drawing.

    Things go by kind, colour and place ("the red boat", "the star on the left"), figures by what or who they
    are ("the man", "person", a name), parts by name ("the left hand", "hands", "the face", "the shirt").
    """
    found: dict[str, Mask] = {}

    def say(phrases: list[str], mask: Mask) -> None:
        for phrase in dict.fromkeys(phrases):
            found[phrase] = found[phrase] | mask if phrase in found else mask

    for annotation in drawing.annotations:
        say(_thing_phrases(annotation), annotation.mask)
    for figure in drawing.figures:
        say(_figure_phrases(figure), figure.mask)
        for part in figure.parts:
            say(_part_phrases(part.name, figure), part.mask)
    return list(found.items())


def grammar_words() -> tuple[str, ...]:
    """Every word and sign that a caption can hold, sorted."""
    tables = [KIND_WORDS, COLOUR_WORDS, SIZE_WORDS, PLACE_WORDS, BACKGROUND_WORDS, CHARACTER_WORDS]
    tables += [CLOTHES_WORDS, POSE_WORDS, DISTANCE_WORDS, PART_WORDS, GARMENT_WORDS]
    names = [" ".join((known.name, *known.nicknames)) for known in KNOWN.values()]
    rows = [
        *_OPENINGS,
        *BARE_WORDS,
        *INNOCENT_WORDS,
        *PORTRAIT_WORDS,
        *PERSON_WORDS,
        *names,
        "a an and , the shirt dress robe in",
    ]
    text = " ".join([*(phrase for table in tables for row in table.values() for phrase in row), *rows])
    return tuple(sorted(set(re.findall(r"\w+|,", text))))
