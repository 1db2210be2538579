"""What a checkpoint says of itself: what it predicts, its noise schedule, its size, its text tower's layer.

Many things say it: marker tensors, the metadata of the file, ldm's or sgm's configuration beside it, the
scheduler's configuration in its folder, and the operator's models.toml.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.registry import Prediction


@dataclass(frozen=True)
class Statement:
    """What one source says; None where it is silent. `side` is in pixels.

    `clip_skip` counts the text tower's layers from its end, as A1111 does: 1 is the last one.
    """

    prediction: Prediction | None = None
    zero_snr: bool | None = None
    side: int | None = None
    clip_skip: int | None = None

    def over(self, other: Statement) -> Statement:
        """Give what this says, and what the other one says where this is silent."""
        mine = {each.name: getattr(self, each.name) for each in fields(self)}
        return Statement(
            **{name: getattr(other, name) if value is None else value for name, value in mine.items()}
        )


SILENT = Statement()


def by_markers(where: object, tensors: Collection[str]) -> Statement:
    """Read the empty tensors by which files say what they are. Raises `CheckpointError` for EDM's."""
    if "edm_mean" in tensors or any(name.startswith("edm_vpred.") for name in tensors):
        raise unserved_schedule(where, "the noise levels of EDM (it has tensors named edm_...)")
    velocity, zero = "v_pred" in tensors, "ztsnr" in tensors
    # A model of noise cannot draw from no signal at all, so what was trained on that predicts velocity.
    return Statement("v_prediction" if velocity or zero else None, True if zero else None)


def by_metadata(where: object, metadata: Mapping[str, str]) -> Statement:
    """Read a file's metadata (https://github.com/Stability-AI/ModelSpec). Raises `CheckpointError`."""
    said = {key.removeprefix("modelspec.").removeprefix("ss_"): value for key, value in metadata.items()}
    predicted = said.get("prediction_type") or said.get("predict_key")
    prediction = None if predicted is None else _prediction(where, predicted)
    if prediction is None and said.get("v_parameterization", "").casefold() == "true":
        prediction = "v_prediction"
    architecture = said.get("architecture", "")
    if prediction is None:
        prediction = _OF_ARCHITECTURE.get(architecture.split("/")[0])
    skip = said.get("encoder_layer", said.get("clip_skip", ""))
    return Statement(
        prediction,
        _zero_snr(said),
        _side(said.get("resolution", "")),
        int(skip) if skip.isdecimal() and 1 <= int(skip) <= _MOST_SKIPPED else None,
    )


def by_yaml(where: object, params: Mapping[str, Any]) -> Statement:
    """Read `model.params` of ldm's or sgm's configuration. Raises `CheckpointError` and what parsing does."""
    zero = _zero_snr(params)
    if "zero" in str(params.get("sd_noise_schedule", "")).casefold():
        zero = True
    if (said := params.get("parameterization")) is not None:
        return Statement(_prediction(where, said), zero)
    denoiser = (params.get("denoiser_config") or {}).get("params") or {}
    scaling = _class_of(denoiser, "scaling_config")
    if "edm" in f"{scaling} {_class_of(denoiser, 'discretization_config')}".casefold():
        raise unserved_schedule(where, f"the noise levels of EDM ({scaling})")
    known: dict[str, Prediction] = {"VScaling": "v_prediction", "EpsScaling": "epsilon"}
    return Statement(known.get(scaling), zero)


def by_scheduler(where: object, config: Mapping[str, Any]) -> Statement:
    """Read the configuration of a scheduler of diffusers. Raises `CheckpointError`."""
    name = str(config.get("_class_name", ""))
    if name.startswith("EDM") or "sigma_data" in config or config.get("timestep_type") == "continuous":
        raise unserved_schedule(where, f"the noise levels of EDM ({name})")
    if name.startswith("FlowMatch") or config.get("use_flow_sigmas"):
        raise unserved_schedule(where, f"rectified flow ({name})")
    said = config.get("prediction_type")
    zero = config.get("rescale_betas_zero_snr")
    return Statement(None if said is None else _prediction(where, said), bool(zero) if zero else None)


def unserved_schedule(where: object, what: str) -> CheckpointError:
    """Give the error for a schedule that no sampler here follows."""
    return CheckpointError(
        f"{where} was trained with {what}, which Darkroom's samplers do not have: choose a checkpoint that"
        " predicts noise or velocity."
    )


_VELOCITY = {"v", "v_prediction", "v_pred", "vpred", "velocity", "v_parameterization"}
_NOISE = {"eps", "epsilon", "noise"}
_SAMPLE = {"sample", "x0", "x_start"}
_OF_ARCHITECTURE: dict[str, Prediction] = {
    "stable-diffusion-v2-512": "epsilon",
    "stable-diffusion-v2-768-v": "v_prediction",
}
_ZERO_SNR = ("ztsnr", "zsnr", "zero_snr", "zero_terminal_snr", "rescale_betas_zero_snr")
_MOST_SKIPPED = 12
_RESOLUTION = re.compile(r"\(?\s*(\d{2,5})(?:\s*[x,]\s*(\d{2,5}))?\s*\)?")
_SIDE_STEP = 64


def _prediction(where: object, said: Any) -> Prediction | None:
    plain = str(said).strip().casefold().replace("-", "_").replace(" ", "_")
    if plain in _VELOCITY:
        return "v_prediction"
    if plain in _NOISE:
        return "epsilon"
    if plain in _SAMPLE:
        return "sample"
    if "flow" in plain or plain in ("rf", "const"):
        raise unserved_schedule(where, f"rectified flow (it says {str(said)[:40]!r})")
    if "edm" in plain:
        raise unserved_schedule(where, f"the noise levels of EDM (it says {str(said)[:40]!r})")
    return None


def _zero_snr(said: Mapping[str, Any]) -> bool | None:
    values = [str(said[key]).strip().casefold() for key in _ZERO_SNR if said.get(key) is not None]
    return None if not values else any(value in ("true", "1", "yes") for value in values)


def _side(resolution: str) -> int | None:
    """Read `1024x1024`, `1024` or `(1024, 1024)` as the side of a square of as many pixels."""
    if (found := _RESOLUTION.fullmatch(resolution.strip())) is None:
        return None
    width, height = int(found[1]), int(found[2] or found[1])
    return max(_SIDE_STEP, round(math.sqrt(width * height) / _SIDE_STEP) * _SIDE_STEP)


def _class_of(params: Mapping[str, Any], part: str) -> str:
    return str((params.get(part) or {}).get("target", "")).rsplit(".", 1)[-1]
