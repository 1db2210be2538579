"""Examines what a worker needs: the device, the checkpoints and the other models, the detector."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from gpuworker.checkpoints.check import check, found_here, in_words
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.known import KnownWeights
from gpuworker.checkpoints.locate import entries
from gpuworker.models.inventory import megabytes, standing
from gpuworker.registry import (
    Choice,
    Registry,
    RegistryError,
    built_in,
    chosen,
    own_entries,
    shipped_checkpoints,
)
from moderation.manifest import trusted
from moderation.names.listing import ListError, load_own
from moderation.pictures import DetectorError, load_detector
from storage.diagnosis import Check
from storage.errors import reason_of
from storage.settings import Settings


def examine_worker(settings: Settings) -> list[Check]:
    """Look at each part without rendering anything."""
    try:
        own, mistakes = own_entries(settings), []
    except RegistryError as error:
        own, mistakes = {}, [Check(part="models.toml", state="broken", says=str(error))]
    known = {**built_in(), **own}
    return [
        _device(),
        _memory(settings),
        *mistakes,
        *_places(settings),
        *_checkpoints(settings, own, known),
        *_chosen_models(settings),
        *_other_models(settings, own, known),
        *_manifest(),
        _detector(),
    ]


def _device() -> Check:
    if importlib.util.find_spec("torch") is None:
        says = "torch is not installed: install Darkroom again"
        return Check(part="device", state="broken", says=says)
    from gpuworker.checkpoints.card import find_device

    found = find_device()
    return Check(part="device", state=found.state, says=found.says)


def _memory(settings: Settings) -> Check:
    share = (
        "nine tenths of what is free on the card, or eight of the RAM, less what the other models take;"
        " DARKROOM_MEMORY says otherwise"
    )
    says = settings.memory.human_readable(decimal=True, separator=" ") if settings.memory else share
    return Check(part="memory", state="fine", says=f"checkpoints and their passes may take {says}")


def _places(settings: Settings) -> Iterator[Check]:
    """Look at the places that the settings name and that are only read, so that nobody makes them."""
    folder, names = settings.checkpoints, settings.names
    if folder is not None and not folder.is_dir():
        says = f"there is no folder {folder}: mount its disk, or name the folder that the checkpoints are in"
        yield Check(part="DARKROOM_CHECKPOINTS", state="broken", says=says)
    if names is not None:
        try:
            says = f"{len(load_own(names))} names of your own in {names}"
            yield Check(part="DARKROOM_NAMES", state="fine", says=says)
        except ListError as error:
            says = f"{error} Bot and workers do not start without it"
            yield Check(part="DARKROOM_NAMES", state="broken", says=says)


def _checkpoints(settings: Settings, own: Registry, known: Registry) -> list[Check]:
    names = [settings.default_checkpoint, *entries(settings.checkpoints_folder)]
    names += [entry.name for entry in own.values() if entry.kind == "checkpoint"]
    return [_checkpoint(name, settings, known) for name in dict.fromkeys(names)]


def _checkpoint(name: str, settings: Settings, known: Registry) -> Check:
    part = f"checkpoint {name}"
    if name in known and (found := standing(known[name], settings)).state == "wrong":
        return Check(part=part, state="broken", says=found.says)
    try:
        weights, folder = KnownWeights(settings.weights_file), settings.checkpoints_folder
        here = found_here(name, folder, lambda: known, weights)
        if here is None:
            return Check(part=part, state="note", says=check(name, folder))
        if name in shipped_checkpoints() or weights.was_loaded(here.hashed):
            return Check(part=part, state="fine", says=in_words(here))
        says = f"{in_words(here)}; not tried yet, no worker has loaded it here"
        return Check(part=part, state="note", says=says)
    except CheckpointError as error:
        return Check(part=part, state="broken", says=str(error))
    except Exception as error:
        return Check(part=part, state="broken", says=f"cannot be read: {reason_of(error)}")


def _chosen_models(settings: Settings) -> Iterator[Check]:
    """Give what is wrong with the models that the settings name."""
    for setting, does in _DOES.items():
        if getattr(settings, setting) is None:
            continue
        part = f"DARKROOM_{setting.upper()}"
        try:
            entry = chosen(setting, settings)
        except RegistryError as error:
            yield Check(part=part, state="broken", says=str(error))
            continue
        found = standing(entry, settings)
        if found.state != "here":
            says = f"{entry.name}, which {does}, is not here: {found.says}"
            yield Check(part=part, state="broken", says=says)


_DOES: dict[Choice, str] = {
    "upscaler": "makes pictures larger",
    "clip": "describes and ranks pictures",
    "aesthetics": "says how much people would like a picture",
    "figures": "finds people, their heads, faces and limbs",
    "masks": "finds what words say",
}


def _other_models(settings: Settings, own: Registry, known: Registry) -> list[Check]:
    """Give what was fetched, ships with Darkroom, or stands in the operator's registry."""
    checks = []
    for entry in known.values():
        # Of the detector, more than its size is looked at below.
        if entry.kind == "checkpoint" or entry.package == "nudenet":
            continue
        found, part = standing(entry, settings), f"{entry.kind} {entry.name}"
        if found.state == "here":
            says = f"{entry.title}, {megabytes(entry.size)}" if entry.size else entry.title
            checks.append(Check(part=part, state="fine", says=says))
        elif found.state == "wrong" or entry.name in own:
            says = found.says if found.state == "wrong" else f"not on this machine: {found.says}"
            checks.append(Check(part=part, state="broken", says=says))
    return checks


def _manifest() -> list[Check]:
    wrong = list(trusted().wrong())
    if not wrong:
        return [Check(part="manifest", state="fine", says="detectors, lists and rules are as it says")]
    return [Check(part="manifest", state="broken", says=str(each)) for each in wrong]


def _detector() -> Check:
    try:
        load_detector()
    except DetectorError as error:
        return Check(part="nudity detector", state="broken", says=str(error))
    return Check(part="nudity detector", state="fine", says="the pinned weights, unaltered")
