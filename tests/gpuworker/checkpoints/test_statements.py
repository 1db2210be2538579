"""What checkpoints say of themselves, in all the places where they say it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.statements import (
    SILENT,
    Statement,
    by_markers,
    by_metadata,
    by_scheduler,
    by_yaml,
)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"model.a"}, SILENT),
        ({"model.a", "v_pred"}, Statement("v_prediction")),
        ({"v_pred", "ztsnr"}, Statement("v_prediction", True)),
        ({"ztsnr"}, Statement("v_prediction", True)),
    ],
)
def test_marker_tensors(tensors: set[str], said: Statement) -> None:
    assert by_markers("a", tensors) == said


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"format": "pt"}, SILENT),
        ({"modelspec.prediction_type": "v"}, Statement("v_prediction")),
        ({"modelspec.prediction_type": "epsilon"}, Statement("epsilon")),
        ({"modelspec.predict_key": "v"}, Statement("v_prediction")),
        ({"modelspec.prediction_type": "V-Prediction"}, Statement("v_prediction")),
        ({"modelspec.architecture": "stable-diffusion-v2-768-v"}, Statement("v_prediction")),
        ({"modelspec.architecture": "stable-diffusion-v2-512"}, Statement("epsilon")),
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base"}, SILENT),
        ({"modelspec.resolution": "1024x1024"}, Statement(side=1024)),
        ({"modelspec.resolution": "640x960"}, Statement(side=768)),
        ({"ss_resolution": "(768, 768)"}, Statement(side=768)),
        ({"modelspec.resolution": "large"}, SILENT),
        ({"modelspec.encoder_layer": "2"}, Statement(clip_skip=2)),
        ({"ss_clip_skip": "None"}, SILENT),
        ({"ss_v_parameterization": "True", "ss_zero_terminal_snr": "True"}, Statement("v_prediction", True)),
        ({"ss_v_parameterization": "False", "ss_zero_terminal_snr": "False"}, Statement(None, False)),
    ],
)
def test_metadata(metadata: dict[str, str], said: Statement) -> None:
    assert by_metadata("a", metadata) == said


SGM = """
denoiser_config:
  target: sgm.modules.diffusionmodules.denoiser.DiscreteDenoiser
  params:
    scaling_config: {target: sgm.modules.diffusionmodules.denoiser_scaling.SCALING}
    discretization_config: {target: sgm.modules.diffusionmodules.discretizer.LegacyDDPMDiscretization}
"""


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ("{linear_start: 0.00085}", SILENT),
        ("{parameterization: v}", Statement("v_prediction")),
        ("{parameterization: eps}", Statement("epsilon")),
        ("{parameterization: v, zero_snr: true}", Statement("v_prediction", True)),
        ("{parameterization: v, sd_noise_schedule: Zero SNR}", Statement("v_prediction", True)),
        (SGM.replace("SCALING", "VScaling"), Statement("v_prediction")),
        (SGM.replace("SCALING", "EpsScaling"), Statement("epsilon")),
    ],
)
def test_configurations_of_ldm_and_sgm(params: str, said: Statement) -> None:
    assert by_yaml("a", yaml.safe_load(params)) == said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"_class_name": "DDIMScheduler"}, SILENT),
        ({"prediction_type": "v_prediction"}, Statement("v_prediction")),
        (
            {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True},
            Statement("v_prediction", True),
        ),
        ({"prediction_type": "epsilon", "rescale_betas_zero_snr": False}, Statement("epsilon")),
    ],
)
def test_configurations_of_schedulers(config: dict[str, Any], said: Statement) -> None:
    assert by_scheduler("a", config) == said


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda: by_markers("mix", {"edm_mean", "edm_std"}), "EDM"),
        (lambda: by_markers("mix", {"edm_vpred.sigma_max"}), "EDM"),
        (lambda: by_metadata("mix", {"modelspec.prediction_type": "edm"}), "EDM"),
        (lambda: by_metadata("mix", {"modelspec.prediction_type": "rectified-flow"}), "rectified flow"),
        (lambda: by_yaml("mix", yaml.safe_load(SGM.replace("SCALING", "VScalingWithEDMcNoise"))), "EDM"),
        (lambda: by_yaml("mix", yaml.safe_load(SGM.replace("LegacyDDPMDisc", "EDMDisc"))), "EDM"),
        (lambda: by_scheduler("mix", {"_class_name": "EDMEulerScheduler"}), "EDM"),
        (lambda: by_scheduler("mix", {"timestep_type": "continuous", "sigma_max": 120.0}), "EDM"),
        (lambda: by_scheduler("mix", {"_class_name": "FlowMatchEulerDiscreteScheduler"}), "rectified flow"),
        (lambda: by_scheduler("mix", {"prediction_type": "flow_prediction"}), "rectified flow"),
    ],
)
def test_schedules_that_no_sampler_follows_are_refused_as_what_they_are(read: Any, what: str) -> None:
    with pytest.raises(CheckpointError, match=f"mix was trained with .*{what}.*choose"):
        read()


def test_what_one_is_silent_about_the_other_says() -> None:
    one, other = Statement("epsilon", side=512), Statement("v_prediction", True, 768, 2)
    assert one.over(other) == Statement("epsilon", True, 512, 2)
    assert SILENT.over(other) == other
