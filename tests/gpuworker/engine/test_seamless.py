"""Seamless tiles: what is seen of a seam when they are laid beside themselves."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import numpy as np
import pytest
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.errors import RenderError
from gpuworker.engine.request import Request
from storage.samplers import Sampler
from tests.gpuworker.engine.support import difference, plain, render_alone, render_together

PROMPTS = ("a red circle over the sea", "a green tree in the meadow", "a yellow star at night")


@pytest.fixture
def pocket(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path, "cpu")


def asked(prompt: str, seed: int, *, seamless: bool) -> Request:
    size = {"width": 128, "height": 128, "steps": 12, "sampler": Sampler.DPMPP_2M_KARRAS}
    return plain(checkpoint="pocket", prompt=prompt, seed=seed, seamless=seamless, **size)


def seam(picture: Image.Image) -> float:
    """How much opposite borders differ, against neighbouring lines inside; the worse of both ways."""
    pixels = np.asarray(picture).astype(float)
    ways = (pixels, pixels.swapaxes(0, 1))
    return max(float(abs(way[0] - way[-1]).mean() / abs(np.diff(way, axis=0)).mean()) for way in ways)


@pytest.mark.slow
def test_borders_of_tiles_fit_and_mates_that_are_none_stay_the_same(pocket: CheckpointStore) -> None:
    wishes = [
        asked(prompt, seed, seamless=kind) for seed, prompt in enumerate(PROMPTS) for kind in (True, False)
    ]
    drawn = render_together(pocket, wishes)
    tiles, others = (mean(map(seam, drawn[place::2])) for place in (0, 1))
    assert tiles < 2
    assert others > 10
    assert difference(drawn[0], render_alone(pocket, wishes[0])) <= 1
    assert difference(drawn[1], render_alone(pocket, wishes[1])) <= 1


def test_what_has_no_convolutions_says_so(
    checkpoints: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = checkpoints.get("tiny")
    monkeypatch.setattr(type(checkpoint.model), "networks", {})
    with pytest.raises(RenderError, match="tiny cannot draw seamless tiles"):
        render_alone(checkpoints, plain(seamless=True))
