"""A training loop with a budget of minutes that can be stopped at any time and goes on where it was."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

log = logging.getLogger(__name__)

_SAVE_EVERY = 120.0
_LOG_EVERY = 20.0
_WARM_UP_STEPS = 200


class Stateful(Protocol):
    """What a checkpoint keeps: modules, optimisers, averages."""

    def state_dict(self) -> dict[str, Any]:
        """Give what is to be kept."""

    def load_state_dict(self, state: dict[str, Any], /) -> Any:
        """Take over what was kept."""


@dataclass(frozen=True)
class Budget:
    """When a stage ends: after so many minutes of work, or so many steps, whichever comes first.

    The minutes are those of the training's own thread, so that a machine with other work to do takes longer
    but trains as well.
    """

    minutes: float
    steps: int = 10**9


def _save(state: dict[str, Any], path: Path) -> None:
    """Write beside the file and rename, so that a kill in the middle leaves the old checkpoint."""
    unfinished = path.with_suffix(".part")
    torch.save(state, unfinished)
    unfinished.replace(path)


def learning_rate(step: int, progress: float, peak: float) -> float:
    """Warm up linearly, then follow half a cosine down to 2 % of the peak; `progress` runs from 0 to 1."""
    falling = 0.02 + 0.98 * (1 + math.cos(math.pi * min(progress, 1))) / 2
    return peak * min(1.0, (step + 1) / _WARM_UP_STEPS) * falling


def train(
    parts: Mapping[str, Stateful],
    optimiser: torch.optim.Optimizer,
    step: Callable[[int, float], tuple[Tensor, dict[str, Tensor]]],
    budget: Budget,
    path: Path,
) -> int:
    """Minimise what `step(number, progress)` returns until the budget is spent; return the number of steps.

    `progress` is the spent share of the budget. The step returns the loss and what to log, as scalars. The
    loop sets learning rates (a group's `peak`), clips the gradient's norm to 1, logs running means, and
    keeps `parts`, the optimiser, seconds and steps in the file `path`. A file that is there is gone on from,
    so a stage that was finished before returns at once, and one with a budget of nothing returns what the
    file holds without touching it.
    """
    number, spent = 0, 0.0
    if path.exists():
        saved = torch.load(path, map_location="cpu", weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(saved["parts"][name])
        optimiser.load_state_dict(saved["optimiser"])
        number, spent = saved["number"], saved["spent"]
        log.info("%s: on from step %d, %.1f minutes", path.stem, number, spent / 60)

    def save() -> None:
        kept = {name: part.state_dict() for name, part in parts.items()}
        _save({"parts": kept, "optimiser": optimiser.state_dict(), "number": number, "spent": spent}, path)

    path.parent.mkdir(parents=True, exist_ok=True)
    means: dict[str, float] = {}
    saved_at = logged_at = time.monotonic()
    before, began = spent, time.thread_time()
    while number < budget.steps and spent < budget.minutes * 60:
        progress = max(spent / (budget.minutes * 60), number / budget.steps)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(number, progress, group["peak"])
        loss, shown = step(number, progress)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_([w for group in optimiser.param_groups for w in group["params"]], 1.0)
        optimiser.step()
        for name, value in shown.items():
            means[name] = means.get(name, float(value)) * 0.98 + float(value) * 0.02
        number += 1
        spent = before + time.thread_time() - began
        now = time.monotonic()
        if now - logged_at > _LOG_EVERY:
            logged_at = now
            line = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
            log.info("%s: step %d, %.1f minutes  %s", path.stem, number, spent / 60, line)
        if now - saved_at > _SAVE_EVERY:
            saved_at = now
            save()
    if spent > before:
        save()
    return number
