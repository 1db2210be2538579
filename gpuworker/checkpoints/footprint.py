"""Measures on a checkpoint's own networks how much memory passes through them take."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gpuworker.families.attention import COPIES
from gpuworker.families.model import Model, Rows, WeightedText

_SIDE = 16
"""The side in cells of what is measured: little work, yet what grows with the picture outweighs the rest."""


class Law(NamedTuple):
    """The bytes that a row takes by the number of its cells.

    Every tensor grows in proportion, except the scores of attention, which grow with the square: `per_pair`
    is for them, and 0 where the device has kernels that never write the scores down.
    """

    per_cell: float
    per_pair: float = 0.0

    def __call__(self, cells: int) -> int:
        """Give the bytes for one row of so many cells, with all of its scores at once."""
        return int(self.per_cell * cells + self.per_pair * cells**2)

    @property
    def sliced(self) -> Law:
        """The law without the scores, which attention in slices keeps to a bound of its own."""
        return Law(self.per_cell)


class Footprint:
    """The laws of a model's networks, each measured in small passes when it is first asked for."""

    def __init__(
        self,
        model: Model,
        encode_prompt: Callable[[WeightedText], Rows],
        device: torch.device,
        dtype: torch.dtype,
        bring_autoencoder: Callable[[], None] = lambda: None,
    ) -> None:
        self._bring_autoencoder = bring_autoencoder
        self._model = model
        self._encode_prompt = encode_prompt
        self._latents = torch.zeros(1, model.latent_channels, _SIDE, _SIDE, device=device, dtype=dtype)

    @cached_property
    def denoise(self) -> Law:
        """The law for a row of the denoiser."""
        side = _SIDE * self._model.pixels_per_latent
        rows = *self._encode_prompt(((),)), *self._model.added_conditioning(side, side, 1.0)
        timesteps = torch.ones(1, device=self._latents.device)
        return _law(lambda: self._model.denoise(self._latents, timesteps, *rows))

    @cached_property
    def autoencode(self) -> Law:
        """The law for a picture that the autoencoder decodes or encodes whole, whichever takes more."""
        self._bring_autoencoder()
        return max(
            _law(lambda: self._model.decode(self._latents)), _law(lambda: self._model.encode(self._pixels))
        )

    @cached_property
    def autoencode_tile(self) -> Law:
        """The law for one tile in the autoencoder."""
        self._bring_autoencoder()
        decoding = _law(lambda: self._model.decode(self._latents, _SIDE))
        return max(decoding, _law(lambda: self._model.encode(self._pixels, _SIDE)))

    @cached_property
    def autoencode_in_tiles(self) -> Law:
        """The law for a picture beside its tiles: its features, and its pixels as decoded and as rounded."""
        self._bring_autoencoder()
        halves, vae = self._model.autoencoder, self._model.autoencoder.vae
        features = halves.decode_at_latents(self._latents.to(vae.dtype))
        law = max(
            _law(lambda: halves.decode_at_latents(self._latents.to(vae.dtype))),
            _law(lambda: halves.encode_at_latents(features)),
        )
        return law._replace(per_cell=law.per_cell + 2 * self._pixels.nbytes / _SIDE**2)

    @property
    def _pixels(self) -> Tensor:
        side = _SIDE * self._model.pixels_per_latent
        return torch.zeros(1, 3, side, side, device=self._latents.device)


@torch.inference_mode(False)
@torch.no_grad()
def _law(run: Callable[[], object]) -> Law:
    # Inference mode would show operations that are made of others as one.
    living = _Living()
    with living:
        run()
    return Law(living.most / _SIDE**2, COPIES * living.scores / _SIDE**4)


class _Living(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of the tensors that are made inside and not yet freed.

    `most` are the most bytes at one time, `scores` those of the largest scores of cells for each other.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.most = 0
        self.scores = 0
        self._now = 0
        self._known: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        results = result if len(func._schema.returns) > 1 else (result,)
        for promised, each in zip(func._schema.returns, results, strict=True):
            if promised.alias_info is None:  # neither a view nor written in place
                for tensor in tree_leaves(each):
                    if isinstance(tensor, Tensor):
                        self._born(tensor.untyped_storage())
        if "softmax" in func.name() and result.shape[-1] == result.shape[-2]:
            self.scores = max(self.scores, result.nbytes)
        return result

    def _born(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self._known:
            self._known.add(key)
            self._now += size
            self.most = max(self.most, self._now)
            weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._now -= size
