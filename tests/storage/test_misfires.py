"""Misfires are kept without anything that leads back to anybody, and handed on as COCO has it."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from PIL import Image

from moderation.bodies import Goof
from storage.events import Discarded
from storage.misfires import Misfires, as_coco
from storage.recipe_file import to_png
from tests.storage.recipes import RECIPE

ARMS = Goof(part="arm", counted=3, expected=2, severe=True, boxes=((10, 20, 40, 60), (70, 20, 90, 60)))
HEAD = Goof(part="head", counted=0, expected=1, severe=True, boxes=((0, 0, 64, 90),))
DISCARDED = Discarded(blob="ab" * 32, recipe=RECIPE, size=(128, 96), goofs=(ARMS, HEAD))


def kept(home: Path, with_prompt: bool = False) -> Misfires:
    misfires = Misfires(home)
    misfires.add(DISCARDED, to_png(Image.new("RGB", (128, 96), "teal"), RECIPE), with_prompt)
    return misfires


def test_nothing_leads_back_to_anybody(tmp_path: Path) -> None:
    ((misfire, picture),) = kept(tmp_path)
    said = misfire.model_dump_json()
    assert RECIPE.prompt not in said
    assert "seed" not in said
    with Image.open(picture) as image:
        assert image.size == (128, 96)
        assert image.info == {}, "no recipe is left in the file"
    assert RECIPE.prompt.encode() not in picture.read_bytes()
    assert misfire.checkpoint_hash == RECIPE.checkpoint_hash
    assert (misfire.steps, misfire.sampler) == (RECIPE.steps, RECIPE.sampler)


def test_words_are_kept_only_where_that_was_agreed(tmp_path: Path) -> None:
    ((misfire, _),) = kept(tmp_path, with_prompt=True)
    assert misfire.prompt == RECIPE.prompt


def test_what_does_not_fit_on_the_disk_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, *_: object, **__: object) -> None:
        file.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        kept(tmp_path)
    assert list((tmp_path / "misfires").iterdir()) == []


def test_what_is_no_misfire_is_passed_over(tmp_path: Path) -> None:
    misfires = kept(tmp_path)
    (tmp_path / "misfires" / "broken.json").write_text("{")
    assert len(list(misfires)) == 1
    assert list(Misfires(tmp_path / "elsewhere")) == []


def test_coco_reads_as_its_tools_read_it(tmp_path: Path) -> None:
    misfires = kept(tmp_path)
    told = json.loads(json.dumps(as_coco([(misfire, f"{n}.png") for n, (misfire, _) in enumerate(misfires)])))
    # What pycocotools' COCO.createIndex and loadAnns rely on.
    images = {image["id"]: image for image in told["images"]}
    categories = {category["id"]: category["name"] for category in told["categories"]}
    assert len({annotation["id"] for annotation in told["annotations"]}) == len(told["annotations"]) == 3
    for annotation in told["annotations"]:
        image = images[annotation["image_id"]]
        left, top, width, height = annotation["bbox"]
        assert 0 <= left < left + width <= image["width"]
        assert 0 <= top < top + height <= image["height"]
        assert annotation["area"] == width * height
        assert annotation["iscrowd"] == 0
        assert annotation["category_id"] in categories
    assert [categories[each["category_id"]] for each in told["annotations"]] == ["arm", "arm", "head"]
    assert told["annotations"][0]["attributes"] == {
        "wrong": "count",
        "counted": 3,
        "expected": 2,
        "severe": True,
    }
