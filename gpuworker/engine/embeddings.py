"""The words that textual inversion made, as prompts name them: found, read and checked."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError
from torch import Tensor

from gpuworker.adapters.about import FileVersion
from gpuworker.adapters.embedding_file import SeveralWords, read_embedding, vectors_by_word, words_of
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.errors import Lacking, RenderError
from gpuworker.engine.request import CarriedEmbedding
from gpuworker.families.model import Embedding, WeightedEmbedding, WeightedText
from moderation.prompt_language.fragments import Fragment, Section
from moderation.told import Told
from storage.called import called, parted
from storage.nearest import nearest

log = logging.getLogger(__name__)

EmbeddingFiles = Callable[[], Mapping[str, Path]]
"""The embeddings of this machine by name."""

_PLAIN_WORD = re.compile(r"[^\W\d_]+")


class _Known(NamedTuple):
    """The embeddings that a prompt may name, in the order in which they are asked for a name."""

    carried: Mapping[str, CarriedEmbedding]
    bundled: Mapping[str, Mapping[str, Tensor]]
    files: Mapping[str, Path]


class Vocabulary:
    """Puts embeddings in the place of their names; for the rendering thread alone."""

    def __init__(self, files: EmbeddingFiles) -> None:
        self._files = files
        self._read: dict[tuple[FileVersion, str | None], tuple[Embedding, str]] = {}
        self._used: dict[str, str] = {}

    def take_used(self) -> dict[str, str]:
        """Give the embeddings put in since this was last asked, by name, each with its file's SHA-256."""
        used, self._used = self._used, {}
        return dict(sorted(used.items()))

    def weighted_text(
        self,
        sections: tuple[Section, ...],
        checkpoint: Checkpoint,
        bare: bool,
        carried: Mapping[str, CarriedEmbedding],
    ) -> WeightedText:
        """Give what a model encodes for these sections, with vectors in the place of embeddings' names.

        With `bare` a name counts without brackets, too, as in A1111. Those that the request has `carried`
        along are known, then those of the LoRAs that are worn, then those of the files. Raises `RenderError`
        for one that is not there, cannot be read or was made for other text towers.
        """
        known = _Known(carried, checkpoint.adapters.worn.bundled, self._files())
        return tuple(
            tuple(piece for words in section for piece in self._pieces(words, known, checkpoint, bare))
            for section in sections
        )

    def _pieces(
        self, words: Fragment, known: _Known, checkpoint: Checkpoint, bare: bool
    ) -> Iterator[Fragment | WeightedEmbedding]:
        if words.is_embedding:
            yield WeightedEmbedding(self._embedding(words.text, known, checkpoint), words.weight)
            return
        names = (*known.carried, *known.files, *known.bundled) if bare else ()
        for text, is_name in parted(words.text, names):
            if is_name:
                try:
                    yield WeightedEmbedding(self._embedding(text, known, checkpoint), words.weight)
                    continue
                except RenderError:
                    # A plain word may mean just itself, but nobody writes bad_hands-5 for the sake of art.
                    if not _PLAIN_WORD.fullmatch(text):
                        raise
            yield words._replace(text=text)

    def _embedding(self, asked: str, known: _Known, checkpoint: Checkpoint) -> Embedding:
        used = None
        if (name := called(asked, known.carried)) is not None:
            embedding, found = known.carried[name]
            used = name, found
        elif (word := called(asked, known.bundled)) is not None:
            embedding = Embedding(next(iter(vectors_by_word(known.bundled[word]).values())))
        else:
            name, file, word = _found(asked, known.files)
            embedding, found = self._from_file(name, file, word)
            used = name, found
        _refuse_misfit(asked, embedding, checkpoint)
        if used is not None:
            self._used[used[0]] = used[1]
        return embedding

    def _from_file(self, name: str, file: Path, word: str | None) -> tuple[Embedding, str]:
        try:
            key = FileVersion.of(file), word
            if key not in self._read:
                embedding = Embedding(read_embedding(file, word))
                self._read[key] = embedding, hashlib.sha256(file.read_bytes()).hexdigest()
        except (OSError, SafetensorError, ValueError) as error:
            log.error("embedding %s: %s cannot be read: %s", name, file, error)
            failed = RenderError if isinstance(error, SeveralWords) else Lacking
            raise failed(_unreadable(name, error)) from error
        return self._read[key]


def _found(asked: str, files: Mapping[str, Path]) -> tuple[str, Path, str | None]:
    """Find an embedding by the name of its file, or by its own among several in one."""
    if (name := called(asked, files)) is not None:
        return name, files[name], None
    for file in files.values():
        try:
            words = words_of(FileVersion.of(file))
        except OSError:
            continue
        if (word := called(asked, words)) is not None:
            return word, file, word
    known = nearest(asked, files)
    raise Lacking(
        Told(
            "There is no {kind} called {name}: those that are here are {known}.",
            kind="embedding",
            name=asked,
            known=known,
        )
    )


def _unreadable(name: str, error: Exception) -> Told:
    if isinstance(error, SeveralWords):
        return Told(
            "The embedding {name} cannot be read as one: it holds the words {words}, so name one of them.",
            name=name,
            words=" and ".join(error.words),
        )
    return Told("The embedding {name} cannot be read: ask the operator to look at it.", name=name)


def _refuse_misfit(name: str, embedding: Embedding, checkpoint: Checkpoint) -> None:
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
