"""`darkroom manifest`, as an operator types it, and what an altered list stops."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import moderation

HOUSE = Path(moderation.__file__).parents[1]


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Darkroom's judgement, of whose lists one lost its last lines."""
    folder = tmp_path_factory.mktemp("altered")
    shutil.copytree(HOUSE / "moderation", folder / "moderation", ignore=shutil.ignore_patterns("__pycache__"))
    words = folder / "moderation" / "data" / "gore.txt"
    words.write_text(words.read_text()[:-40])
    return folder


def typed(folder: Path, home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Type a command where the judgement is the one in a folder."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{HOUSE}", "DARKROOM_HOME": str(home), **settings}
    return subprocess.run(
        [sys.executable, "-c", "import darkroom; darkroom.main()", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        check=False,
    )


@pytest.mark.slow
def test_an_altered_list_is_named_and_judges_nothing(altered: Path, tmp_path: Path) -> None:
    checked = typed(altered, tmp_path, "manifest", "check", "--json")
    (wrong,) = json.loads(checked.stdout)["wrong"]
    assert checked.returncode == 1
    assert wrong.startswith("moderation/data/gore.txt is not as the manifest says. Nothing is posted")
    judged = typed(altered, tmp_path, "check-prompt", "a red circle")
    assert judged.returncode == 1
    assert "moderation/data/gore.txt is not as the manifest says" in judged.stderr


@pytest.mark.slow
def test_an_operator_signs_a_list_of_their_own(altered: Path, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    (tmp_path / "key").write_bytes(private)
    mine = tmp_path / "mine.txt"
    assert typed(altered, tmp_path, "manifest", "sign", str(tmp_path / "key"), str(mine)).returncode == 0
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    with_it = {"DARKROOM_MANIFEST": str(mine), "DARKROOM_MANIFEST_KEY": public}
    assert typed(altered, tmp_path, "manifest", "check", **with_it).returncode == 0
    assert typed(altered, tmp_path, "check-prompt", "a red circle", **with_it).stdout == "allow\n"
    mine.write_text(mine.read_text().replace("moderation/policy.py ", "moderation/policy.p "))
    refused = typed(altered, tmp_path, "check-prompt", "a red circle", **with_it)
    assert refused.returncode == 1
    assert "is not signed with the key in DARKROOM_MANIFEST_KEY" in refused.stderr
