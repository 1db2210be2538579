"""What other programs call their samplers, and which of ours draws as they do."""

from __future__ import annotations

import pytest

from storage.samplers import Sampler
from tasks.other_samplers import sampler_like

SAME = {
    ("DPM++ 2M Karras", None): Sampler.DPMPP_2M_KARRAS,
    ("DPM++ 2M", "Karras"): Sampler.DPMPP_2M_KARRAS,
    ("DPM++ 2M", "Automatic"): Sampler.DPMPP_2M_KARRAS,
    ("DPM++ 2M", None): Sampler.DPMPP_2M,
    ("DPM++ 2M", "Uniform"): Sampler.DPMPP_2M,
    ("dpmpp_2m", "karras"): Sampler.DPMPP_2M_KARRAS,
    ("dpmpp_2m", "normal"): Sampler.DPMPP_2M,
    ("dpmpp_2m_k", None): Sampler.DPMPP_2M_KARRAS,
    ("k_dpmpp_2m", "karras"): Sampler.DPMPP_2M_KARRAS,
    ("Euler a", None): Sampler.EULER_A,
    ("euler_ancestral", "normal"): Sampler.EULER_A,
    ("k_euler_a", None): Sampler.EULER_A,
    ("k_euler_ancestral", "native"): Sampler.EULER_A,
    ("Euler", "Automatic"): Sampler.EULER,
    ("k_euler", None): Sampler.EULER,
    ("uni_pc", "simple"): Sampler.UNIPC,
    ("DDIM", None): Sampler.DDIM,
    ("LCM", "SGM Uniform"): Sampler.LCM,
}


@pytest.mark.parametrize(("said", "sampler"), SAME.items(), ids=map(str, SAME))
def test_samplers_that_are_here_draw_the_same(said: tuple[str, str | None], sampler: Sampler) -> None:
    assert sampler_like(*said) == (sampler, None)


@pytest.mark.parametrize(
    ("name", "schedule", "nearest"),
    [
        ("DPM++ 2M SDE Karras", None, Sampler.EULER_A),
        ("dpmpp_2s_ancestral", "karras", Sampler.EULER_A),
        ("DPM2 a", None, Sampler.EULER_A),
        ("k_lms", None, Sampler.DPMPP_2M_KARRAS),
        ("Heun", "Karras", Sampler.DPMPP_2M_KARRAS),
        ("something new", None, Sampler.DPMPP_2M_KARRAS),
    ],
)
def test_others_are_named_and_the_nearest_draws(name: str, schedule: str | None, nearest: Sampler) -> None:
    assert sampler_like(name, schedule) == (nearest, "sampler")


def test_a_spacing_that_is_not_here_is_named() -> None:
    assert sampler_like("Euler", "Karras") == (Sampler.EULER, "spacing")
    assert sampler_like("dpmpp_2m", "sgm_uniform") == (Sampler.DPMPP_2M, "spacing")
