"""Reads files of textual inversion: vectors that take the place of words."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import Tensor, nn

from gpuworker.adapters.about import FileVersion

_MOST_VECTORS = 75
"""What fits a chunk."""
_LARGEST = 64 * 2**20
"""Bytes of a file: 75 vectors for the widest towers are 1 MB."""
_TOWERS = (("clip_l", "clip_g"), ("text_encoders_0", "text_encoders_1"))
"""Names of the vectors for both text towers of SDXL, of A1111 and of diffusers; the narrower is first."""
_ANY_WORD = "*"
"""The word of files that are called by their names, in A1111."""


class SeveralWords(ValueError):
    """A file has several words, and it was not said which one is meant."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(f"it holds the words {' and '.join(words)}")
        self.words = words


def read_embedding(file: Path, word: str | None = None) -> tuple[Tensor, ...]:
    """Give the vectors of a file, (n, width) for each text tower; the narrower tower is first.

    Known are A1111's files (`emb_params`, and `string_to_param` in a pickle, of which only tensors are
    unpickled), diffusers' (the word itself), and those of SDXL. Of a file with several words it gives those
    of `word`. Raises OSError, SafetensorError, `SeveralWords`, and ValueError for what is no embedding.
    """
    words = read_words(file)
    if word is None and len(words) > 1:
        raise SeveralWords(tuple(words))
    return words[word] if word is not None else next(iter(words.values()))


def read_carried(file: bytes) -> tuple[Tensor, ...]:
    """Give the vectors of the one word in a safetensors file, as `read_embedding` does."""
    if len(file) > _LARGEST:
        raise ValueError("it is far too large for an embedding")
    (vectors,) = vectors_by_word(load(file)).values()
    return vectors


@lru_cache(1024)
def words_of(version: FileVersion) -> tuple[str, ...]:
    """Give the words of a file that has several; none for one that has one, or cannot be read."""
    with suppress(OSError, SafetensorError, ValueError):
        words = read_words(version.file)
        return tuple(words) if len(words) > 1 else ()
    return ()


def read_words(file: Path) -> dict[str, tuple[Tensor, ...]]:
    """Give the vectors of every word in a file, as `read_embedding` does."""
    if file.stat().st_size > _LARGEST:
        raise ValueError("it is far too large for an embedding")
    return vectors_by_word(_tensors(file))


def vectors_by_word(tensors: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, ...]]:
    """Sort named tensors into words. Raises ValueError for what is no embedding."""
    for towers in _TOWERS:
        if tensors.keys() == set(towers):
            return {_ANY_WORD: _checked([tensors[tower] for tower in towers])}
    if not tensors:
        raise ValueError("there are no vectors in it")
    return {name.strip("<>") or name: _checked([tensor]) for name, tensor in tensors.items()}


def _checked(found: Sequence[Tensor]) -> tuple[Tensor, ...]:
    vectors = tuple(each[None] if each.ndim == 1 else each for each in found)
    if any(each.ndim != 2 or not 0 < len(each) <= _MOST_VECTORS for each in vectors):
        raise ValueError(f"an embedding has 1 to {_MOST_VECTORS} vectors")
    if len({len(each) for each in vectors}) > 1:
        raise ValueError("the text towers must have equally many vectors")
    if not all(each.is_floating_point() and each.isfinite().all() for each in vectors):
        raise ValueError("it holds infinities or not-a-numbers")
    return tuple(each.detach().float() for each in vectors)


def _tensors(file: Path) -> dict[str, Tensor]:
    if file.suffix.lower() == ".safetensors":
        return load_file(file)
    found = _unpickled(file)
    if isinstance(found, Mapping) and "string_to_param" in found:
        found = found["string_to_param"]
    if isinstance(found, nn.ParameterDict):
        found = dict(found.items())
    if not isinstance(found, Mapping):
        raise ValueError("it holds no vectors by name")
    tensors = {str(name): value for name, value in found.items() if isinstance(value, Tensor)}
    if len(tensors) != len(found):
        raise ValueError("it holds more than vectors")
    return tensors


def _unpickled(file: Path) -> Any:
    """Unpickle tensors and what holds them, and nothing else: other pickles can run any program."""
    try:
        with warnings.catch_warnings(action="ignore"), torch.serialization.safe_globals([nn.ParameterDict]):
            return torch.load(file, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        raise ValueError("it is no pickle of tensors alone") from error
