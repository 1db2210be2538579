"""Distilled checkpoints are told by their names, and ordinary ones are not taken for them."""

from __future__ import annotations

import pytest

from gpuworker.checkpoints.few_steps import few_steps
from storage.samplers import Sampler
from storage.served import Usual


@pytest.mark.parametrize(
    ("name", "steps", "guidance_scale", "sampler"),
    [
        ("sd_xl_turbo_1.0_fp16", 4, 1.0, Sampler.EULER_A),
        ("sd_turbo", 4, 1.0, Sampler.EULER_A),
        ("dreamshaperXL_v21TurboDPMSDE", 6, 2.0, Sampler.EULER_A),
        ("TurboVisionXL", 6, 2.0, Sampler.EULER_A),
        ("sdxl_lightning_4step", 4, 1.0, Sampler.EULER),
        ("sdxl_lightning_8step_unet", 8, 1.0, Sampler.EULER),
        ("juggernautXL_v9Rdphoto2Lightning", 6, 1.0, Sampler.EULER),
        ("realvisxlV40_v40LightningBakedvae", 6, 1.0, Sampler.EULER),
        ("Hyper-SDXL-8steps", 8, 1.0, Sampler.DDIM),
        ("myMix_hyper_4step", 4, 1.0, Sampler.DDIM),
        ("Hyper-SD15-12steps-CFG", 12, 5.0, Sampler.DDIM),
        ("DreamShaper8_LCM", 6, 1.5, Sampler.LCM),
        ("dmd2_sdxl_4step", 4, 1.0, Sampler.LCM),
        ("bigLust_v16_DMD2", 4, 1.0, Sampler.LCM),
    ],
)
def test_by_name(name: str, steps: int, guidance_scale: float, sampler: Sampler) -> None:
    expected = Usual(steps=steps, guidance_scale=guidance_scale, sampler=sampler)
    assert few_steps([name, ""], {}, False) == expected
    assert few_steps(["model", name], {}, False) == expected


@pytest.mark.parametrize(
    "name",
    [
        "hyperRealism_v30",
        "hyperrealistic-xl",
        "illustrious_nonLightning_v2",
        "mix-not-turbo",
        "juggernautXL_v10_200steps",
        "admdraw",
        "sdxl",
        "calcmodel",
        "turbocharged",
    ],
)
def test_other_names(name: str) -> None:
    assert few_steps([name], {"_class_name": "DDIMScheduler"}, False) is None


def test_by_the_scheduler_and_by_a_unet_that_takes_the_guidance_scale() -> None:
    assert few_steps(["a"], {"_class_name": "LCMScheduler"}, False) == Usual(
        steps=6, guidance_scale=1.5, sampler=Sampler.LCM
    )
    assert few_steps(["a"], {}, True) == Usual(steps=4, guidance_scale=8.0, sampler=Sampler.LCM)
