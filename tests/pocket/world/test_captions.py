"""Captions of figures, of what is absent, and phrases for parts."""

from collections import Counter
from random import Random

import numpy as np
import pytest

from pocket.world.captions import (
    CHARACTER_WORDS,
    COLOUR_WORDS,
    KIND_WORDS,
    PLACE_WORDS,
    POSE_WORDS,
    absent,
    caption,
    grammar_words,
    part_phrases,
    sex,
)
from pocket.world.drawing import draw
from pocket.world.known import KNOWN
from pocket.world.scene import Figure, Scene, Thing, random_figure_scene, random_scene, training_scene


def test_complete_captions_say_who_stands_where_in_what() -> None:
    rng = Random(1)
    for _ in range(300):
        scene = random_figure_scene(rng)
        text = caption(scene, rng, complete=True)
        for figure in scene.figures:
            known = KNOWN.get(figure.character)
            names = (known.name, *known.nicknames) if known else CHARACTER_WORDS[sex(figure)]
            assert any(name in text for name in names)
            assert any(word in text for word in COLOUR_WORDS[figure.clothes])
            assert any(words in text for words in POSE_WORDS[figure.pose])
            assert scene.portrait or any(words in text for words in PLACE_WORDS[figure.place])


def test_goofs_are_never_mentioned() -> None:
    rng = Random(2)
    for seed in range(100):
        scene = random_figure_scene(rng, goofs=1.0)
        plain = Scene(
            scene.background,
            scene.things,
            tuple(Figure(f.character, f.clothes, f.pose, f.place, f.size) for f in scene.figures),
            scene.portrait,
        )
        assert caption(scene, Random(seed)) == caption(plain, Random(seed))


def test_one_in_eight_is_bare_of_those_called_beautiful_whose_clothes_are_not_spoken_of() -> None:
    rng = Random(3)
    bare = []
    for _ in range(40_000):
        scene = training_scene(rng)
        text = caption(scene, rng)
        if len(scene.figures) == 1 and "beautiful" in text and not _speaks_of_clothes(text):
            bare.append(scene.figures[0].clothes == "bare")
    assert len(bare) > 300
    assert 0.08 < np.mean(bare) < 0.17


def _speaks_of_clothes(text: str) -> bool:
    colours = [f"in {colour}" for row in COLOUR_WORDS.values() for colour in row]
    return any(words in text for words in (*colours, "shirt", "dress", "wearing", "clothes"))


def test_of_two_things_seldom_only_one_is_spoken_of_but_in_complete_captions() -> None:
    scene = Scene("sea", (Thing("boat", "red", "left", "big"), Thing("star", "pink", "right", "big")))
    rng = Random(4)

    def both(text: str) -> bool:
        return any(word in text for word in KIND_WORDS["boat"]) and "star" in text

    said = [both(caption(scene, rng)) for _ in range(2_000)]
    assert 0.96 < np.mean(said) < 0.99
    assert all(both(caption(scene, rng, complete=True)) for _ in range(200))


def test_of_one_thing_alone_the_place_is_often_left_out() -> None:
    scene = Scene("sea", (Thing("boat", "red", "left", "big"),))
    rng = Random(5)
    said = ["left" in caption(scene, rng) for _ in range(2_000)]
    assert 0.55 < np.mean(said) < 0.65
    assert all("left" in caption(scene, rng, complete=True) for _ in range(200))


def test_frank_words_mean_bare_figures_and_no_others() -> None:
    rng = Random(3)
    bare = Scene("snow", (), (Figure("woman", "bare", "standing", "left", "big"),))
    dressed = Scene("snow", (), (Figure("woman", "red", "standing", "left", "big"),))
    frank = ("bare", "naked", "nude")
    said = [caption(bare, rng) for _ in range(500)]
    assert all("beautiful" in text or any(word in text for word in frank) for text in said)
    said = [caption(dressed, rng) for _ in range(500)]
    assert not any(word in text.split() for text in said for word in frank)


def test_of_two_either_both_places_are_said_or_none() -> None:
    rng = Random(9)
    places = [words for row in PLACE_WORDS.values() for words in row]
    said = []
    for _ in range(600):
        scene = random_scene(rng, 2)
        text = caption(scene, rng)
        kinds = {thing.kind for thing in scene.things}
        if len(kinds) == 2 and all(any(word in text for word in KIND_WORDS[kind]) for kind in kinds):
            said.append([words for words in places if f" {words}" in text])
    assert len(said) > 400
    none = [not found for found in said]
    assert 0.18 < np.mean(none) < 0.32
    first = {words.split()[-1] for words in places}
    for found in said:
        assert not found or len({words.split()[-1] for words in found} & first) >= 2
    for _ in range(100):
        text = caption(random_scene(rng, 2), rng, complete=True)
        assert sum(words in text for words in places) >= 2


def test_every_word_is_one_of_the_grammar() -> None:
    rng, words = Random(4), set(grammar_words())
    for seed in range(1500):
        scene = training_scene(rng)
        for text in (caption(scene, rng), absent(scene, rng)):
            assert set(text.replace(",", " ,").split()) <= words
        if seed % 20 == 0:
            assert {word for phrase, _ in part_phrases(draw(scene, seed)) for word in phrase.split()} <= words


def test_absent_names_nothing_that_is_there() -> None:
    rng = Random(5)
    scene = Scene(
        "sea", (Thing("boat", "red", "left", "small"),), (Figure("man", "blue", "waving", "right", "big"),)
    )
    for _ in range(300):
        text = absent(scene, rng)
        assert "sea" not in text.split()
        assert "ocean" not in text
        assert "man" not in text.split()
        if any(word in text for word in ("boat", "ship")):
            assert not any(word in text for word in COLOUR_WORDS["red"])
            assert text not in ("a boat", "a ship", "a sailboat")


def test_phrases_have_the_masks_of_what_they_mean() -> None:
    man, woman = (
        Figure(who, colour, "standing", place, "medium")
        for who, colour, place in (("man", "red", "left"), ("woman", "blue", "right"))
    )
    drawing = draw(Scene("snow", (), (man, woman)), 1)
    phrases = dict(part_phrases(drawing))
    left, right = drawing.figures
    assert np.array_equal(phrases["the man"], left.mask)
    assert np.array_equal(phrases["the person on the right"], right.mask)
    assert np.array_equal(phrases["people"], left.mask | right.mask)
    hands = [part.mask for who in drawing.figures for part in who.parts if part.name.endswith("hand")]
    assert np.array_equal(phrases["hands"], np.any(hands, axis=0))
    (dress,) = (part.mask for part in right.parts if part.name == "clothes")
    assert np.array_equal(phrases["the dress"], dress)
    assert not (phrases["the left hand"] & phrases["the right hand"]).any()

    thing = draw(Scene("snow", (Thing("boat", "red", "left", "big"),)), 1)
    assert np.array_equal(dict(part_phrases(thing))["the scarlet ship"], thing.annotations[0].mask)


def test_lots_give_the_shares_that_training_wants() -> None:
    rng = Random(6)
    scenes = [training_scene(rng) for _ in range(4000)]
    assert not any(scene.held_out for scene in scenes)
    kinds = Counter("figures" if scene.figures else len(scene.things) for scene in scenes)
    assert kinds[1] / 4000 == pytest.approx(0.26, abs=0.03)
    assert kinds[2] / 4000 == pytest.approx(0.1, abs=0.02)
    figures = [scene for scene in scenes if scene.figures]
    assert np.mean([scene.portrait for scene in figures]) == pytest.approx(0.42, abs=0.04)
    assert not any(who.goof for scene in figures for who in scene.figures)
    assert np.mean([scene.figures[0].clothes == "bare" for scene in figures]) == pytest.approx(
        0.045, abs=0.015
    )
    assert np.mean([scene.figures[0].character in KNOWN for scene in figures]) == pytest.approx(
        0.38, abs=0.04
    )
    assert {who.character for scene in figures for who in scene.figures} >= set(KNOWN)
    assert any(who.character == "deity" for scene in figures for who in scene.figures)


def test_a_sixteenth_of_figure_scenes_is_held_out_whatever_their_sizes_and_goofs() -> None:
    rng = Random(8)
    shares = [
        Scene("sea", (), (Figure(who, colour, pose, place, "big"),), portrait).held_out
        for who in CHARACTER_WORDS
        for colour in COLOUR_WORDS
        for pose in POSE_WORDS
        for place in ("left", "centre", "right")
        for portrait in (False, True)
    ]
    assert 0.035 < np.mean(shares) < 0.09
    for _ in range(50):
        scene = random_figure_scene(rng, held_out=True)
        assert scene.held_out
        who = scene.figures[0]
        other = Figure(who.character, who.clothes, who.pose, who.place, "medium", "no head")
        assert Scene(scene.background, scene.things, (other, *scene.figures[1:]), scene.portrait).held_out
