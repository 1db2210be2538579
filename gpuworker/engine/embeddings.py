"""The words that textual inversion made, as prompts name them: found, read and checked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.errors import RenderError
from gpuworker.families.model import Embedding, WeightedEmbedding, WeightedText
from moderation.prompt_language.fragments import Section
from moderation.told import Told
from storage.nearest import nearest

log = logging.getLogger(__name__)

_MOST_VECTORS = 75
"""What fits a chunk."""

EmbeddingFiles = Callable[[], Mapping[str, Path]]
"""The embeddings of this machine by name, safetensors files all of them."""


class Vocabulary:
    """Puts embeddings in the place of their names; for the rendering thread alone."""

    def __init__(self, files: EmbeddingFiles) -> None:
        self._files = files
        self._read: dict[tuple[Path, int], Embedding] = {}

    def weighted_text(self, sections: tuple[Section, ...], checkpoint: Checkpoint) -> WeightedText:
        """Give what a model encodes for these sections, with vectors in the place of embeddings' names.

        Raises `RenderError` for one that is not there, cannot be read or was made for other text towers.
        """
        return tuple(
            tuple(
                WeightedEmbedding(self._embedding(words.text, checkpoint), words.weight)
                if words.is_embedding
                else words
                for words in section
            )
            for section in sections
        )

    def _embedding(self, name: str, checkpoint: Checkpoint) -> Embedding:
        files = self._files()
        if name not in files:
            known = nearest(name, files)
            raise RenderError(
                Told(
                    "There is no {kind} called {name}: those that are here are {known}.",
                    kind="embedding",
                    name=name,
                    known=known,
                )
            )
        file = files[name]
        try:
            key = file, file.stat().st_mtime_ns
            if key not in self._read:
                self._read[key] = Embedding(read_embedding(file))
        except (OSError, SafetensorError, ValueError) as error:
            log.error("embedding %s: %s cannot be read: %s", name, file, error)
            raise RenderError(
                Told("The embedding {name} cannot be read: ask the operator to look at it.", name=name)
            ) from error
        embedding = self._read[key]
        widths = tuple(vectors.shape[1] for vectors in embedding.vectors)
        if widths != checkpoint.model.text_widths:
            made, wanted = (" and ".join(map(str, each)) for each in (widths, checkpoint.model.text_widths))
            raise RenderError(
                Told(
                    "The embedding {name} does not fit the checkpoint {checkpoint}: it was made for text "
                    "towers {made} wide, and here they are {wanted} wide.",
                    name=name,
                    checkpoint=checkpoint.name,
                    made=made,
                    wanted=wanted,
                )
            )
        return embedding


def read_embedding(file: Path) -> tuple[Tensor, ...]:
    """Give the vectors of a safetensors file, (n, width) for each text tower; the narrower tower is first.

    Known are A1111's files (`emb_params`), diffusers' (the word itself), and those of SDXL (`clip_l` and
    `clip_g`). Raises OSError, SafetensorError, and ValueError for what is no embedding.
    """
    weights = load_file(file)
    if set(weights) == {"clip_l", "clip_g"}:
        found = [weights["clip_l"], weights["clip_g"]]
    else:
        found = [weights["emb_params"]] if "emb_params" in weights else list(weights.values())
        if len(found) != 1:
            raise ValueError(f"an embedding has one tensor, not {len(found)}")
    vectors = tuple(each[None] if each.ndim == 1 else each for each in found)
    if any(each.ndim != 2 or not 0 < len(each) <= _MOST_VECTORS for each in vectors):
        raise ValueError(f"an embedding has 1 to {_MOST_VECTORS} vectors")
    if len({len(each) for each in vectors}) > 1:
        raise ValueError("the text towers must have equally many vectors")
    return vectors
