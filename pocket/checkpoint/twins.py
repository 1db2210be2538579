"""Twins of scenes, alike but for one trait, which teach a denoiser to believe words more than its eyes.

Where pictures always show what their captions say, the better a denoiser makes out a colour under the noise,
the less it reads. Then edits and image to image, which begin with another picture under the noise, leave
everything as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from torch import Tensor

from pocket.world.captions import BACKGROUND_WORDS, CLOTHES_WORDS, COLOUR_WORDS, KIND_WORDS, says, sex
from pocket.world.known import KNOWN
from pocket.world.scene import BACKGROUNDS, COLOURS, KINDS, PAIRS, Figure, Scene, Thing

_Change = Callable[[Scene, Random], Scene]
_OPPOSITE = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}
_DOUBLES = 4


def _other(options: tuple[str, ...], one: str, lots: Random) -> str:
    return lots.choice([option for option in options if option != one])


def _background(scene: Scene, lots: Random) -> Scene:
    return replace(scene, background=_other(BACKGROUNDS, scene.background, lots))


def _thing(place: int, trait: str, options: tuple[str, ...]) -> _Change:
    def change(scene: Scene, lots: Random) -> Scene:
        things, one = list(scene.things), scene.things[place]
        things[place] = replace(one, **{trait: _other(options, getattr(one, trait), lots)})
        return replace(scene, things=tuple(things))

    return change


def _clothes(place: int) -> _Change:
    def change(scene: Scene, lots: Random) -> Scene:
        figures, one = list(scene.figures), scene.figures[place]
        figures[place] = replace(one, clothes=_other(tuple(COLOURS), one.clothes, lots))
        return replace(scene, figures=tuple(figures))

    return change


def _double(scene: Scene, lots: Random) -> Scene:
    things = [replace(one, place=_OPPOSITE[one.place]) for one in scene.things]
    figures = [replace(one, place=_OPPOSITE[one.place]) for one in scene.figures]
    return replace(scene, things=(*scene.things, *things), figures=(*scene.figures, *figures))


def _can_be_doubled(scene: Scene) -> bool:
    """Say whether a scene has one thing or figure, and room for another at the opposite place."""
    if scene.portrait or len(scene.things) + len(scene.figures) != 1:
        return False
    narrow = all(one.size == "medium" and one.character != "deity" for one in scene.figures)
    places = [one.place for one in scene.things] + [one.place for one in scene.figures]
    return narrow and places[0] in _OPPOSITE


def _changes_clothes(figure: Figure) -> bool:
    known = KNOWN.get(figure.character)
    return figure.clothes != "bare" and not (known and known.costume)


def twin(scene: Scene, lots: Random) -> Scene:
    """Give a scene that may be trained on and differs in one trait.

    That is the colour of a thing or of somebody's clothes, or half as often the kind of a thing or the
    background. Nobody is dressed or undressed, and costumes stay. Who or what is alone may be there twice:
    that the fainter of two goes away is how to draw one where two began.
    """
    changes: list[_Change] = [_background]
    if _can_be_doubled(scene):
        changes += [_double] * _DOUBLES
    for place in range(len(scene.things)):
        changes += [_thing(place, "colour", tuple(COLOURS))] * 2 + [_thing(place, "kind", KINDS)]
    changes += [_clothes(i) for i, figure in enumerate(scene.figures) if _changes_clothes(figure)] * 2
    while True:
        other = lots.choice(changes)(scene, lots)
        if not other.held_out:
            return other


def _thing_told(text: str, one: Thing, other: Thing) -> bool:
    kinds = KIND_WORDS[one.kind]
    if one.kind != other.kind and not says(text, kinds):
        return False
    coloured = [f"{colour} {kind}" for colour in COLOUR_WORDS[one.colour] for kind in kinds]
    return one.colour == other.colour or says(text, coloured)


def _clothes_told(text: str, one: Figure, other: Figure) -> bool:
    worn = [words.format(c) for words in CLOTHES_WORDS[sex(one)] for c in COLOUR_WORDS.get(one.clothes, ())]
    return one.clothes == other.clothes or says(
        text, [words.replace("a orange", "an orange") for words in worn]
    )


def tells_apart(text: str, scene: Scene, other: Scene) -> bool:
    """Say whether a caption of `scene` names what sets it apart from its twin `other`.

    Whatever it says but for nothing names one thing, where the twin has two.
    """
    if (len(scene.things), len(scene.figures)) != (len(other.things), len(other.figures)):
        return bool(text)
    if scene.background != other.background and not says(text, BACKGROUND_WORDS[scene.background]):
        return False
    things, figures = (
        zip(scene.things, other.things, strict=True),
        zip(scene.figures, other.figures, strict=True),
    )
    return all(_thing_told(text, *pair) for pair in things) and all(
        _clothes_told(text, *pair) for pair in figures
    )


def trace(clean: Tensor, others: Tensor, starts: Tensor) -> Tensor:
    """Give what twins add to the noise (N, 4, H, W) of a picture made from them by image to image.

    That is to become `clean` and began with the noised twin, `others`, where the clean share of the latents'
    power was `starts` (N), between 0 and 1. `clean` noised with the sum is the noised twin there; with each
    step of a sampler there is less of the twin in it, as there is of the noise.
    """
    odds = (starts / (1 - starts)).sqrt()
    return (others - clean) * odds[:, None, None, None]
