"""What stages that train words find on a worker: for the benchmarks of them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.models.lazy import lazy_masks
from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench
from moderation.pictures import load_detector
from pocket import WEIGHTS
from storage.blobs import Blobs
from storage.settings import Settings
from tests.gpuworker.fake_farm import bench_of


@contextmanager
def training_bench() -> Iterator[Bench]:
    """Give a bench with the pocket models and a real engine, which runs until the block ends."""
    store = CheckpointStore(WEIGHTS, "cpu")
    with tempfile.TemporaryDirectory() as home, Engine(store) as engine:
        settings = Settings(home=Path(home))
        yield bench_of(
            Path(home),
            engine=engine,
            checkpoints=store,
            words=Words(settings, "cpu", engine),
            masks=lazy_masks(settings, "cpu", engine),
            detector=load_detector(),
            tell=lambda progress: None,
        )


def stored(bench: Bench, picture: Image.Image) -> str:
    """Put a picture where the workers of a bench take it from."""
    return put(bench.blobs, picture)


def put(blobs: Blobs, picture: Image.Image) -> str:
    """Put a picture in a store."""
    picture.save(file := io.BytesIO(), "PNG")
    return blobs.put(file.getvalue())
