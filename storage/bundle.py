"""An embedding on its way to another server: one file, signed by the server that it comes from.

A bundle is a ZIP archive, uncompressed, with a manifest, the embedding's safetensors file, its previews, and
a signature of the manifest (Ed25519, RFC 8032). The manifest says how the word is called, who made it, under
which licence and how, that the author lets it be taken along, and the SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from moderation.told import Told
from storage.fields import BlobHash
from storage.values import Travelling

LARGEST_BUNDLE = 64_000_000
"""Bytes, packed and unpacked: four previews and a word, or a LoRA for large checkpoints."""
_FORMAT = 1
_MANIFEST, _SIGNATURE, _FILE = "manifest.json", "signature.json", "embedding.safetensors"
_PREVIEWS = tuple(f"preview-{number}.png" for number in range(4))
_NOTHING = b"\\u0000"
"""How JSON writes the character of that number."""
_NAMES = {_MANIFEST, _SIGNATURE, _FILE, *_PREVIEWS}


class BundleError(ValueError):
    """A bundle cannot be taken in; the message is a sentence."""


_Id = Annotated[int, Field(gt=0, lt=2**63)]
"""A member's id on Discord, as far as databases hold it."""


class Manifest(Travelling):
    """What a bundle says of its embedding, or LoRA, which is one that was trained so by its `recipe`.

    `consent` is that of the author, whose id on Discord is `author_id`, to take it to other servers. `alts`
    are the words for its previews, in their order, `brought` the places of those that it did not draw, and
    `files` the SHA-256 of each file by its name.
    """

    format: int = _FORMAT
    name: str
    author: str
    author_id: _Id
    about: str
    family: str
    checkpoint: str | None
    widths: tuple[int, ...] = ()
    licence: str
    recipe: dict[str, Any] | None
    consent: bool
    alts: tuple[str, ...]
    brought: tuple[int, ...] = ()
    files: dict[str, BlobHash]


class Bundle(Travelling):
    """A manifest with the files that belong to it; `signed_by` is the public key in hexadecimal."""

    manifest: Manifest
    file: bytes
    previews: tuple[bytes, ...]
    signed_by: str = ""


def key_file(home: Path) -> Path:
    """Say where the key lies with which this installation signs."""
    return home / "server.key"


def server_key(home: Path) -> Ed25519PrivateKey:
    """Give the key with which this installation signs, made the first time that it is needed."""
    place = key_file(home)
    try:
        return Ed25519PrivateKey.from_private_bytes(place.read_bytes())
    except FileNotFoundError:
        key = Ed25519PrivateKey.generate()
        home.mkdir(parents=True, exist_ok=True)
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(key.private_bytes_raw())
        return key


def pack(bundle: Bundle, key: Ed25519PrivateKey) -> bytes:
    """Write a bundle, signed; the manifest's `files` are filled in."""
    inside = {_FILE: bundle.file, **dict(zip(_PREVIEWS, bundle.previews, strict=False))}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in inside.items()}
    said = bundle.manifest.model_copy(update={"files": hashes}).model_dump_json().encode()
    signature = {"key": key.public_key().public_bytes_raw().hex(), "signature": key.sign(said).hex()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {_MANIFEST: said, _SIGNATURE: json.dumps(signature).encode(), **inside}.items():
            archive.writestr(name, data)
    return packed.getvalue()


def is_bundle(data: bytes) -> bool:
    """Say whether a file is meant to be a bundle: an archive with a manifest, beside whatever."""
    return data.startswith(b"PK\x03\x04") and _MANIFEST.encode() in data


def unpack(data: bytes) -> Bundle:
    """Read a bundle. Raises BundleError if it is not as its signature says, or holds anything else."""
    inside = _inside(data)
    try:
        signature = json.loads(inside[_SIGNATURE])
        key = bytes.fromhex(signature["key"])
        Ed25519PublicKey.from_public_bytes(key).verify(
            bytes.fromhex(signature["signature"]), inside[_MANIFEST]
        )
    except (KeyError, TypeError, ValueError, RecursionError, InvalidSignature) as error:
        raise BundleError(
            Told("The bundle's signature is broken: ask for it again where you got it.")
        ) from error
    manifest = _manifest(inside[_MANIFEST])
    files = {name: data for name, data in inside.items() if name not in (_MANIFEST, _SIGNATURE)}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    if hashes != manifest.files or _FILE not in files:
        raise BundleError(Told("The bundle's files are not those that were signed: ask for it again."))
    if manifest.format != _FORMAT:
        raise BundleError(Told("The bundle is of a newer version of Darkroom: this one needs an update."))
    if not manifest.consent:
        raise BundleError(Told("The author of this embedding does not let it be taken to other servers."))
    previews = tuple(files[name] for name in _PREVIEWS if name in files)
    return Bundle(manifest=manifest, file=files[_FILE], previews=previews, signed_by=key.hex())


def _manifest(said: bytes) -> Manifest:
    """Read a manifest. A server may sign anything at all, so it may be none. Raises BundleError."""
    try:
        if _NOTHING in said:
            raise ValueError("characters that databases do not keep")
        return Manifest.model_validate_json(said)
    except ValueError as error:
        raise BundleError(
            Told("The bundle is signed, but what it says of its embedding makes no sense: do not use it.")
        ) from error


def _inside(data: bytes) -> dict[str, bytes]:
    """Give the files in an archive by name, none of which is written anywhere."""
    if len(data) > LARGEST_BUNDLE:
        raise BundleError(_too_large())
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if any(PurePosixPath(each.filename).parts[1:] == (_MANIFEST,) for each in entries):
                raise BundleError(_PACKED_ANEW)
            if strange := next((each.filename for each in entries if each.filename not in _NAMES), None):
                raise BundleError(
                    Told("The bundle holds a file called {name}, which no bundle has.", name=strange[:80])
                )
            if len({each.filename for each in entries}) != len(entries):
                raise BundleError(Told("The bundle holds a file twice, so I do not open it."))
            if sum(each.file_size for each in entries) > LARGEST_BUNDLE:
                raise BundleError(_too_large())
            if any(each.compress_type for each in entries):
                raise BundleError(_PACKED_ANEW)
            return {each.filename: archive.read(each) for each in entries}
    except BundleError:
        raise
    except Exception as error:
        # Of a file made to harm, zipfile raises anything at all.
        raise BundleError(Told("The file is no bundle, or it is damaged: ask for it again.")) from error


_PACKED_ANEW = Told(
    "The bundle was unpacked and packed again by another program: please send it as it was exported."
)


def _too_large() -> Told:
    return Told(
        "The bundle is larger than {most} MB, which no bundle is: I do not open it.",
        most=LARGEST_BUNDLE // 10**6,
    )
