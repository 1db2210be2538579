"""Checks from its small files and headers, without loading it, whether a checkpoint can be served."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from gpuworker.checkpoints.describe import Description, describe
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.known import IN_MEMORY, KnownWeights
from gpuworker.checkpoints.locate import downloaded, entries, is_on_hub, locate
from gpuworker.registry import Registry, built_in

log = logging.getLogger(__name__)

_TO_COME = "on the Hugging Face Hub, downloaded when it is first used"


def available(
    folder: Path, registry: Callable[[], Registry] = built_in, known: KnownWeights = IN_MEMORY
) -> list[str]:
    """List the names in `folder` that pass the check, `pocket` first: what a worker may promise to serve."""
    return [name for name in entries(folder) if _passes(name, folder, registry, known)]


def _passes(name: str, folder: Path, registry: Callable[[], Registry], known: KnownWeights) -> bool:
    try:
        check(name, folder, registry, known)
    except CheckpointError as error:
        log.info("checkpoint %s is passed over: %s", name, error)
        return False
    except Exception as error:
        log.warning("checkpoint %s cannot be read: %r", name, error)
        return False
    return True


def check(
    name: str,
    folder: Path,
    registry: Callable[[], Registry] = built_in,
    known: KnownWeights = IN_MEMORY,
) -> str:
    """Say in a few words for an operator what `name` is. Raises `CheckpointError`."""
    found = found_here(name, folder, registry, known)
    return _TO_COME if found is None else in_words(found)


def found_here(
    name: str,
    folder: Path,
    registry: Callable[[], Registry] = built_in,
    known: KnownWeights = IN_MEMORY,
) -> Description | None:
    """Describe what `name` is; None for what has not come from the Hub yet. Raises `CheckpointError`."""
    entry = registry().get(name)
    if not is_on_hub(name, folder):
        return describe(locate(name, folder), entry, known)
    path = downloaded(name)
    try:
        return describe(path, entry, known) if path else None
    except CheckpointError:
        return None


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
