"""One picture between its steps: what the model is given, how far it is, and what cannot be drawn."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.embeddings import Vocabulary
from gpuworker.engine.errors import RenderError
from gpuworker.engine.render import Render
from gpuworker.engine.request import Start, StepDone
from gpuworker.engine.ticket import Ticket
from storage.samplers import Sampler
from tests.gpuworker.engine.support import plain

PICTURE = Image.linear_gradient("L").convert("RGB").resize((64, 64))


def rendering(checkpoints: CheckpointStore, **changes: Any) -> Render:
    with torch.inference_mode():
        return Render(Ticket(plain(**changes)), checkpoints.get("tiny"), Vocabulary(dict), None)


def advanced(render: Render, steps: int) -> None:
    with torch.inference_mode():
        for _ in range(steps):
            render.advance(torch.ones_like(render.latents))


def test_a_step_is_made_and_told(checkpoints: CheckpointStore) -> None:
    told: list[StepDone] = []
    render = rendering(checkpoints, steps=3, on_step=told.append)
    before, timestep = render.latents.clone(), render.timestep
    advanced(render, 1)
    assert [(done.step, done.steps) for done in told] == [(1, 3)]
    assert render.timestep < timestep
    assert not torch.equal(render.latents, before)
    assert not render.done
    advanced(render, 2)
    assert render.done


@pytest.mark.parametrize(("strength", "steps"), [(0.01, 1), (0.5, 4), (1.0, 8)])
def test_from_a_picture_only_its_share_of_the_steps_is_left(
    checkpoints: CheckpointStore, strength: float, steps: int
) -> None:
    render = rendering(checkpoints, steps=8, start=Start(PICTURE, strength))
    advanced(render, steps - 1)
    assert not render.done
    advanced(render, 1)
    assert render.done


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({}, 2),
        ({"guidance_scale": 1.0}, 1),
        ({"prompt": "a house AND a boat"}, 3),
        ({"start": Start(PICTURE, 1.0, shows="a house")}, 4),
    ],
    ids=["guided", "unguided", "composed", "edited"],
)
def test_rows_are_those_that_the_model_is_given(
    checkpoints: CheckpointStore, changes: dict[str, Any], rows: int
) -> None:
    render = rendering(checkpoints, **changes)
    assert render.rows == rows


def test_an_edited_picture_is_given_as_target_and_source(checkpoints: CheckpointStore) -> None:
    render = rendering(checkpoints, start=Start(PICTURE, 1.0, shows="a house"), prompt="a boat")
    with torch.inference_mode():
        target, source = render.model_inputs()
    assert (target.is_source, source.is_source) == (False, True)
    assert torch.equal(target.latents, source.latents), "both are looked at in the same noise at first"
    assert not torch.equal(target.conditioning.prompts[0][0], source.conditioning.prompts[0][0])


def test_inputs_are_scaled_for_the_model(checkpoints: CheckpointStore) -> None:
    """Euler's latents have a variance far above one at first, and the model wants one."""
    render = rendering(checkpoints, sampler=Sampler.EULER)
    with torch.inference_mode():
        (given,) = render.model_inputs()
    assert float(render.latents.std()) > 3
    assert float(given.latents.std()) == pytest.approx(1, abs=0.2)


def test_a_size_between_latents_is_refused(checkpoints: CheckpointStore) -> None:
    with pytest.raises(RenderError, match="multiples of 8 pixels"):
        rendering(checkpoints, width=68)
