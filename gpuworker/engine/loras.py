"""The LoRAs that prompts name: found, read on a thread of their own, and put together."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import torch

from gpuworker.adapters.about import FileVersion, about
from gpuworker.adapters.adapters import NOTHING, AdapterSet
from gpuworker.adapters.errors import AdapterDamaged, AdapterError, Misfit
from gpuworker.adapters.read import Adapter, read_adapter
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.errors import first_line
from gpuworker.engine.errors import Lacking, RenderError
from gpuworker.families.table import FAMILIES
from gpuworker.models.loras import LoraFile
from moderation.prompt_language.limits import LoraSet
from moderation.told import Told
from storage.called import called
from storage.errors import reason_of
from storage.nearest import nearest

log = logging.getLogger(__name__)

_TRIED_AGAIN = 5.0
"""Seconds after which a file that could not be read is tried again."""

_NONE: Mapping[str, LoraFile] = {}
LoraFiles = Callable[[], Mapping[str, LoraFile]]
"""The LoRAs of this machine by name."""


class Named(NamedTuple):
    """A LoRA as a prompt names it: `lora` is what its name stood for then.

    `weight` is that in the network that draws, `text_weight` that in the text towers.
    """

    name: str
    lora: LoraFile
    version: FileVersion
    weight: float
    text_weight: float


class Unread(AdapterError):
    """It could not be read this time; another time it may."""


NamedLoras: TypeAlias = tuple[Named, ...]


class LoraManager:
    """Finds the LoRAs that prompts name, and reads them one set at a time while others render."""

    def __init__(self, files: LoraFiles, news: threading.Event) -> None:
        """Set `news` whenever something was read."""
        self._files = files
        self._news = news
        self._reading: _Reading | None = None
        self._fresh: dict[FileVersion, Adapter] = {}
        """What was read last: it is there for whoever waits for it, however few are kept."""
        self._refused: dict[tuple[FileVersion, str], tuple[AdapterError, float]] = {}
        """What is wrong with a file for a checkpoint, by hash, and until when it need not be read again."""

    @property
    def is_reading(self) -> bool:
        """Tell whether something is being read that somebody may wait for."""
        return self._reading is not None

    def find(
        self, loras: LoraSet, text_weights: LoraSet = (), brought: Mapping[str, LoraFile] = _NONE
    ) -> NamedLoras:
        """Look up what a prompt names, from any thread: what it `brought`, or what is on this machine.

        Raises `Lacking` for a LoRA that is not here.
        """
        if not loras:
            return ()
        files = {**self._files(), **brought}
        found, in_text = [], dict(text_weights)
        for name, weight in loras:
            try:
                lora = files[called(name, files) or name]
                version = FileVersion.of(lora.file)
                found.append(Named(name, lora, version, weight, in_text.get(name, weight)))
            except (KeyError, OSError):
                known = nearest(name, files)
                raise Lacking(
                    Told(
                        "There is no {kind} called {name}: those that are here are {known}.",
                        kind="LoRA",
                        name=name,
                        known=known,
                    )
                ) from None
        return tuple(found)

    def get(self, checkpoint: Checkpoint, loras: NamedLoras) -> AdapterSet | None:
        """Give these LoRAs for a checkpoint, or None while they are being read; ask again after news.

        For the engine's thread. Raises `RenderError` for one that does not fit the checkpoint or is of a kind
        that cannot be worn, and `Lacking` for one that is damaged or cannot be read here.
        """
        if not loras:
            return NOTHING
        self._take_in()
        for each in loras:
            if (each.lora.family or about(each.version).family) not in (None, checkpoint.family.name):
                raise RenderError(_other_family(each, checkpoint))
            error, until = self._refused.get((each.version, checkpoint.hash), (None, 0.0))
            if error is not None and time.monotonic() < until:
                lacking = isinstance(error, Unread | AdapterDamaged)
                raise (Lacking if lacking else RenderError)(_sentence(each, checkpoint, error))
        known = {
            each.version: checkpoint.adapters.get(each.version) or self._fresh.get(each.version)
            for each in loras
        }
        missing = [each for each in loras if known[each.version] is None]
        if missing:
            if self._reading is None:
                self._reading = _Reading(checkpoint, missing, self._news)
            return None
        return checkpoint.adapters.together(
            tuple(
                (adapter, each.weight, each.text_weight)
                for each in loras
                if (adapter := known[each.version]) is not None
            )
        )

    def _take_in(self) -> None:
        """Keep what has been read meanwhile, or remember why it could not be."""
        if self._reading is None or not self._reading.done:
            return
        reading, self._reading = self._reading, None
        self._fresh = {}
        for each, result in reading.results:
            if isinstance(result, Adapter):
                self._fresh[each.version] = result
                reading.checkpoint.adapters.keep(each.version, result)
            else:
                log.error("LoRA %s: %s %s", each.name, each.lora.file, result)
                until = time.monotonic() + _TRIED_AGAIN if isinstance(result, Unread) else math.inf
                self._refused[each.version, reading.checkpoint.hash] = result, until


class _Reading:
    """LoRAs that are being read for a checkpoint, on a thread of their own."""

    def __init__(self, checkpoint: Checkpoint, loras: Sequence[Named], news: threading.Event) -> None:
        self.checkpoint = checkpoint
        self.results: list[tuple[Named, Adapter | AdapterError]] = []
        self.done = False
        self._loras = loras
        self._news = news
        threading.Thread(target=self._run, name="read LoRAs", daemon=True).start()

    def _run(self) -> None:
        try:
            torch.set_num_threads(1)  # the other cores are the engine's
            for each in self._loras:
                self.results.append((each, self._read(each)))
        finally:
            self.done = True
            self._news.set()

    def _read(self, each: Named) -> Adapter | AdapterError:
        try:
            read = read_adapter(each.lora.file, self.checkpoint.model.networks, self.checkpoint.device)
            if FileVersion.of(each.lora.file) != each.version:
                return Unread("has been replaced just now")
            return read
        except AdapterError as error:
            return error
        except OSError as error:
            return Unread(f"cannot be read now ({reason_of(error)})")
        except torch.OutOfMemoryError:
            return Unread("does not fit the memory beside what is in use")
        except Exception as error:
            log.exception("LoRA %s: %s could not be read", each.name, each.lora.file)
            return Unread(f"could not be read ({first_line(error)})")


def _other_family(each: Named, checkpoint: Checkpoint) -> str:
    family = each.lora.family or about(each.version).family
    assert family is not None
    return Told(
        "The LoRA {name} does not fit the checkpoint {checkpoint}: it was made for {made_for}, and "
        "{checkpoint} is of {family}.",
        name=each.name,
        checkpoint=checkpoint.name,
        made_for=FAMILIES[family].title,
        family=checkpoint.family.title,
    )


def _sentence(each: Named, checkpoint: Checkpoint, error: AdapterError) -> str:
    name, why = each.name, str(error)
    if isinstance(error, Misfit):
        made_for = about(each.version).made_for
        said = "" if made_for is None else f", and it says that it was made for {made_for}"
        return Told(
            "The LoRA {name} does not fit the checkpoint {checkpoint}: {why}.",
            name=name,
            checkpoint=checkpoint.name,
            why=why + said,
        )
    if isinstance(error, Unread):
        return Told("The LoRA {name} {why}: please try again later.", name=name, why=why)
    if isinstance(error, AdapterDamaged):
        return Told("The LoRA {name} {why}: ask the operator to fetch it again.", name=name, why=why)
    return Told("The LoRA {name} cannot be worn: it {why}.", name=name, why=why)
