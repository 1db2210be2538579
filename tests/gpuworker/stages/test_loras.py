"""LoRAs that come with a job: fetched once, worn by the engine, and told when they are gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load

from gpuworker.adapters.about import hash_of_numbers
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.imagine import imagine
from gpuworker.stages.loras import lora_in, loras_of
from gpuworker.stages.train import train
from storage.jobs import Imagine, Job
from storage.noise import Noise
from storage.recipe import sampled
from storage.samplers import Sampler
from storage.training import Subject, Weights
from tests.conftest import imagined
from tests.gpuworker.fake_farm import bench_of
from tests.gpuworker.stages.test_train import _NoMasks, a_training


@pytest.fixture(scope="module")
def engine(checkpoints: CheckpointStore) -> Iterator[Engine]:
    with Engine(checkpoints) as running:
        yield running


@pytest.fixture
def bench(engine: Engine, checkpoints: CheckpointStore, words: Words, tmp_path: Path) -> Bench:
    return bench_of(tmp_path, engine=engine, checkpoints=checkpoints, words=words, masks=_NoMasks())


def drawing(**different: Any) -> Job:
    task = Imagine(
        prompt="a hat <lora:zorp:1>",
        width=64,
        height=64,
        steps=2,
        sampler=Sampler.EULER,
        guidance_scale=3.0,
        noises=(Noise(seed=1),),
        **different,
    )
    return Job(checkpoint="tiny", reply_to="here", task=task)


def test_a_lora_is_trained_and_drawn_with_from_its_blob_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = a_training(bench, subject=Subject.STYLE, weights=Weights.LORA, steps=2)
    pictures, trained = train(job, bench)
    assert trained.bytes == len(file := bench.blobs.get(trained.file))
    assert all(name.startswith("lora_unet_") for name in load(file))
    assert trained.phrase == "", "a style has no name to be called by"
    assert all(picture.recipe.prompt.endswith("<lora:zorp:0.8>") for picture in pictures)
    assert all(picture.recipe.loras == {"zorp": trained.file} for picture in pictures)
    asked = drawing(loras={"zorp": trained.file})
    (drawn,) = imagine(asked, bench)
    assert (recipe := sampled(drawn.recipe)) is not None
    assert recipe.loras == {"zorp": trained.file}
    assert recipe.hashes is not None
    (lora,) = loras_of(imagined(asked), bench).values()
    assert recipe.hashes.loras == {"zorp": hash_of_numbers(lora.file)}


def test_one_that_is_no_longer_kept_is_a_sentence(bench: Bench) -> None:
    with pytest.raises(JobFailed, match="The LoRA zorp is no longer kept"):
        imagine(drawing(loras={"zorp": "ab" * 32}), bench)


def test_a_file_stays_for_as_long_as_a_request_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpuworker.stages.loras._MOST_KEPT", 2)
    brought = lora_in(b"first")
    place = brought.file
    for number in range(3):
        lora_in(b"another %d" % number)
    assert place.read_bytes() == b"first"
    assert lora_in(b"first") == brought, "it is not written twice"
    for number in range(2):
        lora_in(b"yet another %d" % number)
    del brought
    assert not place.exists()
    assert lora_in(b"first").file.read_bytes() == b"first"
