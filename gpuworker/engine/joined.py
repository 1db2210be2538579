"""What the rows of a pass are told, joined into tensors, and made anew only when the batch has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from gpuworker.families.model import Rows


class JoinedConditioning:
    """The conditioning of a group's last step, by the length of its prompts.

    From step to step mostly the same pictures go on with the same prompts. Joining these anew would move
    megabytes at each step.
    """

    def __init__(self) -> None:
        self._last: dict[int, tuple[list[Rows], Rows]] = {}

    def join(self, prompts: Mapping[int, Sequence[Rows]]) -> dict[int, Rows]:
        """Give the rows of each length as tensors with one row for each prompt, in the same order."""
        self._last = {
            length: self._same(length, rows) or (list(rows), tuple(map(torch.cat, zip(*rows, strict=True))))
            for length, rows in prompts.items()
        }
        return {length: joined for length, (_, joined) in self._last.items()}

    def _same(self, length: int, rows: Sequence[Rows]) -> tuple[list[Rows], Rows] | None:
        last = self._last.get(length)
        if last is None or len(last[0]) != len(rows):
            return None
        # The tensors themselves, not their numbers: to compare those would be to wait for the device.
        return last if all(a is b for a, b in zip(last[0], rows, strict=True)) else None
