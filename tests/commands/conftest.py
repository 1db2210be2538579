"""A home with a worker for the command line, typed as an operator does."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.blobs import Blobs
from storage.embedded_redis import EmbeddedRedis
from storage.settings import Settings
from tests.bot.conftest import running_worker


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of all these tests, and where their commands are typed."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="package")
def worker(home: Path) -> Iterator[None]:
    """A worker that serves the home, and its Redis."""
    with EmbeddedRedis(home / "redis"), running_worker(Settings(home=home)):
        yield


@pytest.fixture
def run(home: Path, no_previews: None, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("DARKROOM_HOME", str(home))
    monkeypatch.chdir(home)
    return CliRunner()


@pytest.fixture
def pictures(run: CliRunner, tmp_path: Path, empty_records: Path, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    """The one picture of a home that a bot served, whose records have one row; it is the home of commands."""
    home = tmp_path / "served"
    home.mkdir()
    with sqlite3.connect(shutil.copy(empty_records, home / "darkroom.db")) as records:
        records.execute("INSERT INTO servers (id) VALUES (1)")
    monkeypatch.setenv("DARKROOM_HOME", str(home))
    blobs = Blobs(str(home / "blobs"))
    blobs.put(b"a picture")
    return blobs


def a_scene(folder: Path, size: tuple[int, int] = (192, 128)) -> Path:
    """A red circle over the sea, as a file."""
    drawing = draw(Scene("sea", (Thing("circle", "red", "centre", "big"),)), 1)
    Image.fromarray(drawing.pixels).resize(size).save(folder / "scene.png")
    return folder / "scene.png"
