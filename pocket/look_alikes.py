"""Scenes that differ in one trait, to learn telling apart; and scenes in numbers, to learn from."""

from dataclasses import replace
from random import Random
from typing import Any

import torch
from torch import Tensor

from pocket.world.scene import (
    BACKGROUNDS,
    CHARACTERS,
    COLOURS,
    FIGURE_PLACES,
    FIGURE_SIZES,
    KINDS,
    PLACES,
    POSES,
    SIZES,
    Figure,
    Scene,
    Thing,
    training_scene,
)

_THING_TRAITS: dict[str, tuple[str, ...]] = {"kind": KINDS, "colour": tuple(COLOURS), "size": tuple(SIZES)}
_FIGURE_TRAITS: dict[str, tuple[str, ...]] = {
    "character": CHARACTERS,
    "clothes": (*COLOURS, "bare"),
    "pose": POSES,
    "size": tuple(FIGURE_SIZES),
}
_SEEN_BARE = ("man", "woman")
FACTS = (
    *BACKGROUNDS,
    "portrait",
    *(f"{t} {v} {p}" for p in PLACES for t, values in _THING_TRAITS.items() for v in values),
    *(f"figure {t} {v} {p}" for p in FIGURE_PLACES for t, values in _FIGURE_TRAITS.items() for v in values),
)
_FACT_PLACES = {fact: place for place, fact in enumerate(FACTS)}


def describe(scene: Scene) -> Tensor:
    """Put a scene in numbers, float32 (len(FACTS),): 1 for what is so and can be said of it, else 0."""
    facts = [scene.background, *(["portrait"] if scene.portrait else [])]
    facts += [f"{t} {getattr(thing, t)} {thing.place}" for thing in scene.things for t in _THING_TRAITS]
    facts += [
        f"figure {t} {getattr(figure, t)} {figure.place}" for figure in scene.figures for t in _FIGURE_TRAITS
    ]
    found = torch.zeros(len(FACTS))
    found[[_FACT_PLACES[fact] for fact in facts]] = 1
    return found


def _other_thing(thing: Thing, rng: Random, alone: bool) -> Thing:
    if alone and rng.random() < 0.3:
        return replace(thing, place=rng.choice(tuple(PLACES)))
    trait, values = rng.choice(tuple(_THING_TRAITS.items()))
    return replace(thing, **{trait: rng.choice(values)})


def _other_figure(figure: Figure, rng: Random, alone: bool) -> Figure:
    if alone and rng.random() < 0.2:
        return replace(figure, place=rng.choice(tuple(FIGURE_PLACES)))
    trait, values = rng.choice(tuple(_FIGURE_TRAITS.items()))
    if trait == "clothes" and figure.character not in _SEEN_BARE:
        values = tuple(COLOURS)
    if trait == "character" and figure.clothes == "bare":
        values = _SEEN_BARE
    changed: dict[str, Any] = {trait: rng.choice(values)}
    return replace(figure, **changed)


def look_alike(scene: Scene, rng: Random) -> Scene:
    """Change one trait of one thing or figure in a scene, or put its two things in each other's places."""
    things, figures = list(scene.things), list(scene.figures)
    alone = len(things) + len(figures) == 1
    if len(things) == 2 and rng.random() < 0.3:
        a, b = things
        things = [replace(a, place=b.place), replace(b, place=a.place)]
    elif (i := rng.randrange(len(things) + len(figures))) < len(things):
        things[i] = _other_thing(things[i], rng, alone)
    else:
        i -= len(things)
        figures[i] = _other_figure(figures[i], rng, alone and not scene.portrait)
    return replace(scene, things=tuple(things), figures=tuple(figures))


def look_alikes(rng: Random, groups: int, group: int) -> list[Scene]:
    """Give groups of scenes in which each differs from the first in one trait of one thing or figure only.

    Told apart from strangers alone, a caption is known by its background and nothing else is learned.
    """
    scenes: list[Scene] = []
    while len(scenes) < groups * group:
        first = training_scene(rng)
        family = {first: None}
        while len(family) < group:
            other = look_alike(first, rng)
            if not other.held_out:
                family[other] = None
            elif rng.random() < 0.1:
                family[training_scene(rng)] = None
        scenes += family
    return scenes
