"""The words that textual inversion made, as prompts name them: found, read and checked."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError

from gpuworker.adapters.about import FileVersion
from gpuworker.adapters.embedding_file import SeveralWords, read_embedding, vectors_by_word, words_of
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.errors import RenderError
from gpuworker.families.model import Embedding, WeightedEmbedding, WeightedText
from moderation.prompt_language.fragments import Fragment, Section
from moderation.told import Told
from storage.called import called
from storage.nearest import nearest

log = logging.getLogger(__name__)

EmbeddingFiles = Callable[[], Mapping[str, Path]]
"""The embeddings of this machine by name."""

_PLAIN_WORD = re.compile(r"[^\W\d_]+")


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
        self, sections: tuple[Section, ...], checkpoint: Checkpoint, bare: bool = True
    ) -> WeightedText:
        """Give what a model encodes for these sections, with vectors in the place of embeddings' names.

        With `bare` a name counts without brackets, too, as in A1111. Those of the LoRAs that are worn are
        known beside those of the files. Raises `RenderError` for one that is not there, cannot be read or
        was made for other text towers.
        """
        files = self._files()
        return tuple(
            tuple(piece for words in section for piece in self._pieces(words, files, checkpoint, bare))
            for section in sections
        )

    def _pieces(
        self, words: Fragment, files: Mapping[str, Path], checkpoint: Checkpoint, bare: bool
    ) -> Iterator[Fragment | WeightedEmbedding]:
        if words.is_embedding:
            yield WeightedEmbedding(self._embedding(words.text, files, checkpoint), words.weight)
            return
        names = (*files, *checkpoint.adapters.worn.bundled) if bare else ()
        for text, is_name in _parted(words.text, names):
            if is_name:
                try:
                    yield WeightedEmbedding(self._embedding(text, files, checkpoint), words.weight)
                    continue
                except RenderError:
                    # A plain word may mean just itself, but nobody writes bad_hands-5 for the sake of art.
                    if not _PLAIN_WORD.fullmatch(text):
                        raise
            yield words._replace(text=text)

    def _embedding(self, asked: str, files: Mapping[str, Path], checkpoint: Checkpoint) -> Embedding:
        bundled = checkpoint.adapters.worn.bundled
        if (word := called(asked, bundled)) is not None:
            embedding = Embedding(next(iter(vectors_by_word(bundled[word]).values())))
        else:
            name, file, word = _found(asked, files)
            embedding, found = self._from_file(name, file, word)
            _refuse_misfit(asked, embedding, checkpoint)
            self._used[name] = found
            return embedding
        _refuse_misfit(asked, embedding, checkpoint)
        return embedding

    def _from_file(self, name: str, file: Path, word: str | None) -> tuple[Embedding, str]:
        try:
            key = FileVersion.of(file), word
            if key not in self._read:
                embedding = Embedding(read_embedding(file, word))
                self._read[key] = embedding, hashlib.sha256(file.read_bytes()).hexdigest()
        except (OSError, SafetensorError, ValueError) as error:
            log.error("embedding %s: %s cannot be read: %s", name, file, error)
            raise RenderError(_unreadable(name, error)) from error
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
    raise RenderError(
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


def _parted(text: str, names: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Part words from the names among them; each part comes with whether it is one."""
    if not names:
        yield text, False
        return
    end = 0
    for found in _any_of(tuple(sorted(names, key=len, reverse=True))).finditer(text):
        if end < found.start():
            yield text[end : found.start()], False
        yield found[0], True
        end = found.end()
    if end < len(text):
        yield text[end:], False


@lru_cache(8)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """Match any of the names where it stands as a word."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-]|\.\w)", re.IGNORECASE)
