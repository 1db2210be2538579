"""Models arrive whole, checked and in their place, whatever the network and the disk do."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from filelock import FileLock
from safetensors.numpy import save

from gpuworker.checkpoints.check import available, check
from gpuworker.models import fetch as fetching
from gpuworker.models.fetch import FetchError, fetch
from gpuworker.models.inventory import faults, staging, standing
from gpuworker.offer import offered_names
from gpuworker.registry import Entry, entry_of, shipped_checkpoints
from storage.settings import Settings
from tests.gpuworker.models.hub import Hub, point_at, running_hub, write_registry

WEIGHTS = save({"weight": np.arange(100_000, dtype=np.float32)})
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
PINNED = f'"model.safetensors" = {{ size = {len(WEIGHTS)}, sha256 = "{SHA256}" }}'


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    monkeypatch.setattr(fetching, "PAUSE_SECONDS", 0.0)
    async with running_hub() as hub:
        point_at(hub, monkeypatch)
        hub.add("some/clip/config.json", b'{"model_type": "clip"}')
        hub.add("some/clip/model.safetensors", WEIGHTS)
        yield hub


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def clip(settings: Settings, *files: str) -> Entry:
    """A CLIP on the Hub, of a configuration and weights."""
    lines = files or ('"config.json" = {}', PINNED)
    write_registry(settings.models_file, "my-clip", lines, kind="clip", hub="some/clip")
    return entry_of("my-clip", settings)


async def bring(entry: Entry, settings: Settings) -> int:
    return await asyncio.to_thread(fetch, entry, settings, lambda path, done, total: None)


async def refused(entry: Entry, settings: Settings) -> str:
    """The sentence with which a fetch ends, and nothing in the model's place."""
    with pytest.raises(FetchError) as error:
        await bring(entry, settings)
    assert not entry.file_place(entry.files[-1], settings).exists()
    assert "\n" not in str(error.value)
    return str(error.value)


async def test_a_folder_from_the_hub_is_a_checkpoint_that_workers_offer(
    hub: Hub, settings: Settings, checkpoints_folder: Path
) -> None:
    paths = hub.put("some/tiny", checkpoints_folder / "tiny")
    files = [f'"{path}" = {{}}' for path in paths]
    write_registry(settings.models_file, "my-tiny", files, kind="checkpoint", family="sd1", hub="some/tiny")
    entry = entry_of("my-tiny", settings)
    assert await bring(entry, settings) == len(paths)
    assert check("my-tiny", settings.checkpoints_folder).startswith("Stable Diffusion 1.x")
    assert offered_names(settings) == [*shipped_checkpoints(), "my-tiny"]
    assert list(faults(entry, settings)) == []


async def test_a_single_file_is_called_by_the_name_of_its_entry(hub: Hub, settings: Settings) -> None:
    write_registry(
        settings.models_file, "my-file", [PINNED], kind="checkpoint", family="sd1", hub="some/clip"
    )
    await bring(entry_of("my-file", settings), settings)
    assert (settings.checkpoints_folder / "my-file.safetensors").read_bytes() == WEIGHTS


async def test_progress_is_told_and_nothing_is_fetched_twice(hub: Hub, settings: Settings) -> None:
    entry = clip(settings)
    told: dict[str, tuple[int, int | None]] = {}
    await asyncio.to_thread(
        fetch, entry, settings, lambda path, done, total: told.update({path: (done, total)})
    )
    assert told == {"config.json": (22, 22), "model.safetensors": (len(WEIGHTS), len(WEIGHTS))}
    hub.asked.clear()
    assert await bring(entry, settings) == 0
    assert hub.asked == []
    left = {file.name for file in settings.models_folder.iterdir()}
    assert left == {"my-clip", ".my-clip.sha256.json"}


async def test_a_broken_connection_is_taken_up_where_it_broke(hub: Hub, settings: Settings) -> None:
    hub.cuts = [150_000, 100_000]
    entry = clip(settings, PINNED)
    await bring(entry, settings)
    assert (settings.models_folder / "my-clip" / "model.safetensors").read_bytes() == WEIGHTS
    starts = [int(asked.removeprefix("bytes=")[:-1]) for _, asked in hub.asked if asked]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1] <= 250_000


async def test_an_ended_command_is_taken_up_by_the_next_one(hub: Hub, settings: Settings) -> None:
    hub.cuts = [150_000] + [0] * 10
    entry = clip(settings, PINNED)
    assert "it goes on from there" in await refused(entry, settings)
    found = standing(entry, settings)
    assert found.state == "missing"
    assert 0 < found.begun <= 150_000
    assert "goes on after" in found.says
    hub.cuts.clear()
    hub.asked.clear()
    assert await bring(entry, settings) == 1
    assert hub.asked == [("some/clip/model.safetensors", f"bytes={found.begun}-")]
    assert standing(entry, settings).state == "here"
    assert not staging(entry, settings).exists()


async def test_a_server_that_knows_no_ranges_begins_anew(hub: Hub, settings: Settings) -> None:
    hub.cuts, hub.knows_ranges = [150_000], False
    await bring(clip(settings, PINNED), settings)
    assert (settings.models_folder / "my-clip" / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (WEIGHTS[:-1] + b"\x01", "is not the published file"),
        (WEIGHTS[: len(WEIGHTS) // 2], f"has {len(WEIGHTS) // 2} bytes instead of {len(WEIGHTS)}"),
        (WEIGHTS + b"more", "is longer than"),
    ],
    ids=["changed", "truncated", "too long"],
)
async def test_another_file_is_deleted(hub: Hub, settings: Settings, content: bytes, fault: str) -> None:
    hub.add("some/clip/model.safetensors", content)
    entry = clip(settings)
    sentence = await refused(entry, settings)
    assert f"{hub.url}/some/clip/resolve/main/model.safetensors {fault}" in sentence
    assert "deleted" in sentence
    assert not list(staging(entry, settings).glob("model*"))
    hub.add("some/clip/model.safetensors", WEIGHTS)
    assert await bring(entry, settings) == 2


async def test_without_a_checksum_of_ours_the_hubs_counts(hub: Hub, settings: Settings) -> None:
    entry = clip(settings, '"config.json" = {}', '"model.safetensors" = {}')
    identity = hub._identity

    def another(name: str) -> dict[str, str]:
        return {**identity(name), "ETag": '"' + "0" * (64 if name in hub.large else 40) + '"'}

    hub._identity = another  # type: ignore[method-assign]
    assert "config.json is not the published file" in await refused(entry, settings)
    hub._identity = identity  # type: ignore[method-assign]
    await bring(entry, settings)
    place = settings.models_folder / "my-clip" / "model.safetensors"
    place.write_bytes(WEIGHTS[:-1] + b"\x01")
    (fault,) = faults(entry, settings)
    assert str(place) in fault


async def test_a_file_that_changed_here_is_fetched_again_alone(hub: Hub, settings: Settings) -> None:
    entry = clip(settings)
    await bring(entry, settings)
    place = settings.models_folder / "my-clip" / "model.safetensors"
    place.write_bytes(WEIGHTS[:1000])
    assert standing(entry, settings).state == "wrong"
    hub.asked.clear()
    assert await bring(entry, settings) == 1
    assert [name for name, _ in hub.asked] == ["some/clip/model.safetensors"]
    assert place.read_bytes() == WEIGHTS


async def test_what_is_no_safetensors_file_is_refused(hub: Hub, settings: Settings) -> None:
    hub.add("some/clip/model.safetensors", b"<html>Sign in</html>")
    entry = clip(settings, '"model.safetensors" = {}')
    assert "is no safetensors file" in await refused(entry, settings)


async def test_a_missing_file_and_a_closed_door_are_told_apart(hub: Hub, settings: Settings) -> None:
    assert "status 404" in await refused(clip(settings, '"gone.json" = {}'), settings)
    hub.status = 403
    assert "HF_TOKEN" in await refused(clip(settings), settings)
    hub.status = 503
    assert "status 503" in await refused(clip(settings), settings)


async def test_a_network_that_is_away_is_said(hub: Hub, settings: Settings) -> None:
    file = f'"model.safetensors" = {{ url = "http://127.0.0.1:9/m.safetensors", sha256 = "{SHA256}" }}'
    write_registry(settings.models_file, "my-clip", [file], kind="clip")
    sentence = await refused(entry_of("my-clip", settings), settings)
    assert "http://127.0.0.1:9/m.safetensors cannot be had" in sentence
    assert "look at the network" in sentence


async def test_a_disk_too_small_is_noticed_before(
    hub: Hub, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    sentence = await refused(clip(settings), settings)
    assert "make room" in sentence
    assert hub.asked == []


async def test_a_disk_that_fills_up_keeps_what_has_come(hub: Hub, settings: Settings) -> None:
    entry = clip(settings, PINNED)
    part = staging(entry, settings) / "model.safetensors.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    sentence = await refused(entry, settings)
    assert str(settings.models_folder) in sentence
    assert "full" in sentence
    assert part.is_symlink()


async def test_a_second_fetch_of_the_same_model_waits_its_turn(hub: Hub, settings: Settings) -> None:
    entry = clip(settings)
    staging(entry, settings).mkdir(parents=True)
    with FileLock(staging(entry, settings) / "lock"):
        assert "being fetched already" in await refused(entry, settings)


@pytest.mark.parametrize("kind", ["clip", "detector", "checkpoint"])
@pytest.mark.parametrize("path", ["model.pt", "model.bin", "model.ckpt"])
async def test_pickles_are_not_fetched(hub: Hub, settings: Settings, kind: str, path: str) -> None:
    fields = {"kind": kind, "hub": "some/clip", **({"family": "sd1"} if kind == "checkpoint" else {})}
    write_registry(settings.models_file, "my-pickle", [f'"{path}" = {{}}'], **fields)
    entry = entry_of("my-pickle", settings)
    assert f"{path} is published as a pickle" in await refused(entry, settings)
    assert standing(entry, settings).state == "refused"
    assert hub.asked == []


async def test_upscalers_come_as_they_are_published(hub: Hub, settings: Settings) -> None:
    hub.add("some/upscaler/x4.pth", b"tensors alone")
    sha256 = hashlib.sha256(b"tensors alone").hexdigest()
    file = f'"x4.pth" = {{ url = "{hub.url}/some/upscaler/releases/x4.pth", sha256 = "{sha256}" }}'
    write_registry(settings.models_file, "my-x4", [file], kind="upscaler")
    await bring(entry_of("my-x4", settings), settings)
    assert (settings.models_folder / "my-x4" / "x4.pth").read_bytes() == b"tensors alone"


async def test_a_worker_leaves_unfinished_models_alone(hub: Hub, settings: Settings) -> None:
    hub.cuts = [150_000] + [0] * 10
    write_registry(
        settings.models_file, "my-file", [PINNED], kind="checkpoint", family="sd1", hub="some/clip"
    )
    await refused(entry_of("my-file", settings), settings)
    assert available(settings.checkpoints_folder) == list(shipped_checkpoints())


def detector(hub: Hub, settings: Settings, content: bytes) -> Entry:
    """A detector that is published as a .pt of this content."""
    hub.add("some/detector/face.pt", content)
    file = f'"face.pt" = {{ size = {len(content)}, sha256 = "{hashlib.sha256(content).hexdigest()}" }}'
    write_registry(settings.models_file, "my-face", [file], kind="detector", hub="some/detector")
    return entry_of("my-face", settings)


async def test_a_detector_is_kept_as_safetensors(hub: Hub, settings: Settings, tmp_path: Path) -> None:
    import torch

    from gpuworker.models.ultralytics import DetectionModel

    layers = {
        "nc": 1,
        "backbone": [[-1, 1, "Conv", [8, 3, 2]], [-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [16, 3, 2]]],
        "head": [[[1, 2], 1, "Detect", ["nc"]]],
    }
    network = DetectionModel(layers, verbose=False)
    network.names = {0: "face"}
    torch.save({"model": network, "train_args": {"imgsz": 64}}, tmp_path / "face.pt")
    entry = detector(hub, settings, (tmp_path / "face.pt").read_bytes())
    await bring(entry, settings)
    assert [file.name for file in (settings.models_folder / "my-face").iterdir()] == ["face.safetensors"]
    assert standing(entry, settings).state == "here"
    assert list(faults(entry, settings)) == []
    hub.asked.clear()
    assert await bring(entry, settings) == 0
    assert hub.asked == []


async def test_a_detector_that_holds_a_program_is_refused(
    hub: Hub, settings: Settings, tmp_path: Path
) -> None:
    import torch

    class Program:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (tmp_path / "it ran",)

    torch.save({"model": Program()}, tmp_path / "face.pt")
    entry = detector(hub, settings, (tmp_path / "face.pt").read_bytes())
    assert "face.pt" in await refused(entry, settings)
    assert not (tmp_path / "it ran").exists()
