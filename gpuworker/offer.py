"""Which checkpoints a worker offers, and what the farm has to know about each."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gpuworker.adapters.about import FileVersion, about
from gpuworker.adapters.embedding_file import words_of
from gpuworker.checkpoints.check import available
from gpuworker.checkpoints.describe import Description
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.known import KnownWeights
from gpuworker.checkpoints.locate import is_on_hub
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import EngineStopped, RenderError
from gpuworker.engine.request import Request
from gpuworker.models.embeddings import embedding_files
from gpuworker.models.loras import LoraFile, lora_files
from gpuworker.models.restorers import restorers_here
from gpuworker.registry import known_models
from storage.add_ons import AddOns
from storage.noise import Noise
from storage.samplers import Sampler
from storage.served import ServedCheckpoint
from storage.settings import Settings

log = logging.getLogger(__name__)

_WARM_UP_STEPS = 4


def offered_names(settings: Settings) -> list[str]:
    """Name what the checkpoints folder holds and the default checkpoint, that one first."""
    entries, known = known_models(settings), KnownWeights(settings.weights_file)
    names = available(settings.checkpoints_folder, lambda: entries, known)
    return [settings.default_checkpoint, *(name for name in names if name != settings.default_checkpoint)]


def offers(names: Sequence[str], store: CheckpointStore, engine: Engine) -> Iterator[ServedCheckpoint]:
    """Examine the checkpoints one after another; those that cannot be served are logged and left out.

    The first sound one, and what lies on the Hub, is loaded and renders a picture, so that its first job is
    not slow and its speed is known. The others are loaded by their first job. Those behind the first one
    whose weights must be hashed, which takes seconds for each, come last. Raises EngineStopped.
    """
    warm = False
    for name, found in _known_first(names, store):
        try:
            is_cold = warm and not is_on_hub(name, store.folder)
            offer = _described(name, store, found) if is_cold else _warm(name, store, engine)
        except EngineStopped:
            raise
        except (CheckpointError, RenderError) as error:
            log.error("checkpoint %s is not served: %s", name, error)
        except Exception:
            # A file that cannot be read, or a card that is too small, says nothing about the other ones.
            log.exception("checkpoint %s is not served", name)
        else:
            warm = True
            yield offer


def _known_first(names: Sequence[str], store: CheckpointStore) -> list[tuple[str, Description | None]]:
    """Describe those that are not on the Hub; None for what cannot be described."""
    found: dict[str, Description | None] = dict.fromkeys(names)
    for name in names:
        if not is_on_hub(name, store.folder):
            with suppress(Exception):  # whoever offers it says what is wrong
                found[name] = store.describe(name)

    def is_new(name: str) -> bool:
        description = found[name]
        return description is None or store.known.known_sha256(description.hashed) is None

    return [(name, found[name]) for name in (*names[:1], *sorted(names[1:], key=is_new))]


def _warm(name: str, store: CheckpointStore, engine: Engine) -> ServedCheckpoint:
    """Describe a checkpoint and render a picture with it. Raises CheckpointError."""
    served = _described(name, store)
    engine.submit(
        Request(
            checkpoint=name,
            prompt="a picture",
            negative_prompt="",
            width=served.side,
            height=served.side,
            steps=_WARM_UP_STEPS,
            sampler=Sampler.EULER,
            guidance_scale=4.0,
            noise=Noise(seed=0),
        )
    ).result()
    return served


def _described(name: str, store: CheckpointStore, description: Description | None = None) -> ServedCheckpoint:
    """Read what is to be known from the files, downloaded if need be. Raises CheckpointError."""
    description = description or store.describe(name)
    if description.is_uncertain and description.family.side_of_noise is not None:
        store.get(name)  # what it predicts decides about its size, and is measured on the way
        description = store.describe(name)
    return description.served_as(name)


def add_ons_here(settings: Settings) -> AddOns:
    """Name the LoRAs, embeddings and face restorers that are on this machine.

    Among the embeddings are those that came along with LoRAs, and the words of files that have several.
    """
    loras, embeddings = lora_files(settings), embedding_files(settings)
    return AddOns(
        loras=frozenset(loras),
        embeddings=frozenset(embeddings) | _words_inside(loras, embeddings),
        restorers=frozenset(restorers_here(settings)),
    )


def _words_inside(loras: Mapping[str, LoraFile], embeddings: Mapping[str, Path]) -> frozenset[str]:
    words = set[str]()
    for lora in loras.values():
        with suppress(OSError):
            words.update(about(FileVersion.of(lora.file)).bundled)
    for file in embeddings.values():
        with suppress(OSError):
            words.update(words_of(FileVersion.of(file)))
    return frozenset(words)
