"""Checks from its small files and headers, without loading it, whether a checkpoint can be served."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from gpuworker.checkpoints.describe import Description, describe
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import downloaded, entries, is_on_hub, locate
from gpuworker.registry import Registry, built_in

log = logging.getLogger(__name__)

_TO_COME = "on the Hugging Face Hub, downloaded when it is first used"


def available(folder: Path, registry: Callable[[], Registry] = built_in) -> list[str]:
    """List the names in `folder` that pass the check, `pocket` first: what a worker may promise to serve."""
    return [name for name in entries(folder) if _passes(name, folder, registry)]


def _passes(name: str, folder: Path, registry: Callable[[], Registry]) -> bool:
    try:
        check(name, folder, registry)
    except CheckpointError as error:
        log.info("checkpoint %s is passed over: %s", name, error)
        return False
    except Exception as error:
        log.warning("checkpoint %s cannot be read: %r", name, error)
        return False
    return True


def check(name: str, folder: Path, registry: Callable[[], Registry] = built_in) -> str:
    """Say in a few words for an operator what `name` is. Raises `CheckpointError`."""
    entry = registry().get(name)
    if not is_on_hub(name, folder):
        return in_words(describe(locate(name, folder), entry))
    path = downloaded(name)
    try:
        return in_words(describe(path, entry)) if path else _TO_COME
    except CheckpointError:
        return _TO_COME


def in_words(found: Description) -> str:
    """Say in a few words for an operator what a checkpoint is."""
    is_known = found.said.prediction is not None and not found.is_uncertain
    predicts = found.said.prediction if is_known else "prediction measured when it is loaded"
    words = [found.family.title, str(predicts)]
    if found.fills_masks:
        words.append("for inpainting")
    if found.said.zero_snr:
        words.append("zero terminal SNR")
    if found.usual.steps is not None:
        words.append(f"drawn in {found.usual.steps} steps")
    if found.path.is_file():
        words.append("single file")
    if found.vae is not None:
        words.append(f"autoencoder of {found.vae.name}")
    return f"{', '.join(words)}, {sum(file.stat().st_size for file in found.files) / 1e6:.1f} MB"
