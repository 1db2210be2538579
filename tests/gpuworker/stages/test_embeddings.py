"""Embeddings that come with a job: fetched by their hash, checked, and handed to the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench, JobFailed, WorkerFailed
from gpuworker.stages.embeddings import carried_by
from gpuworker.stages.imagine import imagine
from storage.blobs import Blobs, BlobStoreAway
from storage.jobs import Imagine, Job
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeEngine, bench_of

VECTORS = torch.arange(128.0).reshape(2, 64)


@pytest.fixture
def a_bench(tmp_path: Path, words: Words) -> Callable[..., Bench]:
    return partial(bench_of, tmp_path, engine=FakeEngine(), words=words)


def naming(blob: str) -> Job:
    job = a_job(steps=1)
    return job.model_copy(update={"task": job.task.model_copy(update={"embeddings": {"zorbo": blob}})})


def stored(bench: Bench, file: bytes) -> Imagine:
    return imagined(naming(bench.blobs.put(file)))


def test_the_engine_gets_what_the_job_names_and_the_recipe_names_it_too(
    a_bench: Callable[..., Bench],
) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine)
    file = save({"emb_params": VECTORS})
    job = naming(bench.blobs.put(file))
    (picture,) = imagine(job, bench)
    (request,) = engine.rendered
    carried = request.embeddings["zorbo"]
    assert carried.hash == hashlib.sha256(file).hexdigest()
    assert [each.tolist() for each in carried.embedding.vectors] == [VECTORS.tolist()]
    recipe = picture.recipe
    assert recipe.embeddings == imagined(job).embeddings == {"zorbo": carried.hash}
    assert carried_by(imagined(job), bench)["zorbo"].embedding is carried.embedding


def test_what_cannot_be_had_is_a_sentence(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    with pytest.raises(JobFailed, match="The embedding zorbo is no longer kept"):
        carried_by(imagined(naming("0" * 64)), bench)
    hostile = (
        b"\x80\x02cos\nsystem\n",
        b"\xff" * 100,
        save({"a": VECTORS, "b": VECTORS + 1}),
        save({"emb_params": torch.full((1, 64), torch.nan)}),
        save({"emb_params": torch.ones(3, 3, 3)}),
    )
    for file in hostile:
        with pytest.raises(JobFailed, match="The embedding zorbo cannot be read"):
            carried_by(stored(bench, file), bench)


def test_a_store_that_is_away_is_a_sentence(
    a_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = a_bench()
    task = stored(bench, save({"emb_params": VECTORS + 1}))

    def away(self: Blobs, sha: str) -> bytes:
        raise BlobStoreAway("away")

    monkeypatch.setattr(Blobs, "get", away)
    with pytest.raises(WorkerFailed, match="the picture store is away"):
        carried_by(task, bench)
