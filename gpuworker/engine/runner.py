"""Runs the networks for a group of pictures, and finds the culprit when a pass fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from gpuworker.engine.bare import BarePasses
from gpuworker.engine.batch import decode, predict, to_picture
from gpuworker.engine.group import Group
from gpuworker.engine.render import Render
from gpuworker.engine.transfer import to_device

log = logging.getLogger(__name__)


class ModelRunner:
    """Passes of the UNet and of the autoencoder over a group, with the LoRAs that its pictures name."""

    def __init__(self, bare: BarePasses) -> None:
        self._bare = bare

    def advance(self, group: Group) -> int:
        """Make one denoising step with every picture; the number of those with which it went well."""
        predicted = each_or_alone(partial(self._predict, group), group.renders)
        noises = drawn_together([render for render, _ in predicted])
        for (render, prediction), noise in zip(predicted, noises, strict=True):
            with render.ticket.alone():
                render.advance(prediction, noise)
        return len(predicted)

    def decode(self, group: Group) -> None:
        """Hand over the pictures that have made their last step."""
        finished = [render for render in group.renders if render.done and not render.ticket.settled()]
        if not finished:
            return
        while finished:
            at_once = group.plan.pictures.rows
            for render, pixels in each_or_alone(
                partial(decode, plan=group.plan, bare=self._bare), finished[:at_once]
            ):
                with render.ticket.alone():
                    render.ticket.succeed(render.finish(to_picture(pixels)))
            finished = finished[at_once:]
        group.checkpoint.send_away()

    def _predict(self, group: Group, renders: Sequence[Render]) -> list[Tensor]:
        group.checkpoint.adapters.wear(group.adapters)
        return predict(renders, group.plan, self._bare)


def each_or_alone(
    run: Callable[[Sequence[Render]], list[Tensor]], renders: Sequence[Render]
) -> list[tuple[Render, Tensor]]:
    """Run it on all at once, or if that fails on one at a time: only the culprit's picture is lost."""
    if len(renders) > 1:
        try:
            return list(zip(renders, run(renders), strict=True))
        except Exception:
            log.exception("A batch of %d pictures failed; trying them one by one.", len(renders))
    alone: list[tuple[Render, Tensor]] = []
    for render in renders:
        with render.ticket.alone():
            (found,) = run([render])
            alone.append((render, found))
    return alone


def drawn_together(renders: Sequence[Render]) -> list[Tensor | None]:
    """Draw the noise that the next steps add, each picture its own, and take it to the device in one copy.

    None for those whose samplers add none.
    """
    drawn = [render.draw_noise() for render in renders]
    some = [noise for noise in drawn if noise is not None]
    if not some:
        return drawn
    there = iter(torch.split(to_device(torch.cat(some), renders[0].checkpoint.device), 1))
    return [None if noise is None else next(there) for noise in drawn]
