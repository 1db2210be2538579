"""Images are built with packages of one version each, which are those that Darkroom asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from tests.docker.pins import called, pins

HOUSE = Path(__file__).parents[2]
PINNED = dict(re.findall(r"^(\S+)==(\S+)$", (HOUSE / "docker" / "constraints.txt").read_text(), re.MULTILINE))
ASKED = [
    Requirement(each)
    for each in tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]["dependencies"]
]


def test_what_is_asked_for_is_pinned_to_a_version_among_those_that_are() -> None:
    wrong = [
        str(asked) for asked in ASKED if not asked.specifier.contains(PINNED.get(called(asked.name), "0"))
    ]
    assert wrong == [], "make pins writes them anew"


def test_what_is_needed_further_down_is_pinned_too() -> None:
    found = pins()
    assert {called(asked.name) for asked in ASKED} <= found.keys()
    assert {"aiohttp", "pydantic-core", "tokenizers"} <= found.keys() & PINNED.keys()


def test_nothing_is_installed_into_an_image_without_them() -> None:
    installs = re.findall(r"pip install (.*)", (HOUSE / "docker" / "Dockerfile").read_text())
    assert len(installs) == 3
    assert all("--constraint constraints.txt " in each for each in installs)
