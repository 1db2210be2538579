"""Remembers weights between runs: their hashes, which were loaded here, and what was measured then."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gpuworker.checkpoints.header import Identity, identity
from gpuworker.registry import Prediction

log = logging.getLogger(__name__)

_BLOCK = 1 << 20


class KnownWeights:
    """What is known of weights, kept in `file`, or for as long as the program runs. Any thread may ask.

    A file that has the same path, size, time of change and inode is taken to have the same content.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._hashes: dict[tuple[Identity, ...], str] = {}
        self._loaded: dict[str, Prediction | None] = {}
        self._read()

    def sha256(self, files: Sequence[Path]) -> str:
        """Hash the files one after another; for a single file, this is what A1111 shows as its hash.

        It takes a second for a gigabyte, the first time. Raises OSError.
        """
        if (known := self.known_sha256(files)) is not None:
            return known
        identities = _identities(files)
        digest = hashlib.sha256()
        for path in files:
            with path.open("rb") as opened:
                while block := opened.read(_BLOCK):
                    digest.update(block)
        with self._lock:
            self._hashes[identities] = digest.hexdigest()
            self._write()
        return digest.hexdigest()

    def known_sha256(self, files: Sequence[Path]) -> str | None:
        """Give the hash of the files if they were hashed and have not changed since. Raises OSError."""
        return self._hashes.get(_identities(files))

    def note_loaded(self, sha256: str, prediction: Prediction | None) -> None:
        """Note that a checkpoint was loaded here, and what it was measured to predict, if it was."""
        with self._lock:
            if self._loaded.get(sha256, "") != prediction:
                self._loaded[sha256] = prediction
                self._write()

    def was_loaded(self, files: Sequence[Path]) -> bool:
        """Tell whether a checkpoint with these weights was loaded here once. Raises OSError."""
        return self.known_sha256(files) in self._loaded

    def measured_prediction(self, files: Sequence[Path]) -> Prediction | None:
        """Give what a checkpoint with these weights was measured to predict here. Raises OSError."""
        return self._loaded.get(self.known_sha256(files) or "")

    def _read(self) -> None:
        if self._file is None:
            return
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            hashes = {_key(files): str(sha256) for files, sha256 in kept["hashes"]}
            self._hashes = hashes | self._hashes
            self._loaded = dict(kept["loaded"]) | self._loaded
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read (%s): weights are hashed again.", self._file, error)

    def _write(self) -> None:
        """Write all, with what another worker has written meanwhile."""
        if self._file is None:
            return
        self._read()
        kept = {
            "hashes": [[list(key), sha256] for key, sha256 in self._hashes.items()],
            "loaded": self._loaded,
        }
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            written = self._file.with_name(f".{self._file.name}.{threading.get_ident()}")
            written.write_text(json.dumps(kept), encoding="utf-8")
            written.replace(self._file)
        except OSError as error:
            log.warning("%s cannot be written (%s): weights are hashed again next time.", self._file, error)


def _identities(files: Sequence[Path]) -> tuple[Identity, ...]:
    return tuple(identity(file) for file in files)


def _key(files: Sequence[Sequence[Any]]) -> tuple[Identity, ...]:
    return tuple((str(path), int(size), int(changed), int(inode)) for path, size, changed, inode in files)


IN_MEMORY = KnownWeights()
"""What the program knows that keeps nothing."""
