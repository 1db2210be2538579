"""Signatures of what travels through Redis: who can write there, but has no key, can run and post nothing.

HMAC-SHA256 over what is said and what it is said as, so that no job passes for a result. The signature is one
more field of the JSON object: a neighbouring version without it ignores it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias

from storage.embedded_redis import not_kept
from storage.settings import Settings

What: TypeAlias = Literal["job", "result", "progress"]
_FIELD = "signature"


class WrongSignature(ValueError):
    """Nobody who has the key said this; the message says what to do if somebody of ours did."""


class Signer:
    """Signs and checks with one key; without one it does neither."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    @property
    def fingerprint(self) -> str | None:
        """Tell keys apart without giving them away; None without a key."""
        return None if self._key is None else self._mac(self._key, b"fingerprint")[:12]

    def key_for(self, purpose: str) -> bytes | None:
        """Derive a key for something else than what travels through Redis; None without a key."""
        return None if self._key is None else hmac.digest(self._key, purpose.encode(), "sha256")

    def sign(self, what: What, said: Mapping[str, Any]) -> dict[str, Any]:
        """Give what is said with its signature; said must be JSON."""
        unsigned = {name: value for name, value in said.items() if name != _FIELD}
        if self._key is None:
            return unsigned
        return unsigned | {_FIELD: self._mac(self._key, _spelled(what, unsigned))}

    def check(self, what: What, said: Mapping[str, Any]) -> None:
        """Raise WrongSignature unless whoever said this has the same key."""
        if self._key is None:
            return
        unsigned = {name: value for name, value in said.items() if name != _FIELD}
        right = self._mac(self._key, _spelled(what, unsigned))
        signature = said.get(_FIELD)
        if not isinstance(signature, str) or not hmac.compare_digest(right.encode(), signature.encode()):
            found = "another key's signature" if signature else "no signature"
            raise WrongSignature(
                f"It has {found}: set DARKROOM_QUEUE_KEY of the bot and of all workers to the same."
            )

    def sign_json(self, what: What, said: str | bytes) -> str:
        """Do the same for an object that is JSON already."""
        return _dumped(self.sign(what, _object(said)))

    def check_json(self, what: What, said: str | bytes) -> None:
        """Do the same for an object that is JSON. Raises WrongSignature also if it is none."""
        if self._key is not None:
            self.check(what, _object(said))

    @staticmethod
    def _mac(key: bytes, said: bytes) -> str:
        return hmac.new(key, said, hashlib.sha256).hexdigest()


UNSIGNED = Signer(None)


def signer_of(connection: object) -> Signer:
    """Give the signer of the farm that a client of Redis was made for (see storage/connection.py)."""
    found = getattr(connection, "signer", UNSIGNED)
    return found if isinstance(found, Signer) else UNSIGNED


def signer_for(settings: Settings) -> Signer:
    """Give the signer with the key that was set, or with the one that the embedded Redis's folder keeps.

    A Redis elsewhere without a key that was set is not signed for: its bot and its workers, on several
    machines, could not have the same one.
    """
    if settings.queue_key is not None:
        return Signer(settings.queue_key.get_secret_value().encode())
    if settings.redis_url is not None:
        return UNSIGNED
    return Signer(_kept_key(settings.redis_folder / "queue.key"))


def _kept_key(file: Path) -> bytes:
    """Read the key of a file, made up first if there is none; of two who do so at once, one wins.

    Raises RedisNotStarted with a sentence, if that cannot be kept.
    """
    try:
        with suppress(FileNotFoundError):
            return file.read_bytes()
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"queue.key.{os.getpid()}-{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
                written.write(secrets.token_urlsafe(32))
            with suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink(missing_ok=True)
        return file.read_bytes()
    except OSError as error:
        raise not_kept(file.parent, error) from error


def _spelled(what: What, said: Mapping[str, Any]) -> bytes:
    """Spell an object in the one way in which it is signed, whatever spaces and order it travelled in."""
    return f"{what}:{json.dumps(said, sort_keys=True, separators=(',', ':'))}".encode()


def _dumped(said: Mapping[str, Any]) -> str:
    return json.dumps(said, separators=(",", ":"))


def _object(said: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(said)
    except ValueError as error:
        raise WrongSignature("It is no JSON.") from error
    if not isinstance(found, dict):
        raise WrongSignature("It is no JSON object.")
    return found
