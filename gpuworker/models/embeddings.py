"""Lists the embeddings that are on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from storage.settings import Settings


def embedding_files(settings: Settings) -> Mapping[str, Path]:
    """Give files by name: every `NAME.safetensors` in the embeddings folder."""
    return {file.stem: file for file in settings.embeddings_folder.glob("*.safetensors")}
