from __future__ import annotations

import pytest
from PIL import Image

from storage.called import named_in
from storage.carry_over import Before, Drawn
from storage.served import ServedCheckpoint
from storage.training import Example, Subject
from tasks.carry_over import carrying, drawing, scenes, side_by_side
from tasks.train import new_training

BLOBS = [mark * 64 for mark in "abcd"]
POCKET = ServedCheckpoint(name="pocket", hash="0" * 64, side=128, text_widths=(128,))


@pytest.mark.parametrize("subject", Subject)
def test_a_word_is_drawn_in_scenes_of_which_captions_speak(subject: Subject) -> None:
    for scene in scenes("zorp", subject):
        assert named_in(scene.prompt, {"zorp"}) == {"zorp"}
        assert scene.caption in scene.prompt
        assert "zorp" not in scene.caption
        task = drawing(scene, "zorp", BLOBS[0], POCKET)
        assert (task.width, task.pictures, task.embeddings) == (128, 2, {"zorp": BLOBS[0]})
        assert task == drawing(scene, "zorp", BLOBS[0], POCKET), "the same pictures, however often"


def test_a_word_is_trained_as_it_was_before() -> None:
    before = Before(checkpoint="pocket", drawn=(Drawn(image=BLOBS[3], prompt="zorp at night"),))
    like = new_training("zorp", BLOBS[:3], Subject.CHARACTER, seed=9)
    again = carrying("zorp", like, 5, like.examples, before)
    assert (again.subject, again.seed, again.vectors) == (Subject.CHARACTER, 9, 5)
    assert again.sources == tuple(BLOBS)
    unknown = carrying("zorp", None, 2, [Example(image=each) for each in BLOBS[:3]], before)
    assert unknown.subject is Subject.OBJECT


def test_what_was_drawn_stands_above_what_is_drawn_now() -> None:
    old, new = (Image.new("RGB", (64, 64), colour) for colour in ("red", "blue"))
    sheet = side_by_side([old, old], [new])
    red, blue = sheet.getpixel((90, 90)), sheet.getpixel((90, sheet.height - 90))
    assert (red, blue) == ((255, 0, 0), (0, 0, 255))
