"""Lists the embeddings that are on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gpuworker.models.add_on_files import files_by_name
from storage.settings import Settings

ENDINGS = (".safetensors", ".pt", ".bin")


def embedding_files(settings: Settings) -> Mapping[str, Path]:
    """Give files by name: those in the embeddings folder and in folders inside it, of every program."""
    return files_by_name(settings.embeddings_folder, ENDINGS)
