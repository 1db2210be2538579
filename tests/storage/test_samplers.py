"""The names of the samplers."""

from __future__ import annotations

from storage.samplers import Sampler


def test_each_has_the_name_that_a1111_users_know() -> None:
    labels = [sampler.label for sampler in Sampler]
    assert labels == ["Euler", "Euler a", "DPM++ 2M", "DPM++ 2M Karras", "UniPC", "DDIM", "LCM"]
