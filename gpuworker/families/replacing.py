"""Replaces one of torch's functions wherever networks call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.overrides import TorchFunctionMode


class Replacing(TorchFunctionMode):
    """Has `by` called inside instead of `function`, with the same arguments; `by` can call the original."""

    def __init__(self, function: Callable[..., Any], by: Callable[..., Any]) -> None:
        super().__init__()
        self._function, self._by = function, by

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        return (self._by if func is self._function else func)(*args, **(kwargs or {}))
