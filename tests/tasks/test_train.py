"""What a word can be trained from, and how it may be called."""

from __future__ import annotations

import pytest

from storage.training import CAPTION_LIMIT, Subject, Weights
from tasks.embeddings import NotAName
from tasks.train import NothingToLearn, captions_said, new_training, weights_for, with_captions

IMAGES = [f"{number:x}" * 64 for number in range(10)]


def test_captions_go_with_the_first_pictures_and_the_others_get_theirs_later() -> None:
    task = new_training("zorp", IMAGES[:4], captions=["in  the\nsnow", "x" * 999])
    assert [each.caption for each in task.examples] == ["in the snow", "x" * CAPTION_LIMIT, None, None]
    assert task.prompt.startswith("zorp, in the snow, ")
    assert (task.subject, task.vectors) == (Subject.OBJECT, 2)


def test_a_picture_that_is_sent_twice_counts_once() -> None:
    task = new_training("zorp", [IMAGES[0], *IMAGES[:3]], captions=["one", "two"])
    assert [each.image for each in task.examples] == IMAGES[:3]
    assert task.examples[0].caption == "one"
    with pytest.raises(NothingToLearn, match="at least 3 that differ"):
        new_training("zorp", IMAGES[:1] * 5)


@pytest.mark.parametrize("count", [0, 2, 11, 20])
def test_too_few_or_many_pictures_are_one_sentence(count: int) -> None:
    with pytest.raises(NothingToLearn, match=f"3 to 10 pictures, and this is {count}"):
        new_training("zorp", (IMAGES * 2)[:count])


@pytest.mark.parametrize("word", ["z" * 200, "🦊🦊🦊", "", "a b", "the", "AND", "porn"])
def test_what_is_no_word_of_ones_own_is_refused(word: str) -> None:
    with pytest.raises(NotAName):
        new_training(word, IMAGES[:3])


def test_captions_are_read_a_line_for_each_picture() -> None:
    assert captions_said("in the  snow\n\n", 3) == ("in the snow", "", "")
    assert captions_said("", 3) == ("", "", "")
    assert [len(each) for each in captions_said("x" * 500, 3)] == [CAPTION_LIMIT, 0, 0]
    with pytest.raises(NothingToLearn, match="4 lines for 3 pictures"):
        captions_said("a\nb\nc\nd", 3)
    corrected = with_captions(new_training("zorp", IMAGES[:3], captions=["one"]), ["two", "", "three"])
    assert [each.caption for each in corrected.examples] == ["two", "", "three"]


@pytest.mark.parametrize(
    ("subject", "lora", "allowed", "weights"),
    [
        (Subject.STYLE, None, True, Weights.LORA),
        (Subject.STYLE, None, False, Weights.EMBEDDING),
        (Subject.STYLE, False, True, Weights.EMBEDDING),
        (Subject.OBJECT, None, True, Weights.EMBEDDING),
        (Subject.CHARACTER, True, True, Weights.LORA),
    ],
)
def test_a_style_becomes_a_lora_unless_somebody_says_otherwise(
    subject: Subject, lora: bool | None, allowed: bool, weights: Weights
) -> None:
    assert weights_for(subject, lora, allowed=allowed) is weights
