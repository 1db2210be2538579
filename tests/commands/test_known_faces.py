"""Known faces in pictures that an operator would train a word from."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

import darkroom
from tests.bot.commands.test_gallery import mira


def test_no_word_is_trained_of_somebody_in_the_gallery(
    run: CliRunner, settings_home: Path, tmp_path: Path
) -> None:
    files = [str(tmp_path / f"{seed}.png") for seed in range(5)]
    for seed, file in enumerate(files):
        mira(seed + 1).save(file)
    learned = run.invoke(darkroom.app, ["gallery", "learn", "Mira", *files[:2]])
    assert learned.exit_code == 0, learned.output
    refused = run.invoke(darkroom.app, ["train", "zorp", *files[2:], "--kind", "character"])
    assert refused.exit_code == 1
    assert "2.png seems to show Mira" in refused.stderr
    assert "darkroom gallery forget" in refused.stderr
