"""The pictures that a job made, as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from commands.handover import hand_over, name_of
from commands.terminal import Refused
from moderation.findings import PINNED_DETECTOR, Findings
from moderation.verdict import Action, Verdict
from storage.blobs import Blobs
from storage.events import Finished, Picture
from storage.recipe import Recipe, Upscaled
from storage.settings import Settings
from tests.commands.test_inspect import RECIPE

LARGER = Upscaled(image="ab" * 32, factor=4, checkpoint="pocket", upscaler="x", upscaler_hash="ab" * 32)
NUDITY = Verdict.of(Action.BLOCK, "nudity", "BARE_TORSO", "It seems to show nudity.")


def finished(settings: Settings, *seen: bytes | None) -> Finished:
    """A job that made these pictures; those that are None were kept back."""
    pictures = tuple(
        Picture(
            blob=data and Blobs.open(settings).put(data),
            recipe=RECIPE,
            findings=Findings(detector=PINNED_DETECTOR, found=()),
            verdict=Verdict() if data else NUDITY,
        )
        for data in seen
    )
    return Finished(job_id="0" * 16, pictures=pictures, seconds=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a red circle over the sea", "a-red-circle-over-the-sea-1"),
        ("A (red:1.3) [boat|house]!, <lora:ink:0.8>", "a-red-1-3-boat-house-lora-ink-0-8-1"),
        ("../../etc/passwd", "etc-passwd-1"),
        ("日本の海", "日本の海-1"),
        ("!!", "picture-1"),
        ("word " * 40, f"{'-'.join(['word'] * 12)}-1"),
        ("w" * 200, f"{'w' * 60}-1"),
    ],
)
def test_a_file_is_called_by_prompt_and_seed(prompt: str, name: str) -> None:
    assert name_of(RECIPE.model_copy(update={"prompt": prompt})) == name


def test_what_was_made_larger_says_so() -> None:
    assert name_of(LARGER.model_copy(update={"of": RECIPE})) == "a-red-circle-over-the-sea-1-4x"
    twice = LARGER.model_copy(update={"factor": 2, "of": LARGER.model_copy(update={"of": RECIPE})})
    assert name_of(twice) == "a-red-circle-over-the-sea-1-2x-4x"
    assert name_of(LARGER, Path("holiday/My Photo.jpg")) == "my-photo-4x"
    assert name_of(LARGER) == "picture-4x"


def test_no_file_is_overwritten(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for first, second in ((b"one", b"two"), (b"three", b"four")):
        hand_over(settings, finished(settings, first, second), tmp_path / "made", as_json=False)
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    stem = "a-red-circle-over-the-sea-1"
    assert [path.name for path in paths] == [f"{stem}.png", f"{stem}-2.png", f"{stem}-3.png", f"{stem}-4.png"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two", b"three", b"four"]


def test_what_was_kept_back_says_why(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_over(settings, finished(settings, b"one", None, None), tmp_path, as_json=False)
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert said.err == "2 of 3 pictures were kept back. It seems to show nudity.\n"
    hand_over(settings, finished(settings, b"one", None), tmp_path, as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["files"]) == 1
    assert answer["kept_back"] == [NUDITY.model_dump(mode="json")]
    assert "error" not in answer


def test_a_job_of_which_nothing_may_be_seen_is_refused_with_the_reason(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Refused, match=r"^The picture was kept back\. It seems to show nudity\.$"):
        hand_over(settings, finished(settings, None), tmp_path, as_json=False)
    with pytest.raises(typer.Exit) as ended:
        hand_over(settings, finished(settings, None), tmp_path, as_json=True)
    assert ended.value.exit_code == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"] == "The picture was kept back. It seems to show nudity."
    assert answer["files"] == []


def test_a_picture_that_cannot_be_written_is_not_lost(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = finished(settings, b"one", None, b"two")
    with pytest.raises(Refused) as refused:
        hand_over(settings, made, tmp_path / "file", as_json=False)
    said, _, kept = str(refused.value).partition(" What is not written is kept: ")
    assert said == f"{tmp_path / 'file'} cannot be written: File exists."
    assert [Path(each).read_bytes() for each in kept.split(", ")] == [b"one", b"two"]


def test_recipes_are_those_of_the_job(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_over(settings, finished(settings, b"one"), tmp_path, as_json=True)
    (recipe,) = json.loads(capsys.readouterr().out)["recipes"]
    assert Recipe.model_validate(recipe) == RECIPE
