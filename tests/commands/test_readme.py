"""The README's commands, as pasted after `make demo`, in their order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import darkroom
from storage.recipe import sampled
from storage.recipe_file import read_recipe

ROOT = Path(darkroom.__file__).parent
MAKING = ("imagine", "upscale", "outpaint", "edit", "faces")
"""Commands that make pictures."""


def shell_block_after(words: str) -> list[str]:
    """The lines of the README's first block of shell commands after these words, but for comments."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```sh\n(.*?)```", text[text.index(words) :], re.DOTALL)
    assert found is not None
    return [line for line in found[1].splitlines() if line.strip() and not line.startswith("#")]


def demo() -> str:
    """What `make demo` runs, once everything is installed."""
    makefile = (ROOT / "Makefile").read_text()
    variables = dict(re.findall(r"^(\w+) :?= (.*)$", makefile, re.MULTILINE))
    found = re.search(r"^demo:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert found is not None
    script = re.sub(r"\$\((\w+)\)", lambda name: variables[name[1]], found[1]).replace("$$", "$")
    return re.sub(r"^\t@?", "", script, flags=re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the README's commands find in the repository's."""
    for name in ("docs", "README.md"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_command_runs_as_pasted_after_the_demo(worker: None, home: Path, checkout: Path) -> None:
    lines = shell_block_after("`.venv/bin/darkroom` is yours")
    assert len([line for line in lines if line.startswith("darkroom ")]) >= 15
    setup, *commands = lines
    environment = {**os.environ, "DARKROOM_HOME": str(home), "PYTHONPATH": str(ROOT)}
    said = {}
    for command in [demo(), *commands]:
        done = subprocess.run(
            ["bash", "-ec", f"{setup}\n{command}"],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        said[command] = done.stdout.strip().splitlines()
        if command in commands and shlex.split(command, comments=True)[1] in MAKING:
            assert said[command], command
            for path in said[command]:
                assert read_recipe(checkout / path) is not None
    picture, *words = said[demo()]
    assert Image.open(checkout / picture).size == (512, 512)
    assert ".venv/bin/darkroom imagine" in words[-1], "it says how to go on"
    four = next(paths for command, paths in said.items() if "--count 4" in command)
    recipes = [sampled(read_recipe(checkout / path)) for path in four]
    assert [Path(path).name for path in four] == [
        f"a-big-blue-star-over-the-desert-{recipe.noise.seed}.png" for recipe in recipes if recipe
    ]
    assert Image.open(checkout / "pictures" / "a-big-man-in-a-red-shirt-in-the-snow-2.png").size == (96, 128)


def test_what_the_commands_start_from_is_in_the_repository() -> None:
    made = {"a-red-circle-over-the-sea-7.png", "a-big-man-in-a-red-shirt-in-the-snow-2.png", "*.png"}
    for line in shell_block_after("`.venv/bin/darkroom` is yours"):
        for word in shlex.split(line, comments=True):
            if re.search(r"\.(png|jpg)$", word):
                assert (ROOT / word).is_file() or Path(word).name in made, line
