"""Tiny checkpoints, the store over them, the pocket CLIP, and what a job tells of its progress."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.models.words import Words
from gpuworker.workplace import Workplace
from storage.events import Progress
from storage.settings import Settings
from tests.gpuworker.fake_farm import a_workplace
from tests.gpuworker.tiny import write_sd1


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Networks this small are slower on many threads, and much slower on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def checkpoints_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoints folder with `tiny`, which predicts noise, and `tiny-v`, which predicts velocity."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_sd1(folder / "tiny")
    shutil.copytree(folder / "tiny", folder / "tiny-v")
    config = folder / "tiny-v" / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "prediction_type": "v_prediction"}))
    return folder


@pytest.fixture(scope="session")
def checkpoints(checkpoints_folder: Path) -> CheckpointStore:
    """The store over that folder, on the CPU."""
    return CheckpointStore(checkpoints_folder, "cpu")


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Words:
    """The pocket CLIP and its vocabulary."""
    return Words(Settings(home=tmp_path_factory.mktemp("home")), "cpu")


@pytest.fixture
def told() -> list[Progress]:
    """What a bench tells, where the test gives it this list's `append`."""
    return []


@pytest.fixture
def place(connection: redis.Redis, redis_address: str, tmp_path: Path) -> Workplace:
    """A worker's parts over an empty Redis, with an engine that is played."""
    return a_workplace(tmp_path, redis_address)
