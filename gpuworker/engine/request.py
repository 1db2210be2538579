"""One picture inside the engine: what is asked for, and what is reported on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from PIL import Image

from gpuworker.engine.noise import Patch
from gpuworker.families.model import Embedding
from gpuworker.models.loras import LoraFile
from storage.add_on_hashes import AddOnHashes
from storage.noise import Noise
from storage.samplers import Sampler
from storage.share import NOBODYS, Share
from storage.weighting import Weighting


@dataclass(frozen=True, slots=True)
class StepDone:
    """Told after each denoising step of a request, on the engine's thread: return quickly.

    `preview` draws the picture as the sampler expects it to end, through a linear map, a pixel for each
    latent; it costs microseconds but must be called, if at all, before the callback returns.
    """

    step: int
    steps: int
    preview: Callable[[], Image.Image]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """The picture that a rendering starts from, instead of from nothing but noise.

    `picture` is RGB of the request's size. `strength`, above 0 and up to 1, is the share of the steps that is
    made, at least one: the higher, the less of the picture is left. `mask`, 8-bit grey of the same size, is
    white (128 or more) where the picture shall change; elsewhere it stays, as well as the autoencoder can.
    `shows` says what the picture shows: then only that changes of it in which the request's prompt differs.
    `others`, of the same size, are pictures that are blended with it before.
    """

    picture: Image.Image
    strength: float
    mask: Image.Image | None = None
    shows: str | None = None
    others: tuple[Image.Image, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnWith:
    """The weights that a picture is drawn with, by hash: of the checkpoint, and of add-ons."""

    checkpoint: str
    add_ons: AddOnHashes


class CarriedEmbedding(NamedTuple):
    """An embedding that came with a request, and the SHA-256 of its file."""

    embedding: Embedding
    hash: str


@dataclass(frozen=True, slots=True)
class Request:
    """One picture to render.

    `width` and `height` are pixels, multiples of those that one latent stands for (8 in Stable Diffusion).
    With `seamless` opposite borders fit each other, which takes a model of convolutions and no start.
    With `sums_parts` the branches of an `AND` are only added up (see `Composition`).
    `bare_embeddings` says whether the name of an embedding means it without brackets, too; `embeddings`
    and `loras` are those that the request brings, by name. `share` says whose it is. `deadline` is on the
    clock of `time.monotonic()`. `on_begin` is told once, on the engine's thread, and may raise what the
    request is then refused with.
    """

    checkpoint: str
    prompt: str
    negative_prompt: str
    width: int
    height: int
    steps: int
    sampler: Sampler
    guidance_scale: float
    noise: Noise | Patch
    weighting: Weighting = Weighting.DARKROOM
    sums_parts: bool = False
    bare_embeddings: bool = True
    embeddings: Mapping[str, CarriedEmbedding] = field(default_factory=dict)
    loras: Mapping[str, LoraFile] = field(default_factory=dict)
    start: Start | None = None
    share: Share = NOBODYS
    deadline: float | None = None
    seamless: bool = False
    on_step: Callable[[StepDone], None] | None = None
    on_begin: Callable[[DrawnWith], None] | None = None
