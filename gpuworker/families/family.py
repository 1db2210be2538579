"""The record of a family of checkpoints: what is true of all of them, readable without loading torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gpuworker.families.preview import Preview

if TYPE_CHECKING:
    from gpuworker.families.model import Model

_STEMS = {"diffusers": "diffusion_pytorch_model", "transformers": "model"}


class Network(NamedTuple):
    """The class of a network, by library and name as in model_index.json."""

    library: Literal["diffusers", "transformers"]
    name: str

    @property
    def stem(self) -> str:
        """What the names of its weight files begin with."""
        return _STEMS[self.library]

    def load_class(self) -> Any:
        """Import the library, which takes seconds the first time, and give the class."""
        return getattr(import_module(self.library), self.name)


class SingleFile(NamedTuple):
    """How a family's checkpoints look as one file in the layout of CompVis' ldm.

    `prefixes` are those of the tensors' names, the first one found in no other family. `published` is the
    folder with the configurations of the published checkpoints, which single files leave out.
    """

    prefixes: tuple[str, ...]
    published: Path


@dataclass(frozen=True)
class Family:
    """What is true of every checkpoint of a family.

    `pipelines` are the classes of diffusers that model_index.json may name, the stock one first; `detect`
    tells from the denoiser's config.json whether a folder with such a class is of this family.

    `networks` are the parts that bring weights, by folder, `denoiser` the folder of the one that runs at each
    step, and `tokenizers` the tokens that fill up prompts, by folder of the tokenizer. `side` is the width
    and height in pixels of the pictures that the published checkpoints were trained on.

    `new_model` makes the model of networks, tokenizers and `pipeline_options`, all by name. Those are the
    fields of model_index.json that the model takes, with their defaults.

    `added_conditioning` is the `addition_embed_type` that the denoiser must have, None if it takes nothing
    beside the prompt. `upcasts_autoencoder` says that a configuration which asks for fp32 (`force_upcast`) is
    right: the autoencoder's activations leave the range of fp16. `preview` is the map from latents to colours
    of the published autoencoder, and `single_file` is None where only folders are served.

    `clip_skip` is the layer of the text tower whose states the denoiser takes, counted from the last one, 1,
    as A1111 counts them; None where it cannot be chosen. `side_of_noise` is the side of those
    published checkpoints that predict noise, where the others have another one.
    """

    name: str
    title: str
    pipelines: tuple[str, ...]
    networks: Mapping[str, Network]
    tokenizers: Mapping[str, str]
    side: int
    new_model: Callable[..., Model]
    denoiser: str = "unet"
    detect: Callable[[Mapping[str, Any]], bool] = lambda denoiser: True
    pipeline_options: Mapping[str, Any] = field(default_factory=dict)
    added_conditioning: str | None = None
    upcasts_autoencoder: bool = False
    preview: Preview | None = None
    single_file: SingleFile | None = None
    clip_skip: int | None = None
    side_of_noise: int | None = None
