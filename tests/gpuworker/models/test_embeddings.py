"""The embeddings of this machine are the files in their folder."""

from __future__ import annotations

from pathlib import Path

from gpuworker.models.embeddings import embedding_files
from storage.settings import Settings


def test_files_are_found_by_their_names(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert embedding_files(settings) == {}
    settings.embeddings_folder.mkdir(parents=True)
    for name in ("cat-toy.safetensors", "v1.2.safetensors", "old.pt", "notes.txt"):
        (settings.embeddings_folder / name).touch()
    assert embedding_files(settings) == {
        "cat-toy": settings.embeddings_folder / "cat-toy.safetensors",
        "v1.2": settings.embeddings_folder / "v1.2.safetensors",
        "old": settings.embeddings_folder / "old.pt",
    }
