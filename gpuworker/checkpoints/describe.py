"""Describes a checkpoint from its files, unloaded: what it is, says of itself, and is drawn with."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.few_steps import few_steps
from gpuworker.checkpoints.header import read_header
from gpuworker.checkpoints.known import IN_MEMORY, KnownWeights
from gpuworker.checkpoints.layout import FIRST_CONVOLUTION
from gpuworker.checkpoints.ldm import ldm_beside, read_ldm
from gpuworker.checkpoints.locate import PICKLED, SAFE
from gpuworker.checkpoints.sound import check_file, check_folder
from gpuworker.checkpoints.statements import (
    SILENT,
    Statement,
    by_markers,
    by_metadata,
    by_scheduler,
)
from gpuworker.checkpoints.weights import count_numbers, read_json
from gpuworker.families.family import Family
from gpuworker.registry import Entry, Prediction
from storage.samplers import Sampler
from storage.served import ServedCheckpoint, Usual

log = logging.getLogger(__name__)

_PUBLISHED_WIDTH = 320
"""Of the UNet's first block in the published checkpoints, whose side is their family's."""


@dataclass(frozen=True)
class Description:
    """What is known of a checkpoint before it is loaded.

    `files` are all its weights, `hashed` those that its hash is of. `configuration` is the folder that says
    how wide its networks are. `said` is what it says of itself, the operator's word first; what it predicts
    `is_uncertain` where nothing says it, or two things say it differently. `side` is in pixels.
    `is_guided` is a UNet that takes the guidance scale as an input, and one that `fills_masks` takes a mask.
    `vae` is a file with the autoencoder to use, None for its own. `names` are those of a single file's
    tensors in ldm's layout, by those that they have there, and `ldm` is ldm's configuration beside it.
    """

    path: Path
    family: Family
    files: tuple[Path, ...]
    hashed: tuple[Path, ...]
    configuration: Path
    schedule: Mapping[str, Any]
    side: int = 0
    says_side: bool = False
    said: Statement = SILENT
    is_uncertain: bool = False
    usual: Usual = field(default_factory=Usual)
    is_guided: bool = False
    fills_masks: bool = False
    vae: Path | None = None
    guidance_rescale: float = 0.0
    names: Mapping[str, str] = field(default_factory=dict)
    ldm: Mapping[str, Any] | None = None
    known: KnownWeights = IN_MEMORY

    @property
    def hash(self) -> str:
        """The SHA-256 in hexadecimal; it takes a second for a gigabyte, the first time."""
        return self.known.sha256(self.hashed)

    @property
    def numbers(self) -> int:
        """The count of numbers in the weights. Raises `CheckpointError`."""
        return count_numbers(self.files)

    @property
    def text_widths(self) -> tuple[int, ...]:
        """The width of a token's vector in each text tower."""
        towers = sorted(name for name in self.family.networks if name.startswith("text_encoder"))
        return tuple(
            int(read_json(self.configuration / name / "config.json")["hidden_size"]) for name in towers
        )

    @property
    def scheduler_config(self) -> dict[str, Any]:
        """Diffusers' configuration of the noise schedule and of what the denoiser predicts."""
        config = dict(self.schedule)
        if self.said.prediction is not None:
            config["prediction_type"] = self.said.prediction
        if self.said.zero_snr is not None:
            config["rescale_betas_zero_snr"] = self.said.zero_snr
        return config

    def served_as(self, name: str) -> ServedCheckpoint:
        """Say what the farm has to know of a checkpoint of this name."""
        return ServedCheckpoint(
            name=name,
            hash=self.hash,
            side=self.side,
            usual=self.usual,
            family=self.family.name,
            text_widths=self.text_widths,
        )

    def measured(self, prediction: Prediction | None) -> Description:
        """Give the description with what the denoiser was measured to predict, if that could be told."""
        if prediction is None or not self.is_uncertain:
            return replace(self, is_uncertain=False)
        side = self.side
        if self.family.side_of_noise is not None and prediction == "epsilon" and not self.says_side:
            side = self.family.side_of_noise
        said = replace(self.said, prediction=prediction)
        return replace(self, said=said, side=side, is_uncertain=False)


def describe(path: Path, entry: Entry | None = None, known: KnownWeights = IN_MEMORY) -> Description:
    """Check and describe the folder or the single file of a checkpoint, of which `entry` may say more.

    What was measured of its weights before is `known`. Raises `CheckpointError`.
    """
    vae = _vae_of(path, entry)
    found = _of_file(path, entry, vae) if path.is_file() else _of_folder(path, entry, vae)
    found = replace(found, known=known)
    if found.is_uncertain and known.was_loaded(found.hashed):
        return found.measured(known.measured_prediction(found.hashed))
    return found


def _of_folder(path: Path, entry: Entry | None, vae: Path | None) -> Description:
    family, weights = check_folder(path)
    config = read_json(path / family.denoiser / "config.json")
    schedule = read_json(path / "scheduler" / "scheduler_config.json")
    files = tuple(
        file for part, found in weights.items() if part != "vae" or vae is None for file in found.files
    )
    bare = Description(
        path=path,
        family=family,
        files=files if vae is None else (*files, vae),
        hashed=weights[family.denoiser].files,
        configuration=path,
        schedule=schedule,
        is_guided=config.get("time_cond_proj_dim") is not None,
        fills_masks=config.get("in_channels") == 9,
        vae=vae,
    )
    names = [path.name, str(config.get("_name_or_path", ""))]
    return _completed(bare, [by_scheduler(path, schedule)], names, entry)


def _of_file(path: Path, entry: Entry | None, vae: Path | None) -> Description:
    found, header = check_file(path, vae), read_header(path)
    assert found.family.single_file is not None
    own, beside = path.with_suffix(""), ldm_beside(path)
    configuration = own if own.is_dir() else found.family.single_file.published
    schedule = read_json(configuration / "scheduler" / "scheduler_config.json")
    said = [by_markers(path, found.tensors), by_metadata(path, header.metadata)]
    ldm = None
    if beside is not None:
        ldm, says, its_schedule = read_ldm(beside)
        said.append(says)
        schedule |= its_schedule
    if own.is_dir():
        said.append(by_scheduler(own, schedule))
    bare = Description(
        path=path,
        family=found.family,
        files=(path,) if vae is None else (path, vae),
        hashed=(path,),
        configuration=configuration,
        schedule=schedule,
        is_guided=any(name.startswith(_GUIDANCE_INPUT) for name in found.tensors),
        fills_masks=found.tensors[FIRST_CONVOLUTION].shape[1:2] == (9,),
        vae=vae,
        names=found.names,
        ldm=None if own.is_dir() else ldm,
    )
    return _completed(bare, said, [path.stem, header.metadata.get("modelspec.title", "")], entry)


def _completed(
    bare: Description, said: Sequence[Statement], names: Iterable[str], entry: Entry | None
) -> Description:
    """Put together what several things say, the operator's word first, then that of the file."""
    owner = (
        SILENT if entry is None else Statement(entry.prediction, entry.zero_snr, entry.side, entry.clip_skip)
    )
    whole = owner
    for each in said:
        whole = whole.over(each)
    predictions = {each.prediction for each in said if each.prediction is not None}
    decided = owner.prediction is not None or (said[0].prediction is not None and len(said) > 1)
    is_uncertain = not decided and len(predictions) != 1
    if whole.zero_snr and whole.prediction == "epsilon" and not is_uncertain:
        log.warning(
            "checkpoint %s: a model of noise has no zero terminal SNR; that is ignored", bare.path.name
        )
        whole = replace(whole, zero_snr=None)
    if whole.prediction is None and whole.zero_snr:
        whole, is_uncertain = replace(whole, prediction="v_prediction"), False
    usual = _usual(few_steps(names, bare.schedule, bare.is_guided), bool(whole.zero_snr), entry)
    whole_side = owner.side or _side(bare.configuration, bare.family, whole)
    described = replace(
        bare,
        said=whole,
        side=whole_side,
        says_side=owner.side is not None or whole.side is not None,
        is_uncertain=is_uncertain,
        usual=usual,
        schedule=_schedule(bare.schedule, usual, bool(whole.zero_snr), entry),
        guidance_rescale=_rescale(bool(whole.zero_snr), entry),
    )
    if whole.prediction is not None and not is_uncertain:
        return replace(described, is_uncertain=True).measured(whole.prediction)
    return described


def _usual(few: Usual | None, zero_snr: bool, entry: Entry | None) -> Usual:
    """Give what suits a checkpoint: as the operator says, or else as it was distilled."""
    usual = few or Usual(sampler=Sampler.EULER if zero_snr else None)
    if entry is None:
        return usual
    said = {name: getattr(entry, name) for name in Usual.model_fields if getattr(entry, name) is not None}
    return usual.model_copy(update=said)


def _schedule(
    schedule: Mapping[str, Any], usual: Usual, zero_snr: bool, entry: Entry | None
) -> dict[str, Any]:
    """Give the schedule with the timesteps of a few steps, or of zero SNR: they begin with the last one."""
    if entry is not None and entry.timestep_spacing is not None:
        return {**schedule, "timestep_spacing": entry.timestep_spacing}
    is_short = usual.steps is not None and usual.steps <= _FEW
    return {**schedule, "timestep_spacing": "trailing"} if is_short or zero_snr else dict(schedule)


def _rescale(zero_snr: bool, entry: Entry | None) -> float:
    if entry is not None and entry.guidance_rescale is not None:
        return entry.guidance_rescale
    return _RESCALE if zero_snr else 0.0


def _side(configuration: Path, family: Family, said: Statement) -> int:
    """Give the side by the UNet's configuration, or what the metadata says, or the autoencoder's side."""
    published = family.single_file is not None and configuration == family.single_file.published
    usual = said.side or family.side
    if published:
        return usual
    denoiser, vae = (read_json(configuration / part / "config.json") for part in (family.denoiser, "vae"))
    stages = len(vae.get("block_out_channels", [0] * 4))
    if latent_side := first_number(denoiser.get("sample_size")):
        return int(latent_side * 2 ** (stages - 1))
    if first_number(denoiser.get("block_out_channels")) == _PUBLISHED_WIDTH:
        return usual
    return said.side or first_number(vae.get("sample_size")) or family.side


def first_number(size: Any) -> int | None:
    """Give a size that is a number, or a list of them."""
    first = size[0] if isinstance(size, list | tuple) and size else size
    return first if isinstance(first, int) else None


def _vae_of(path: Path, entry: Entry | None) -> Path | None:
    """Find the autoencoder to use: as the operator says, or named for the checkpoint and beside it."""
    if entry is not None and entry.vae is not None:
        said = Path(entry.vae).expanduser()
        for folder in (path.parent, path.parent.parent):
            if (file := folder / said).is_file():
                return file
        raise CheckpointError(
            f"{path.parent / said} is missing, the autoencoder of {entry.name} by models.toml: put it there."
        )
    stem = path.with_suffix("") if path.suffix == SAFE else path
    if (file := stem.with_name(f"{stem.name}.vae{SAFE}")).is_file():
        return file
    for suffix in PICKLED:
        if (pickle := stem.with_name(f"{stem.name}.vae{suffix}")).exists():
            log.warning(
                "%s is a pickle and is not used as the autoencoder of %s: convert it to safetensors.",
                pickle,
                stem.name,
            )
    return None


_FEW = 16
_RESCALE = 0.7
"""As Lin et al. have it, arXiv 2305.08891."""
_GUIDANCE_INPUT = "model.diffusion_model.time_embed.cond_proj."
