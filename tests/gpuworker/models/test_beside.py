"""What else is on a card counts before the first picture is planned."""

from __future__ import annotations

from pathlib import Path

from gpuworker.models.beside import bytes_beside
from gpuworker.registry import entry_of
from storage.settings import Settings


def size(name: str, settings: Settings) -> int:
    place = entry_of(name, settings).place(settings)
    return sum(file.stat().st_size for file in [place, *place.rglob("*")] if file.is_file())


def test_the_models_that_ship_count_by_their_files(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    names = {settings.upscaler, settings.clip, settings.figures, settings.masks} - {None}
    assert bytes_beside(settings) == 2 * sum(size(str(name), settings) for name in names) > 1_000_000


def test_a_larger_one_counts_once_it_is_here(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = bytes_beside(settings)
    larger = settings.model_copy(update={"upscaler": "realesrgan-x4plus"})
    without = before - 2 * size(settings.upscaler, settings)
    assert bytes_beside(larger) == without, "it has not been fetched"
    x4 = entry_of("realesrgan-x4plus", larger)
    place = x4.file_place(x4.files[0], larger)
    place.parent.mkdir(parents=True)
    place.write_bytes(bytes(1000))
    assert bytes_beside(larger) == without + 2000


def test_restorers_of_faces_count_when_they_are_here(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = bytes_beside(settings)
    gfpgan = entry_of("gfpgan", settings)
    place = gfpgan.file_place(gfpgan.files[0], settings)
    place.parent.mkdir(parents=True)
    place.write_bytes(bytes(500))
    assert bytes_beside(settings) == before + 1000


def test_a_broken_registry_counts_what_is_built_in(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = bytes_beside(settings)
    settings.models_file.write_text("[mine]\n")
    assert bytes_beside(settings) <= before
