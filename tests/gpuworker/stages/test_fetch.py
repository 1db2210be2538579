"""Pictures that a job is about: gone, away, or not to be shown."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from gpuworker.stages.bench import JobFailed
from gpuworker.stages.fetch import fetch, opened, refuse_blocked
from moderation.findings import PINNED_DETECTOR, Finding, Findings
from moderation.policy import NSFW, SFW
from moderation.said import Said
from storage.blobs import BlobStoreAway
from tests.gpuworker.fake_farm import bench_of


def test_a_stored_picture_comes_as_it_was(tmp_path: Path) -> None:
    bench, png = bench_of(tmp_path), io.BytesIO()
    Image.new("RGB", (9, 5), "teal").save(png, "PNG")
    data = fetch(bench, bench.blobs.put(png.getvalue()))
    assert data == png.getvalue()
    assert opened(data).size == (9, 5)


def test_gone_and_away_are_two_sentences(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="no longer kept: please send it again"):
        fetch(bench_of(tmp_path), "ab" * 32)

    def away(blob: str) -> bytes:
        raise BlobStoreAway("no network")

    with pytest.raises(JobFailed, match="the picture store is away"):
        fetch(bench_of(tmp_path, blobs=SimpleNamespace(get=away)), "ab" * 32)


def test_nudity_is_worked_on_where_the_policy_allows_it() -> None:
    found = (Finding(label="FEMALE_BREAST_EXPOSED", score=0.9, box=(0, 0, 8, 8)),)
    findings = Findings(detector=PINNED_DETECTOR, found=found)
    refuse_blocked(findings, NSFW, Said("a woman"), "sd-1-5")
    with pytest.raises(JobFailed, match="nothing is held against you"):
        refuse_blocked(findings, SFW, Said("a woman"), "sd-1-5")
