"""What each kind of start says of itself."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from storage.sizes import Margins
from storage.starts import AnyStart, Blend, Edit, Faces, HeadRoom, Mask, Outpaint, Start, Whole, WordMask
from tests.storage.recorded import IMAGE, MASK

ALL: list[AnyStart] = [
    Whole(image=IMAGE),
    Blend(image=IMAGE, others=(MASK,)),
    Mask(image=IMAGE, mask=MASK),
    WordMask(image=IMAGE, mask_words="the sky"),
    Outpaint(image=IMAGE, margins=Margins(up=8)),
    HeadRoom(image=IMAGE),
    Faces(image=IMAGE, separate=True),
    Edit(image=IMAGE, shows="the sea"),
]
ANY: TypeAdapter[AnyStart] = TypeAdapter(AnyStart)


def test_every_kind_is_one_of_them() -> None:
    assert {type(start) for start in ALL} == set(Start.__subclasses__())


@pytest.mark.parametrize("start", ALL, ids=lambda start: start.kind)
def test_each_comes_back_from_its_journey(start: AnyStart) -> None:
    assert ANY.validate_json(ANY.dump_json(start)) == start


def test_what_is_usual_is_right_for_each_kind() -> None:
    usual = {start.kind: start.strength for start in ALL}
    assert usual == {
        "whole": 0.75,
        "blend": 0.85,
        "mask": 1,
        "word_mask": 1,
        "outpaint": 0.5,
        "head_room": 1,
        "faces": 0.85,
        "edit": 0.8,
    }


def test_masks_and_what_is_blended_are_sources_beside_the_picture() -> None:
    sources = {start.kind: start.sources for start in ALL}
    assert sources.pop("mask") == sources.pop("blend") == (IMAGE, MASK)
    assert set(sources.values()) == {(IMAGE,)}


def test_of_several_pictures_only_those_that_are_blended_may_be_seen() -> None:
    pictures = {start.kind: start.pictures for start in ALL}
    assert pictures.pop("blend") == (IMAGE, MASK)
    assert set(pictures.values()) == {(IMAGE,)}


def test_members_words_are_told_to_be_judged() -> None:
    assert {start.kind: start.words for start in ALL if start.words} == {
        "word_mask": ("the sky",),
        "edit": ("the sea",),
    }


def test_a_guidance_scale_of_their_own_have_those_that_grow_and_edits() -> None:
    assert {start.kind for start in ALL if start.has_own_guidance} == {"outpaint", "head_room", "edit"}


def test_an_edit_is_twice_the_work() -> None:
    assert {start.kind: start.predictions for start in ALL if start.predictions != 1} == {"edit": 2}


def test_only_separate_faces_are_several_pictures() -> None:
    assert [start.kind for start in ALL if start.makes_several] == ["faces"]
    assert not Faces(image=IMAGE).makes_several


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "mask", "image": IMAGE},
        {"kind": "word_mask", "image": IMAGE, "mask_words": " "},
        {"kind": "outpaint", "image": IMAGE, "margins": {}},
        {"kind": "faces", "image": IMAGE, "part": "nose"},
        {"kind": "edit", "image": IMAGE, "shows": ""},
        {"kind": "whole", "image": IMAGE, "strength": 0},
        {"kind": "whole", "image": "../secret"},
        {"kind": "sketch", "image": IMAGE},
        "whole",
    ],
)
def test_what_is_missing_or_wrong_is_refused(said: object) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python(said)
