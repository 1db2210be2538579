"""The worker with nothing played: the real engine, a tiny checkpoint, the real detector."""

from __future__ import annotations

import io
import shutil
import threading
import time
from pathlib import Path

import pytest
import redis
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.worker import run_worker
from moderation.findings import PINNED_DETECTOR
from storage.blobs import Blobs
from storage.events import Finished, wait_result
from storage.farm import expected_waits, workers
from storage.jobs import Job
from storage.queue import JobQueue
from storage.recipe_file import read_recipe
from storage.served import served
from storage.settings import Settings
from tests.conftest import a_job


def tiny_job(checkpoint: str, pictures: int = 1, steps: int = 10) -> Job:
    job = a_job(checkpoint, pictures, steps)
    return job.model_copy(update={"task": job.task.model_copy(update={"width": 64, "height": 64})})


@pytest.mark.slow
def test_jobs_are_rendered_reviewed_and_kept(
    connection: redis.Redis, redis_address: str, settings_home: Path, checkpoints_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "checkpoints"
    for name in ("tiny", "tiny-v"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(checkpoints_folder / name)
    shutil.copytree(checkpoints_folder / "tiny", folder / "broken")
    weights = folder / "broken" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    settings = Settings(redis_url=redis_address, checkpoints=folder)
    stop = threading.Event()
    names = ["tiny", "broken", "tiny-v"]
    thread = threading.Thread(
        target=run_worker, args=(settings,), kwargs={"checkpoints": names, "stop": stop}
    )
    thread.start()
    try:
        give_up = time.monotonic() + 60
        while not any(card.checkpoints == ("tiny", "tiny-v") for card in workers(connection)):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        jobs = [tiny_job("tiny", pictures=2), tiny_job("tiny-v", steps=3)]
        for job in jobs:
            JobQueue(connection).enqueue(job)
        results = [wait_result(connection, job.reply_to, 120) for job in jobs]
        (speed,) = expected_waits(connection, JobQueue(connection), [tiny_job("tiny")])
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert workers(connection) == []
    assert speed.workers == 1
    assert speed.seconds is not None
    assert speed.seconds < 30
    blobs = Blobs.open(settings)
    assert str(settings_home) in blobs.place
    for job, result in zip(jobs, results, strict=True):
        assert isinstance(result, Finished), result
        assert len(result.pictures) == job.task.pictures
        for picture in result.pictures:
            assert picture.findings.detector == PINNED_DETECTOR
            assert picture.blob is not None
            png = blobs.get(picture.blob)
            assert read_recipe(png) == picture.recipe
            assert Image.open(io.BytesIO(png)).size == (64, 64)
    known = served(connection)
    store = CheckpointStore(folder, "cpu")
    assert {name: known[name].side for name in known} == {"tiny": 64, "tiny-v": 64}
    assert all(known[name].hash == store.get(name).hash for name in known), "as loading finds it"


def test_a_worker_without_a_place_for_pictures_ends_with_a_sentence(
    redis_address: str, settings_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="Pictures cannot be kept"):
        run_worker(Settings(redis_url=redis_address, blobs=str(tmp_path / "file" / "blobs")))


@pytest.mark.usefixtures("settings_home", "connection")
def test_a_worker_that_is_stopped_at_once_ends_in_peace(redis_address: str, checkpoints_folder: Path) -> None:
    stop = threading.Event()
    stop.set()
    settings = Settings(redis_url=redis_address, checkpoints=checkpoints_folder)
    run_worker(settings, checkpoints=["tiny"], stop=stop)


def test_a_worker_without_any_checkpoint_ends_with_a_sentence(
    connection: redis.Redis, redis_address: str, settings_home: Path
) -> None:
    settings = Settings(redis_url=redis_address)
    with pytest.raises(SystemExit, match="No checkpoint can be served"):
        run_worker(settings, checkpoints=["missing"])
    assert workers(connection) == []
