"""The LoRAs that are in memory for a checkpoint, and those that its layers compute with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from weakref import WeakSet

from torch import Tensor

from gpuworker.adapters.change import Change, Worn, run_changed
from gpuworker.adapters.read import Adapter

MOST_KEPT = 8
"""Adapters that stay in memory though nobody uses them; the least recently used makes way."""

AdapterWeights: TypeAlias = tuple[tuple[Adapter, float, float], ...]
"""Adapters that are worn together, each with its weight in the network that draws and in the text towers."""


@dataclass(frozen=True, eq=False)
class AdapterSet:
    """Adapters that are worn together, by layer. Whoever holds the set keeps them in memory."""

    layers: Mapping[Any, Worn] = field(default_factory=dict)
    adapters: AdapterWeights = ()

    @property
    def bytes(self) -> int:
        """The bytes that they take."""
        return sum(adapter.bytes for adapter, *_ in self.adapters)

    @property
    def bundled(self) -> Mapping[str, Mapping[str, Tensor]]:
        """The embeddings that came along with them, by word: their tensors by part."""
        return {word: parts for adapter, *_ in self.adapters for word, parts in adapter.bundled.items()}


NOTHING = AdapterSet()


class Adapters:
    """Has the layers of a checkpoint compute with adapters; for the rendering thread alone.

    The checkpoint's own weights stay as they are: with nothing worn it computes exactly what it always did.
    A change of what is worn is the change of one reference, however many layers it concerns.
    """

    def __init__(self) -> None:
        self._now = NOTHING
        self._kept: dict[Hashable, Adapter] = {}
        """The least recently used first."""
        self._living: WeakSet[Adapter] = WeakSet()
        self._followed: set[Any] = set()
        """The layers that look at what is worn; they go on when nothing concerns them, which costs little."""

    @property
    def bytes(self) -> int:
        """The bytes that all those in memory take, worn, held or only kept."""
        return sum(adapter.bytes for adapter in list(self._living))

    @property
    def worn(self) -> AdapterSet:
        """What is worn."""
        return self._now

    def get(self, key: Hashable) -> Adapter | None:
        """Give the adapter that was kept under a key, which counts as a use."""
        if (adapter := self._kept.pop(key, None)) is not None:
            self._kept[key] = adapter
        return adapter

    def keep(self, key: Hashable, adapter: Adapter) -> None:
        """Keep an adapter; those that make way live on as long as a set holds them."""
        self._kept[key] = adapter
        self._living.add(adapter)
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def together(self, adapters: AdapterWeights) -> AdapterSet:
        """Give the set of adapters that are to be worn together."""
        layers: dict[Any, list[tuple[Change, float]]] = {}
        for adapter, drawing, reading in adapters:
            for layer, change in adapter.changes.items():
                weight = reading if layer.network.startswith("text_encoder") else drawing
                if weight:
                    layers.setdefault(layer.module, []).append((change, weight))
        for module in layers.keys() - self._followed:
            self._follow(module)
        return AdapterSet(layers, adapters)

    def wear(self, adapters: AdapterSet) -> None:
        """Make the layers compute with this set, which must come from `together`, and with nothing else."""
        self._now = adapters

    def _follow(self, layer: Any) -> None:
        """Have a layer look at what is worn in every pass."""
        plain: Callable[..., Tensor] = layer.forward

        def forward(x: Tensor, *rest: Any, **options: Any) -> Tensor:
            worn = self._now.layers.get(layer)
            return plain(x, *rest, **options) if worn is None else run_changed(layer, plain, worn, x)

        layer.forward = forward
        self._followed.add(layer)
