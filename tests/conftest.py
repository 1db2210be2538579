"""Real servers for all tests: the embedded Redis, and a Postgres from a wheel."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
import redis
from filelock import FileLock
from pydantic import SecretStr

from storage.connection import connect
from storage.database import Database
from storage.embedded_redis import EmbeddedRedis
from storage.jobs import Imagine, Job
from storage.noise import Noise
from storage.samplers import Sampler
from tests.order import slow_first
from tests.stores import emptied, postgres_served, s3_served

# A machine that is busy with something else is no failure.
hypothesis.settings.register_profile("darkroom", deadline=None)
hypothesis.settings.load_profile("darkroom")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have slow tests, so that none of them is left when all others are done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [items[place] for place in slow_first([item.path for item in items], slow, processes)]


def pytest_collection_finish() -> None:
    """Look for garbage again, but not in what was imported and collected: all of that stays until the end."""
    gc.freeze()
    gc.enable()


def pytest_sessionfinish() -> None:
    """Spare the end of a run five looks through a million objects for what raised where nobody heard it."""
    gc.freeze()


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis for the whole run; tests that kill theirs start one of their own."""
    with EmbeddedRedis(tmp_path_factory.mktemp("home") / "redis") as server:
        yield server.url


@pytest.fixture
def connection(redis_address: str) -> Iterator[redis.Redis]:
    """A client of an empty Redis."""
    client = connect(redis_address)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="session")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Postgres for the whole run, or for one of the processes that share it."""
    with postgres_served(FileLock(tmp_path_factory.getbasetemp().parent / "postgres.lock")) as address:
        yield address


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables and no rows, to be copied: to migrate one takes ten times as long."""
    file = tmp_path_factory.mktemp("records") / "empty.db"

    async def migrate() -> None:
        await (await Database.open(f"sqlite+aiosqlite:///{file}")).close()

    asyncio.run(migrate())
    return file


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let everything that the bot stores be stored as on a farm."""
    parser.addoption("--farm", action="store_true", help="let the bot store in Postgres and S3")


@pytest.fixture(scope="session")
def s3() -> Iterator[Mapping[str, str]]:
    """The environment that leads to an S3 with the bucket `pictures`."""
    with s3_served("pictures") as environment:
        yield environment


@pytest.fixture(scope="session", autouse=True)
def blobs_of_farm(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--farm`, S3 for every test that names no store."""
    with pytest.MonkeyPatch.context() as patch:
        if request.config.getoption("--farm"):
            for name, value in request.getfixturevalue("s3").items():
                patch.setenv(name, value)
            patch.setenv("DARKROOM_BLOBS", "s3://pictures/of/tests")
        yield


@pytest.fixture
def kept_in_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in each home for its pictures, also with `--farm`: of one store all tests see everything."""
    monkeypatch.delenv("DARKROOM_BLOBS", raising=False)


@pytest.fixture
def bot_database(request: pytest.FixtureRequest, tmp_path: Path) -> SecretStr:
    """An empty database for a bot: a file, or Postgres with `--farm`."""
    if request.config.getoption("--farm"):
        return SecretStr(asyncio.run(emptied(request.getfixturevalue("postgres_address"))))
    file = shutil.copy(request.getfixturevalue("empty_records"), tmp_path / "bot.db")
    return SecretStr(f"sqlite+aiosqlite:///{file}")


@pytest.fixture
def settings_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own, and no setting from the machine that runs the tests."""
    for name in os.environ:
        if name.startswith("DARKROOM_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def no_previews(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no previews: worker and bot look at each with their detectors, for longer than a picture takes."""
    monkeypatch.setattr("gpuworker.stages.follow.PREVIEW_SECONDS", 60.0)


def a_job(checkpoint: str = "pocket", pictures: int = 1, steps: int = 10, reply_to: str | None = None) -> Job:
    """A small job with a stream of its own."""
    return Job(
        checkpoint=checkpoint,
        reply_to=reply_to or f"darkroom:results:{secrets.token_hex(4)}",
        task=Imagine(
            prompt="a red circle over the sea",
            width=128,
            height=128,
            steps=steps,
            sampler=Sampler.EULER,
            guidance_scale=4,
            noises=tuple(Noise(seed=seed) for seed in range(pictures)),
        ),
    )


def imagined(job: Job) -> Imagine:
    """The task of a job that makes pictures from words."""
    assert isinstance(job.task, Imagine)
    return job.task


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """A disk that is soon full, mounted at `folder` where that is allowed; the test is skipped elsewhere."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
