"""How much of a word's likeness is left after it was carried over: told by the worker's CLIP."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from gpuworker.stages.bench import Bench, clip_of
from gpuworker.stages.examples import Seen
from gpuworker.stages.fetch import fetch, opened
from storage.carry_over import Likeness
from storage.events import Picture
from storage.training import Train


def likeness_of(task: Train, bench: Bench, seen: Seen, pictures: Sequence[Picture]) -> Likeness | None:
    """Compare what a word draws now, and what it drew before, with what it was learned from both times.

    None for a word that is new, and where nothing that it draws may be shown. Raises JobFailed.
    """
    blobs = [picture.blob for picture in pictures if picture.blob is not None]
    if task.before is None or not blobs:
        return None
    before = [opened(fetch(bench, each.image)).convert("RGB") for each in task.before.drawn]
    after = [opened(fetch(bench, blob)).convert("RGB") for blob in blobs]
    return Likeness(before=alike(bench, seen.pictures, before), after=alike(bench, seen.pictures, after))


def alike(bench: Bench, wanted: Sequence[Image.Image], drawn: Sequence[Image.Image]) -> float:
    """Say how like some pictures others are, 0 to 1: the mean cosine of each two of their vectors.

    Tried on a magenta star, with pocket's CLIP: other drawings of it have 0.68, what pocket draws by a word
    for it 0.55, pocket-2 by the same word carried over 0.57, a purple boat 0.53, and a maroon house 0.07. It
    sees colours rather than kinds: that a word keeps its kind is seen to by `restrained`. Which phrases CLIP
    has for the pictures says less: by these the boat came before what pocket drew.
    """
    clip = clip_of(bench, "compared")
    return float((clip.pictures(wanted) @ clip.pictures(drawn).T).mean().clamp(0, 1))
