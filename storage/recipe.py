"""The recipe a picture carries in its own file: enough to render it again."""

from __future__ import annotations

from typing import Literal

from storage.jobs import Noise, Sampling


class Recipe(Sampling):
    """All that made one picture. `checkpoint_hash` is the hash of the checkpoint's weights."""

    version: Literal[1] = 1
    checkpoint: str
    checkpoint_hash: str
    noise: Noise
