"""The jobs that the benchmarks render."""

from __future__ import annotations

from collections.abc import Hashable
from enum import StrEnum
from functools import cache
from random import Random

from PIL import Image, ImageDraw

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.request import Request, Start
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.jobs import steps_made
from storage.noise import Noise
from storage.samplers import Sampler
from storage.starts import Mask, Whole
from tasks.presets import Imagination, Quality

COLOURS = ("red", "blue", "green", "yellow")
THINGS = ("house", "tree", "boat", "circle")


class Kind(StrEnum):
    """What a picture is made from, which decides on the stock pipeline that can make it."""

    TEXT = "text"
    PICTURE = "picture"
    MASK = "mask"


def kind_of(request: Request) -> Kind:
    """The kind of a request."""
    if request.start is None:
        return Kind.TEXT
    return Kind.PICTURE if request.start.mask is None else Kind.MASK


def settings_of(request: Request) -> Hashable:
    """What requests must have in common to share a call of a stock pipeline."""
    strength = None if request.start is None else request.start.strength
    size = request.width, request.height
    return kind_of(request), size, request.steps, request.sampler, request.guidance_scale, strength


def steps_of(request: Request) -> int:
    """The denoising steps that are really made."""
    return request.steps if request.start is None else steps_made(request.steps, request.start.strength)


@cache
def a_picture(side: int) -> Image.Image:
    """A boat to start from."""
    boat = draw(Scene("sea", (Thing("boat", "red", "centre", "big"),)), 1).pixels
    return Image.fromarray(boat).resize((side, side))


@cache
def a_mask(side: int) -> Image.Image:
    """The middle of it."""
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).rectangle((side // 4, side // 4, 3 * side // 4, 3 * side // 4), fill=255)
    return mask


def a_start(kind: Kind, strength: float, side: int) -> Start | None:
    """What a request of a kind and of `side` pixels a side starts from."""
    if kind is Kind.TEXT:
        return None
    return Start(a_picture(side), strength, a_mask(side) if kind is Kind.MASK else None)


def different_jobs(checkpoint: Checkpoint) -> list[Request]:
    """32 jobs from words: every sampler, 10, 15, 20, 25 or 30 steps, prompts and guidance of all sorts."""
    return [
        Request(
            checkpoint=checkpoint.name,
            prompt=f"a {COLOURS[i % 4]} {THINGS[i // 4 % 4]}",
            negative_prompt="",
            width=checkpoint.model.side,
            height=checkpoint.model.side,
            steps=10 + 5 * (3 * i % 5),
            sampler=list(Sampler)[i % len(Sampler)],
            guidance_scale=3.0 + i % 3,
            noise=Noise(seed=i),
        )
        for i in range(32)
    ]


def members_jobs(checkpoint: Checkpoint, count: int, seed: int) -> list[Request]:
    """What members ask for in chat: 10, 20 or 40 steps, with the one sampler that the chat has for them.

    Of ten, about six are from words, two from a picture and two within a mask; three are drafts and two are
    fine. Half of them leave the imagination and the strength as they are.
    """
    random = Random(seed)
    return [_members_job(checkpoint, random, i) for i in range(count)]


_IN_PICTURE, _IN_MASK = Whole(image="0" * 64).strength, Mask(image="0" * 64, mask="0" * 64).strength


def _members_job(checkpoint: Checkpoint, random: Random, seed: int) -> Request:
    (kind,) = random.choices(list(Kind), (6, 2, 2))
    (quality,) = random.choices(list(Quality), (3, 5, 2))
    imagination = random.choice([Imagination.BALANCED] * len(Imagination) + list(Imagination))
    usual, side = _IN_MASK if kind is Kind.MASK else _IN_PICTURE, checkpoint.model.side
    return Request(
        checkpoint=checkpoint.name,
        prompt=f"a {random.choice(COLOURS)} {random.choice(THINGS)}",
        negative_prompt="",
        width=side,
        height=side,
        steps=quality.effort.steps,
        sampler=quality.effort.sampler,
        guidance_scale=imagination.guidance_scale,
        noise=Noise(seed=seed),
        start=a_start(kind, random.choice((usual, usual, 0.5, 0.9)), side),
    )
