"""Detectors of people, faces and hands see a whole figure together."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from gpuworker.models.joint import Joint
from gpuworker.models.lazy import lazy_counters
from gpuworker.models.yolo import Found
from moderation.bodies import countable
from storage.settings import Settings


class One:
    def __init__(self, label: str, *scores: float) -> None:
        self.names, self.scores = (label,), scores

    def find(self, pictures: Sequence[Image.Image], score: float, overlap: float) -> list[list[Found]]:
        return [[Found(self.names[0], each, (0, 0, 9, 9)) for each in self.scores] for _ in pictures]


def test_they_find_what_each_finds_the_surest_first() -> None:
    joint = Joint([One("person", 0.8), One("hand", 0.9, 0.3), One("face")])
    assert joint.names == ("person", "hand", "face")
    assert countable(joint.names) == ("face", "hand")
    found = joint.find([Image.new("RGB", (9, 9))] * 2, 0.05, 0.6)
    assert [[each.label for each in of_one] for of_one in found] == [["hand", "person", "hand"]] * 2


def test_the_operator_names_them() -> None:
    chosen = lazy_counters(Settings(anatomy="adetailer-person, adetailer-face,adetailer-hand"), "cpu")
    assert [each.name for each in chosen] == ["adetailer-person", "adetailer-face", "adetailer-hand"]
    assert lazy_counters(Settings(), "cpu") == ()
