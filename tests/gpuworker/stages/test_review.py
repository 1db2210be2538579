"""The last look at a picture, and its way into the store."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gpuworker.stages import review
from gpuworker.stages.bench import JobFailed
from gpuworker.stages.review import Made, detector_of, judged, kept
from moderation.judge import judge_picture
from moderation.pictures import Detector
from moderation.policy import SFW
from moderation.said import Said
from storage.blobs import BlobStoreAway
from storage.recipe_file import read_recipe
from tests.conftest import a_job
from tests.gpuworker.fake_farm import FakeDetector, bench_of
from tests.storage.recipes import PICTURE, RECIPE

TEAL = PICTURE.getpixel((0, 0))


def made(*nude_seeds: int) -> Made:
    return judged(PICTURE, RECIPE, a_job(), cast(Detector, FakeDetector(*nude_seeds)))


def test_without_a_detector_there_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="cannot be checked"):
        detector_of(bench_of(tmp_path, detector=None))


def test_what_is_allowed_is_stored_with_its_recipe(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    picture = kept(made(), a_job(), bench)
    assert picture.blob is not None
    (tmp_path / "taken.png").write_bytes(bench.blobs.get(picture.blob))
    assert read_recipe(str(tmp_path / "taken.png")) == RECIPE


def test_what_is_blocked_never_leaves_the_worker(tmp_path: Path) -> None:
    assert isinstance(TEAL, tuple)
    picture = kept(made(TEAL[0]), a_job(), bench_of(tmp_path))
    assert (picture.blob, picture.verdict.blocked) == (None, True)
    assert not list(tmp_path.rglob("*.png"))


def test_for_review_it_is_stored_unless_nobody_may_approve_it(tmp_path: Path) -> None:
    assert isinstance(TEAL, tuple)
    for_review, bench = a_job().model_copy(update={"for_review": True}), bench_of(tmp_path)
    picture = kept(made(TEAL[0]), for_review, bench)
    assert picture.verdict.blocked
    assert picture.blob is not None
    bare = made(TEAL[0]).picture
    child = judge_picture(bare.findings, SFW, Said("a child on a swing"), checkpoint="pocket")
    floor = Made(PICTURE, bare.model_copy(update={"verdict": child}))
    assert kept(floor, for_review, bench).blob is None


def test_a_store_that_is_away_is_asked_again_and_then_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "_PUT_PAUSES", (0.0, 0.0))
    asked = []

    def put(png: bytes) -> str:
        asked.append(png)
        if len(asked) < 3 or len(asked) > 3:
            raise BlobStoreAway("full")
        return "ab" * 32

    bench = bench_of(tmp_path, blobs=SimpleNamespace(put=put))
    assert kept(made(), a_job(), bench).blob == "ab" * 32
    with pytest.raises(JobFailed, match="the picture store is full or away"):
        kept(made(), a_job(), bench)
    assert len(asked) == 6
