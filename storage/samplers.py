"""The samplers, by the names that travel and those that people know."""

from __future__ import annotations

from enum import StrEnum


class Sampler(StrEnum):
    """The samplers a member may choose (diffusers calls them schedulers)."""

    EULER = "euler"
    EULER_A = "euler_a"
    DPMPP_2M = "dpmpp_2m"
    DPMPP_2M_KARRAS = "dpmpp_2m_karras"
    UNIPC = "unipc"
    DDIM = "ddim"
    LCM = "lcm"

    @property
    def label(self) -> str:
        """Give the name that A1111 users know it by, as written into a picture's `parameters`."""
        return _LABELS[self]


_LABELS = {
    Sampler.EULER: "Euler",
    Sampler.EULER_A: "Euler a",
    Sampler.DPMPP_2M: "DPM++ 2M",
    Sampler.DPMPP_2M_KARRAS: "DPM++ 2M Karras",
    Sampler.UNIPC: "UniPC",
    Sampler.DDIM: "DDIM",
    Sampler.LCM: "LCM",
}
