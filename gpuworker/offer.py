"""Which checkpoints a worker offers, and what the farm has to know about each."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import is_hub_id, locate
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.checkpoints.weights import find_weights, read_json, sha256
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request
from storage.jobs import Noise, Sampler
from storage.served import ServedCheckpoint
from storage.settings import Settings

log = logging.getLogger(__name__)

_SIDE = 512
"""The side of Stable Diffusion 1.x, for single files that come without a configuration."""
_WARM_UP_STEPS = 4


def offered_names(settings: Settings) -> list[str]:
    """Name what the checkpoints folder holds and the default checkpoint, that one first."""
    names = available(settings.checkpoints_folder)
    return [settings.default_checkpoint, *(name for name in names if name != settings.default_checkpoint)]


def offers(names: Sequence[str], store: CheckpointStore, engine: Engine) -> Iterator[ServedCheckpoint]:
    """Examine the checkpoints one after another; those that cannot be served are logged and left out.

    The first one, and what lies on the Hub, is loaded and renders a picture, so that its first job is not
    slow and its speed is known. The others are loaded by their first job.
    """
    for place, name in enumerate(names):
        try:
            yield (
                _warm(name, store, engine)
                if place == 0 or is_hub_id(name)
                else _described(name, store.folder)
            )
        except CheckpointError as error:
            log.error("checkpoint %s: %s", name, error)


def _warm(name: str, store: CheckpointStore, engine: Engine) -> ServedCheckpoint:
    checkpoint = store.get(name)
    latent_side = checkpoint.unet.config.sample_size
    side = latent_side * checkpoint.pixels_per_latent
    engine.submit(
        Request(
            checkpoint=name,
            prompt="a picture",
            negative_prompt="",
            width=side,
            height=side,
            steps=_WARM_UP_STEPS,
            sampler=Sampler.EULER,
            guidance_scale=4.0,
            noise=Noise(seed=0),
        )
    ).result()
    return ServedCheckpoint(name=name, hash=checkpoint.hash, side=side)


def _described(name: str, folder: Path) -> ServedCheckpoint:
    """Read what is to be known from the files, without loading them. Raises CheckpointError."""
    check(name, folder)
    path = locate(name, folder)
    configuration = path.with_suffix("") if path.is_file() else path
    files = (path,) if path.is_file() else find_weights(path / "unet", "diffusion_pytorch_model").files
    return ServedCheckpoint(name=name, hash=sha256(files), side=_side(configuration))


def _side(configuration: Path) -> int:
    if not configuration.is_dir():
        return _SIDE
    latent_side = read_json(configuration / "unet" / "config.json").get("sample_size", _SIDE // 8)
    stages = len(read_json(configuration / "vae" / "config.json").get("block_out_channels", [0] * 4))
    return int(latent_side * 2 ** (stages - 1))
