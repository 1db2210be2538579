"""Bundles: what is signed comes through, and nothing else does."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from storage.bundle import (
    LARGEST_BUNDLE,
    Bundle,
    BundleError,
    Manifest,
    is_bundle,
    pack,
    server_key,
    unpack,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MANIFEST = Manifest(
    name="zorbo",
    author="Ada",
    author_id=2**62,
    about="A round thing",
    family="sd1",
    checkpoint="pocket",
    licence="CC-BY-4.0",
    recipe={"steps": 200},
    consent=True,
    alts=("one", "two"),
    files={},
)
BUNDLE = Bundle(manifest=MANIFEST, file=b"numbers", previews=(b"1.png", b"2.png"))
PACKED = pack(BUNDLE, KEY)


def inside(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def test_what_is_packed_comes_out_and_says_who_signed_it() -> None:
    assert is_bundle(PACKED)
    found = unpack(PACKED)
    assert (found.file, found.previews) == (BUNDLE.file, BUNDLE.previews)
    assert found.manifest.model_copy(update={"files": {}}) == MANIFEST
    assert found.signed_by == KEY.public_key().public_bytes_raw().hex()


def with_other_signature(files: dict[str, bytes]) -> dict[str, bytes]:
    """With the key of one server, and what another one signed."""
    own = json.loads(files["signature.json"])
    other = json.loads(inside(pack(BUNDLE, Ed25519PrivateKey.generate()))["signature.json"])
    return {**files, "signature.json": json.dumps({**other, "key": own["key"]}).encode()}


CHANGES: Mapping[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = {
    "another name": (
        lambda files: {**files, "manifest.json": files["manifest.json"].replace(b"zorbo", b"gorbo")},
        "signature is broken",
    ),
    "another signature": (with_other_signature, "signature is broken"),
    "no signature": (
        lambda files: {name: data for name, data in files.items() if name != "signature.json"},
        "signature is broken",
    ),
    "another file": (
        lambda files: {**files, "embedding.safetensors": b"other"},
        "not those that were signed",
    ),
    "a picture more": (lambda files: {**files, "preview-3.png": b"3"}, "not those that were signed"),
    "a path": (lambda files: {**files, "../../etc/cron.d/x": b"x"}, "a file called ../../etc/cron.d/x"),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_what_was_changed_is_refused(change: str) -> None:
    changed, said = CHANGES[change]
    with pytest.raises(BundleError, match=said):
        unpack(zipped(changed(inside(PACKED))))


def test_archives_that_swell_or_are_none_are_refused() -> None:
    bomb = zipped({"manifest.json": b"0" * 80_000_000}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 200_000
    for data, said in (
        (bomb, "The bundle is larger than 64 MB"),
        (b"PK\x03\x04" + b"0" * LARGEST_BUNDLE, "larger than 64 MB"),
        (b"PK\x03\x04nothing", "is no bundle, or it is damaged"),
        (b"", "is no bundle"),
    ):
        with pytest.raises(BundleError, match=said):
            unpack(data)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"../../etc/cron.d/x": b"x", **inside(PACKED)}, "a file called ../../etc/cron.d/x"),
        ({f"zorbo.darkroom/{name}": data for name, data in inside(PACKED).items()}, "packed again"),
        ({"zorbo/": b"", **{f"zorbo/{name}": data for name, data in inside(PACKED).items()}}, "packed again"),
    ],
)
def test_what_was_made_of_a_bundle_is_still_known_for_one(files: Mapping[str, bytes], said: str) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert is_bundle(zipped(files, method))
        with pytest.raises(BundleError, match=said):
            unpack(zipped(files, method))
    packed = zipped(inside(PACKED), zipfile.ZIP_DEFLATED)
    assert is_bundle(packed)
    with pytest.raises(BundleError, match="as it was exported"):
        unpack(packed)
    assert not is_bundle(zipped({"archive/data.pkl": b"of PyTorch"}))


def test_without_the_authors_consent_nothing_is_taken() -> None:
    unwilling = BUNDLE.model_copy(update={"manifest": MANIFEST.model_copy(update={"consent": False})})
    with pytest.raises(BundleError, match="does not let it be taken"):
        unpack(pack(unwilling, KEY))


SIGNED: Mapping[str, bytes] = {
    "nothing": b"",
    "no object": b"[]",
    "depths": b"[" * 100_000,
    "halves of characters": MANIFEST.model_dump_json().replace("Ada", "\\ud800").encode(),
    "what no database keeps": MANIFEST.model_dump_json().replace("Ada", "\\u0000").encode(),
    "an author beyond numbers": MANIFEST.model_dump_json().replace(str(2**62), str(10**30)).encode(),
    "nobody": MANIFEST.model_dump_json().replace(str(2**62), "0").encode(),
}


@pytest.mark.parametrize("kind", sorted(SIGNED))
def test_what_is_signed_may_still_be_nonsense(kind: str) -> None:
    said = SIGNED[kind]
    key = KEY.public_key().public_bytes_raw().hex()
    signature = json.dumps({"key": key, "signature": KEY.sign(said).hex()}).encode()
    with pytest.raises(BundleError, match="is signed, but what it says"):
        unpack(zipped({"manifest.json": said, "signature.json": signature, "embedding.safetensors": b"x"}))


@pytest.mark.parametrize(
    "signature", [b"", b"[" * 100_000, b"[]", b"null", b'{"key": 1, "signature": 2}', b"\xff"]
)
def test_a_signature_that_is_none_is_broken(signature: bytes) -> None:
    with pytest.raises(BundleError, match="signature is broken"):
        unpack(zipped({**inside(PACKED), "signature.json": signature}))


@given(st.data())
def test_damaged_archives_are_refused_and_nothing_worse(data: st.DataObject) -> None:
    changed = bytearray(PACKED)
    # Most of what can go wrong is in the directory, at the end.
    places = st.integers(0, len(changed) - 1) | st.integers(len(changed) - 600, len(changed) - 1)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(places)] = data.draw(st.sampled_from([0, 1, 8, 127, 255]))
    try:
        found = unpack(bytes(changed[: data.draw(st.integers(len(changed) // 2, len(changed)))]))
    except BundleError:
        return
    assert found == unpack(PACKED)


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    changed = bytearray(PACKED)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(changed))
    except BundleError:
        return
    assert found == unpack(PACKED), "dates and the like in the archive mean nothing"


def test_a_server_keeps_its_key_to_itself(tmp_path: Path) -> None:
    home = tmp_path / "new"
    key = server_key(home)
    assert server_key(home).private_bytes_raw() == key.private_bytes_raw()
    assert stat.S_IMODE((home / "server.key").stat().st_mode) == 0o600
