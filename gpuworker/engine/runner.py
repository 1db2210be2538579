"""Runs the networks for a group of pictures, and finds the culprit when a pass fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor

from gpuworker.engine.batch import decode, predict, to_picture
from gpuworker.engine.group import Group
from gpuworker.engine.loras import LoraManager
from gpuworker.engine.render import Render

log = logging.getLogger(__name__)


class ModelRunner:
    """Passes of the UNet and of the autoencoder over a group, with the LoRAs that its pictures name."""

    def __init__(self, loras: LoraManager) -> None:
        self._loras = loras

    def advance(self, group: Group) -> int:
        """Make one denoising step with every picture; the number of those with which it went well."""
        predicted = each_or_alone(partial(self._predict, group), group.renders)
        for render, prediction in predicted:
            with render.ticket.alone():
                render.advance(prediction)
        return len(predicted)

    def decode(self, group: Group) -> None:
        """Hand over the pictures that have made their last step."""
        finished = [render for render in group.renders if render.done and not render.ticket.settled()]
        while finished:
            at_once = group.plan.pictures.rows
            for render, pixels in each_or_alone(partial(decode, plan=group.plan), finished[:at_once]):
                with render.ticket.alone():
                    render.ticket.succeed(render.finish(to_picture(pixels)))
            finished = finished[at_once:]

    def _predict(self, group: Group, renders: Sequence[Render]) -> Tensor:
        self._loras.activate(group.checkpoint, group.adapters)
        return predict(renders, group.plan)


def each_or_alone(
    run: Callable[[Sequence[Render]], Tensor], renders: Sequence[Render]
) -> list[tuple[Render, Tensor]]:
    """Run it on all at once, or if that fails on one at a time: only the culprit's picture is lost."""
    if len(renders) > 1:
        try:
            return list(zip(renders, run(renders).chunk(len(renders)), strict=True))
        except Exception:
            log.exception("A batch of %d pictures failed; trying them one by one.", len(renders))
    alone: list[tuple[Render, Tensor]] = []
    for render in renders:
        with render.ticket.alone():
            alone.append((render, run([render])))
    return alone
