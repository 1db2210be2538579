"""Weighted captions are to the denoiser, while it learns, what weighted prompts are in the engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from moderation.prompt_language.fragments import Fragment
from pocket import WEIGHTS
from pocket.checkpoint.editions import EDITIONS
from pocket.checkpoint.emphasis import colour_told, shown, weighted
from pocket.checkpoint.export import load_parts
from pocket.world.scene import Figure, Scene, Thing

STAR, HOUSE = Thing("star", "red", "left", "big"), Thing("house", "blue", "right", "small")
WOMAN = Figure("woman", "blue", "waving", "centre", "big")
THINGS, SOMEBODY = Scene("snow", (STAR, HOUSE)), Scene("sea", (), (WOMAN,))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a red star and a blue house in winter", "red"),
        ("a house, a scarlet star, in the snow", "scarlet"),
        ("a star and a blue house", None),
        ("a red star and a red house", None),
        ("", None),
    ],
)
def test_the_word_of_the_colour_that_differs_is_found_where_it_stands_once(
    text: str, word: str | None
) -> None:
    assert colour_told(text, THINGS, replace(THINGS, things=(replace(STAR, colour="pink"), HOUSE))) == word


def test_what_differs_in_no_colour_has_no_word() -> None:
    text = "a red star and a blue house in the snow"
    for other in (
        replace(THINGS, background="night"),
        replace(THINGS, things=(replace(STAR, kind="boat"), HOUSE)),
        replace(THINGS, things=(*THINGS.things, replace(STAR, place="top"))),
    ):
        assert colour_told(text, THINGS, other) is None
    in_pink = replace(SOMEBODY, figures=(replace(WOMAN, clothes="pink"),))
    assert colour_told("a lady in a blue dress at sea", SOMEBODY, in_pink) == "blue"


def test_a_picture_shows_as_much_of_a_colour_as_its_weight_says() -> None:
    red, blue = torch.ones(4, 8, 8), torch.zeros(4, 8, 8)
    found = [float(shown(red, blue, weight).mean()) for weight in (-1.0, 0.0, 0.25, 1.0, 1.5)]
    assert found == pytest.approx([0, 0, 0.25, 1, 1])


@pytest.mark.parametrize("name", list(EDITIONS))
@torch.inference_mode()
def test_weighted_captions_are_read_as_the_engine_reads_them(name: str) -> None:
    parts = load_parts(WEIGHTS / name)
    prompts = EDITIONS[name].prompts_of(parts.towers, parts.tokenizers)
    captions = ["a blue house", "a boat at sea", "a red star, a house"]
    weights = {0: ("blue", 0.4), 2: ("red", -1.0)}
    rows = prompts.rows(captions)
    found = weighted(prompts, captions, weights)["encoder_hidden_states"]
    assert torch.equal(found[1], rows[0][1])
    model = CheckpointStore(WEIGHTS, "cpu").get(name).model
    for place, (word, weight) in weights.items():
        before, _, after = captions[place].partition(word)
        text = ((Fragment(before), Fragment(word, weight), Fragment(after)),)
        states, *_ = model.encode_prompt(text)
        assert torch.allclose(found[place], states[0].float(), atol=0.02)
        assert not torch.allclose(rows[0][place], states[0].float(), atol=0.1)
