"""Nothing sexual is made of a photograph of somebody, under any policy."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from commands.photographed import held_to_the_floor
from commands.rendering import render
from commands.terminal import Refused
from moderation.policy import NSFW, SFW, Policy
from moderation.verdict import Action
from storage.blobs import Blobs
from storage.jobs import Describe, Imagine, Task
from storage.settings import Settings
from storage.starts import Whole
from tests.conftest import a_job, imagined
from tests.moderation.faces.test_photographed import HOPPER

SEA = Image.new("RGB", (256, 256), "steelblue")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def begun(settings: Settings, picture: Image.Image, prompt: str) -> Imagine:
    file = io.BytesIO()
    picture.save(file, "PNG")
    start = Whole(image=Blobs.open(settings).put(file.getvalue()))
    return imagined(a_job()).model_copy(update={"start": start, "prompt": prompt})


@pytest.mark.parametrize("policy", [SFW, NSFW])
@pytest.mark.parametrize("prompt", ["a woman in a bikini", "a seductive pose"])
def test_sexual_words_about_a_photograph_are_refused(settings: Settings, policy: Policy, prompt: str) -> None:
    with pytest.raises(Refused, match="somebody's face"):
        held_to_the_floor(settings, begun(settings, Image.open(HOPPER), prompt), policy)
    assert held_to_the_floor(settings, begun(settings, SEA, prompt), policy) == policy


def test_no_nudity_is_shown_of_a_photograph(settings: Settings) -> None:
    task = begun(settings, Image.open(HOPPER), "a woman with a red hat")
    assert held_to_the_floor(settings, task, NSFW) == NSFW.model_copy(update={"nudity": Action.BLOCK})
    assert held_to_the_floor(settings, task, SFW) == SFW
    assert held_to_the_floor(settings, begun(settings, SEA, "a naked woman"), NSFW) == NSFW


def test_a_picture_that_cannot_be_looked_at_may_show_somebody(settings: Settings) -> None:
    task = imagined(a_job()).model_copy(update={"start": Whole(image="0" * 64), "prompt": "a bikini"})
    with pytest.raises(Refused, match="somebody's face"):
        held_to_the_floor(settings, task, NSFW)


@pytest.mark.parametrize("task", [a_job().task, Describe(image="0" * 64)])
def test_words_alone_and_descriptions_are_not_looked_at(settings: Settings, task: Task) -> None:
    assert held_to_the_floor(settings, task, NSFW) == NSFW


def test_every_command_that_renders_is_held_to_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, connection: object
) -> None:
    monkeypatch.setenv("DARKROOM_HOME", str(settings.home))
    with pytest.raises(Refused, match="somebody's face"):
        render(connection, begun(settings, Image.open(HOPPER), "a bikini"), "pocket", NSFW)  # type: ignore[arg-type]
