"""The prompt language in the engine, on checkpoints of random weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import RenderError
from storage.samplers import Sampler
from storage.weighting import Weighting
from tests.gpuworker.engine.support import (
    difference,
    drain,
    failure,
    plain,
    render_alone,
    render_together,
    replaced_forward,
)
from tests.gpuworker.tiny import write_sd1, write_sdxl

LONG = "a house by the sea, " * 6
"""A letter is a token here: two chunks."""
MIX: list[dict[str, Any]] = [
    {},
    {"prompt": "a (red:1.4) house (by: 0.3) the [sea]", "guidance_scale": 1.0},
    {"prompt": LONG, "steps": 6},
    {"prompt": "a red BREAK house", "sampler": Sampler.EULER_A},
    {"prompt": "a boat", "negative_prompt": LONG},
    {"prompt": "red AND (blue:1.2) BREAK sea:0.5 AND boat:-0.3"},
    {"prompt": "red AND blue", "guidance_scale": 1.0, "sampler": Sampler.DPMPP_2M},
    {"prompt": "a [red:blue:0.5] [house|boat|sea]", "negative_prompt": "[x|y]", "steps": 5},
    {"prompt": f"[{LONG}:a sea:2] AND b"},
    {"prompt": "a (red:1.4) house (by: 0.3) the [sea]", "weighting": Weighting.A1111},
]


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    folder = tmp_path_factory.mktemp("families")
    writers: dict[str, Callable[[Path], None]] = {"sd1": write_sd1, "sdxl": write_sdxl}
    for name, write in writers.items():
        write(folder / name)
    return CheckpointStore(folder, "cpu")


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
def test_a_request_says_how_its_weights_are_applied(families: CheckpointStore, name: str) -> None:
    request = plain(checkpoint=name, prompt="a (red:1.5) house", guidance_scale=7.0)
    ours, a1111 = (render_alone(families, replace(request, weighting=each)) for each in Weighting)
    assert difference(ours, a1111) > 1
    plainly = replace(request, prompt="a red house")
    one, other = (render_alone(families, replace(plainly, weighting=each)) for each in Weighting)
    assert difference(one, other) == 0


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
def test_batch_mates_of_every_kind_leave_each_other_alone(families: CheckpointStore, name: str) -> None:
    mix = [plain(checkpoint=name, seed=i, **change) for i, change in enumerate(MIX)]
    for request, picture in zip(mix, render_together(families, mix), strict=True):
        assert difference(picture, render_alone(families, request)) <= 1, request


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a weight of one": ({"prompt": "a (red:1) house"}, {"prompt": "a red house"}),
    "opposite weights": ({"prompt": "a ((red:-1):-1) house"}, {"prompt": "a red house"}),
    "a branch of no weight": ({"prompt": "a AND b:0"}, {"prompt": "a"}),
    "half of twice": ({"prompt": "a:0.5 AND a:1.5", "guidance_scale": 2.0}, {"prompt": "a"}),
    "composed without guidance": (
        {"prompt": "a AND b:0", "guidance_scale": 1.0},
        {"prompt": "a", "guidance_scale": 1.0},
    ),
    "switched at once": ({"prompt": "[a:b:0]"}, {"prompt": "b"}),
    "never switched": ({"prompt": "[a:b:99]"}, {"prompt": "a"}),
    "equal alternatives": ({"prompt": "[a|a]"}, {"prompt": "a"}),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_says_the_same(checkpoints: CheckpointStore, one: dict[str, Any], other: dict[str, Any]) -> None:
    pictures = render_together(checkpoints, [plain(**one), plain(**other)])
    assert difference(*pictures) <= 1


@pytest.mark.parametrize(
    "prompt",
    [
        *("(a red:1.3) house", "a (red:0.5) house", "a (red:-1) house", "a red BREAK house"),
        *("a red house AND b", "a [red:blue:0.5] house", "a [red|blue] house", "a red house" + LONG),
    ],
)
def test_what_the_language_says_shows(checkpoints: CheckpointStore, prompt: str) -> None:
    """Else a syntax that is not applied could go unseen."""
    pictures = render_together(checkpoints, [plain(), plain(prompt=prompt)])
    assert difference(*pictures) > 3


def test_each_different_prompt_is_encoded_once(checkpoints_folder: Path) -> None:
    checkpoints = CheckpointStore(checkpoints_folder, "cpu")
    tower: Any = checkpoints.get("tiny").model.networks["text_encoder"]
    encoded: list[int] = []

    def forward(original: Callable[..., Any], tokens: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        encoded.append(len(tokens))
        return original(tokens, *args, **kwargs)

    with replaced_forward(tower, forward):
        render_together(checkpoints, [plain(prompt="a [red|blue] house", steps=8)])
        assert len(encoded) == 3, "red, blue and the empty one"
        render_together(checkpoints, [plain(prompt="a red house", seed=5)])
        assert len(encoded) == 3


REFUSED = {
    "a <lora:ink:0.8>": "no LoRA called ink",
    "a <cat-toy>": "no embedding called cat-toy: those that are here are none",
    " AND ".join("abcdefghi"): "more than 8 prompts with AND",
    "a house " * 120: "longer than 8 chunks",
}


@pytest.mark.parametrize(("prompt", "complaint"), REFUSED.items())
def test_what_is_not_to_be_had_is_said_and_loses_nothing(
    checkpoints: CheckpointStore, prompt: str, complaint: str
) -> None:
    engine = Engine(checkpoints)
    refused, mate = engine.submit(plain(prompt=prompt)), engine.submit(plain())
    drain(engine)
    assert isinstance(failure(refused), RenderError)
    assert complaint in str(failure(refused))
    assert mate.result(0)
