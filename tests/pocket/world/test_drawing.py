"""The pocket world: annotations that are exact, captions that follow the scene, a split that holds."""

from random import Random

import numpy as np
import pytest

from pocket.corpus import CELLS, MAP_NAMES, draw_maps, load_corpus, training_scenes
from pocket.world.captions import (
    BACKGROUND_WORDS,
    COLOUR_WORDS,
    KIND_WORDS,
    PLACE_WORDS,
    caption,
    grammar_words,
)
from pocket.world.drawing import SIZE, draw
from pocket.world.scene import (
    BACKGROUNDS,
    COLOURS,
    KINDS,
    PLACES,
    SIZES,
    Scene,
    Thing,
    random_scene,
)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("kind", KINDS)
def test_mask_and_box_are_those_of_the_object(background: str, kind: str) -> None:
    for seed, colour in enumerate(COLOURS):
        drawing = draw(Scene(background, (Thing(kind, colour, "left", "big"),)), seed)
        (annotation,) = drawing.annotations
        inside = drawing.pixels[annotation.mask]
        colours, counts = np.unique(inside, axis=0, return_counts=True)
        assert tuple(colours[counts.argmax()]) == COLOURS[colour]
        left, top, right, bottom = annotation.box
        assert annotation.mask[top:bottom, left:right].sum() == annotation.mask.sum()
        assert annotation.mask[top:bottom, [left, right - 1]].any(0).all()
        assert annotation.mask[[top, bottom - 1], left:right].any(1).all()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", SIZES)
def test_things_stand_where_they_should_and_are_as_large(place: str, size: str) -> None:
    for seed in range(5):
        (annotation,) = draw(Scene("snow", (Thing("circle", "red", place, size),)), seed).annotations
        left, top, right, bottom = annotation.box
        x, y = PLACES[place]
        assert abs((left + right) / 2 - x) <= 4
        assert abs((top + bottom) / 2 - y) <= 4
        assert SIZES[size] * 1.7 <= right - left <= SIZES[size] * 2 + 1


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("size", [(192, 128), (128, 224), (320, 192)])
def test_pictures_of_other_shapes_show_the_same_once_and_no_smaller(
    background: str, size: tuple[int, int]
) -> None:
    across, down = size
    drawing = draw(Scene(background, (Thing("circle", "red", "right", "big"),)), 1, size)
    assert drawing.pixels.shape == (down, across, 3)
    # Nothing of the sheet is left as it was before it was painted.
    assert (drawing.pixels[:, -1].max(1) > 0).all()
    assert (drawing.pixels[-1].max(1) > 0).all()
    (annotation,) = drawing.annotations
    left, top, right, bottom = annotation.box
    unit = min(size) / SIZE
    assert abs((left + right) / 2 - across * 0.75) <= 4 * unit
    assert abs((top + bottom) / 2 - down * 0.5) <= 4 * unit
    assert SIZES["big"] * 1.7 * unit <= right - left <= SIZES["big"] * 2 * unit + 1
    red = (drawing.pixels == COLOURS["red"]).all(2)
    assert red[annotation.mask].mean() > 0.9
    assert not red[~annotation.mask].any()


def test_maps_of_other_shapes_lie_on_what_they_name() -> None:
    drawing = draw(Scene("sea", (Thing("star", "blue", "left", "big"),)), 1, (320, 192))
    maps = draw_maps(drawing)
    assert maps.shape == (len(MAP_NAMES), CELLS, 27)
    (annotation,) = drawing.annotations
    star = maps[MAP_NAMES.index("star")]
    assert star.max() == 255
    assert star.sum() / 255 * 144 == pytest.approx(annotation.mask.sum(), rel=0.05)
    left, top, right, bottom = (side // 12 for side in annotation.box)
    assert star[top : bottom + 1, left : right + 1].sum() == star.sum()


def test_two_things_never_touch() -> None:
    rng = Random(3)
    for seed in range(100):
        first, second = draw(random_scene(rng, 2), seed).annotations
        assert not (first.mask & second.mask).any()


def test_drawing_is_a_function_of_scene_and_seed() -> None:
    scene = random_scene(Random(1), 2)
    assert np.array_equal(draw(scene, 5).pixels, draw(scene, 5).pixels)
    assert not np.array_equal(draw(scene, 5).pixels, draw(scene, 6).pixels)
    assert draw(scene, 5).pixels.shape == (SIZE, SIZE, 3)


def test_captions_say_what_is_drawn_and_depend_on_the_seed_alone() -> None:
    rng = Random(2)
    tables = (("kind", KIND_WORDS), ("colour", COLOUR_WORDS), ("place", PLACE_WORDS))
    for seed in range(200):
        scene = random_scene(rng, 1 + seed % 2)
        text = caption(scene, Random(seed), complete=True)
        assert text == caption(scene, Random(seed), complete=True)
        assert any(phrase in text for phrase in BACKGROUND_WORDS[scene.background])
        for thing in scene.things:
            for trait, words in tables:
                assert any(phrase in text for phrase in words[getattr(thing, trait)])


def test_no_word_stands_for_two_kinds_or_colours() -> None:
    for table in (KIND_WORDS, COLOUR_WORDS, PLACE_WORDS, BACKGROUND_WORDS):
        phrases = [phrase for row in table.values() for phrase in row]
        assert len(phrases) == len(set(phrases))


def test_captions_use_only_words_of_the_grammar() -> None:
    rng, words = Random(4), set(grammar_words())
    for i in range(300):
        assert set(caption(random_scene(rng, 1 + i % 2), rng).replace(",", " ,").split()) <= words


def test_training_never_sees_a_held_out_combination() -> None:
    trained = training_scenes(4000, seed=1)
    assert not any(scene.held_out for scene in trained)
    assert {len(scene.things) for scene in trained if not scene.figures} == {1, 2}
    rng = Random(5)
    held_out = [random_scene(rng, 1 + i % 2, held_out=True) for i in range(200)]
    assert all(scene.held_out for scene in held_out)
    assert not set(held_out) & set(trained)


def test_split_does_not_depend_on_sizes_or_the_order_of_things() -> None:
    rng = Random(6)
    for _ in range(100):
        scene = random_scene(rng, 2)
        other = [Thing(thing.kind, thing.colour, thing.place, "small") for thing in reversed(scene.things)]
        assert Scene(scene.background, tuple(other)).held_out == scene.held_out


def test_about_a_sixteenth_is_held_out() -> None:
    every = [
        Scene(background, (Thing(kind, colour, place, "big"),))
        for background in BACKGROUNDS
        for kind in KINDS
        for colour in COLOURS
        for place in PLACES
    ]
    assert 0.05 < sum(scene.held_out for scene in every) / len(every) < 0.075


def test_corpus_is_drawn_once_and_its_maps_lie_on_what_they_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    corpus = load_corpus(tmp_path, 24)
    again = load_corpus(tmp_path, 24)
    assert np.array_equal(corpus.pixels, again.pixels)
    assert corpus.maps.shape == (24, len(MAP_NAMES), CELLS, CELLS)
    for scene, map_ in zip(corpus.scenes, corpus.maps, strict=True):
        for thing in scene.things:
            x, y = (c * CELLS // SIZE for c in PLACES[thing.place])
            assert map_[MAP_NAMES.index(thing.kind), y, x] > 64
            assert map_[MAP_NAMES.index(thing.colour), y, x] > 64
        assert map_[MAP_NAMES.index("torso")].any() == bool(scene.figures)
        assert map_[MAP_NAMES.index("bare")].any() == any(who.clothes == "bare" for who in scene.figures)
