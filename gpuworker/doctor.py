"""Examines what a worker needs: the device, the checkpoints, the detector."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess

from gpuworker.checkpoints.check import check
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import entries
from moderation.pictures import DetectorError, load_detector
from storage.diagnosis import Check
from storage.settings import Settings


def examine_worker(settings: Settings) -> list[Check]:
    """Look at each part without rendering anything."""
    return [_device(), *_checkpoints(settings), _detector()]


def _device() -> Check:
    if importlib.util.find_spec("torch") is None:
        says = "torch is not installed: install Darkroom again"
        return Check(part="device", state="broken", says=says)
    if shutil.which("nvidia-smi") is None:
        says = "no NVIDIA GPU found; the CPU renders (fast with the pocket checkpoint, slow with others)"
        return Check(part="device", state="note", says=says)
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    found = subprocess.run(query, capture_output=True, text=True, check=False)  # noqa: S603
    if found.returncode != 0:
        return Check(part="device", state="broken", says=f"nvidia-smi fails: {found.stdout.strip()[:200]}")
    return Check(part="device", state="fine", says="; ".join(found.stdout.split("\n")).strip("; "))


def _checkpoints(settings: Settings) -> list[Check]:
    names = entries(settings.checkpoints_folder)
    if settings.default_checkpoint not in names:
        names = [settings.default_checkpoint, *names]
    return [_checkpoint(name, settings) for name in names]


def _checkpoint(name: str, settings: Settings) -> Check:
    try:
        says = check(name, settings.checkpoints_folder)
    except CheckpointError as error:
        return Check(part=f"checkpoint {name}", state="broken", says=str(error))
    return Check(part=f"checkpoint {name}", state="fine", says=says)


def _detector() -> Check:
    try:
        load_detector()
    except DetectorError as error:
        return Check(part="nudity detector", state="broken", says=str(error))
    return Check(part="nudity detector", state="fine", says="the pinned weights, unaltered")
