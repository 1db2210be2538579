"""What a picture is turned into for training, and the words around the trained one."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.model import WeightedEmbedding
from gpuworker.training.lessons import first_vectors, lesson_of, text_of, texts_around
from storage.training import Subject


@pytest.mark.parametrize("subject", list(Subject))
def test_a_caption_that_names_the_word_says_where_it_stands(subject: Subject) -> None:
    assert texts_around("a Zorp in the snow", "zorp", subject) == [("a ", " in the snow")]
    assert texts_around("zorps", "zorp", subject) != [("", "s")]
    assert texts_around("परी", "पर", subject) != [("", "\u0940")]


def test_a_thing_stands_before_its_surroundings_and_a_style_behind_what_it_is_of() -> None:
    assert ("a ", " in the snow") in texts_around("in the snow", "zorp", Subject.OBJECT)
    assert ("", " in the snow") in texts_around("in the snow", "zorp", Subject.CHARACTER)
    assert ("a red boat, in the style of ", "") in texts_around("a red boat", "zorp", Subject.STYLE)
    assert all(before or after for before, after in texts_around("", "zorp", Subject.STYLE))


def test_vectors_take_the_place_of_the_word() -> None:
    ((before, word, after),) = text_of(("a ", " in the snow"), (torch.ones(2, 3),))
    assert isinstance(word, WeightedEmbedding)
    assert (before, after) == (("a ", 1.0, False), (" in the snow", 1.0, False))
    assert len(text_of(("", ""), (torch.ones(2, 3),))[0]) == 1


def test_a_mirrored_picture_has_the_other_side_in_its_caption() -> None:
    picture = Image.new("RGB", (40, 40), "white")
    picture.paste("black", (0, 0, 20, 40))
    seen: list[Tensor] = []

    def encode(pixels: Tensor) -> Tensor:
        seen.append(pixels)
        return pixels

    mask = Image.new("L", (40, 40))
    mask.paste(255, (0, 0, 10, 40))
    lesson = lesson_of(picture, mask, "on the left", "zorp", Subject.OBJECT, encode, seed=1)
    (pixels,) = seen
    assert pixels.shape == (6, 3, 40, 40)
    assert (float(pixels.min()), float(pixels.max())) == (-1, 1)
    dark_left = pixels[..., :10].mean((1, 2, 3)) < 0
    assert dark_left.tolist() == [True] * 3 + [False] * 3
    assert [texts[0][1] for texts in lesson.texts] == [" on the left"] * 3 + [" on the right"] * 3
    assert torch.allclose(lesson.weights.mean((1, 2, 3)), torch.ones(6))
    heavier = lesson.weights[..., :20].mean((1, 2, 3)) > lesson.weights[..., 20:].mean((1, 2, 3))
    assert heavier.tolist() == dark_left.tolist()


def test_a_training_begins_with_the_words_for_what_is_seen(checkpoints: CheckpointStore) -> None:
    checkpoint = checkpoints.get("tiny")
    table = checkpoint.model.networks["text_encoder"].get_input_embeddings().weight
    ids = checkpoint.model.tokenizer("ab", add_special_tokens=False).input_ids  # type: ignore[attr-defined]
    assert len(ids) == 2
    for count, places in ((1, [1]), (2, [0, 1]), (3, [0, 0, 1]), (4, [0, 0, 1, 1])):
        (vectors,) = first_vectors(checkpoint, "ab", count)
        assert torch.equal(vectors, table[[ids[place] for place in places]])


def test_a_style_that_has_no_word_is_learned_with_captions_and_without() -> None:
    assert set(texts_around("a red boat", "", Subject.STYLE)) == {("a red boat", ""), ("", "")}
