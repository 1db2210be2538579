"""The job of drawing detail over a larger picture."""

from __future__ import annotations

from storage.detail import Detail
from storage.jobs import Sampling, Upscale
from storage.samplers import Sampler
from tasks.detail import with_detail

LARGER = Upscale(image="ab" * 32, factor=2)


def a_sampling(guidance_scale: float) -> Sampling:
    return Sampling(
        prompt="a red boat",
        width=128,
        height=128,
        steps=10,
        sampler=Sampler.DDIM,
        guidance_scale=guidance_scale,
    )


def test_detail_is_sampled_as_the_picture_was_and_words_weigh_little() -> None:
    made = with_detail(LARGER, a_sampling(7), 128, 5)
    assert made.detail == Detail(side=128, strength=0.3, sampler=Sampler.DDIM, guidance_scale=2, seed=5)
    assert made.model_copy(update={"detail": None}) == LARGER


def test_words_never_weigh_more_than_they_did() -> None:
    made = with_detail(LARGER, a_sampling(1.5), 128, 5, strength=0.5)
    assert made.detail is not None
    assert (made.detail.guidance_scale, made.detail.strength) == (1.5, 0.5)


def test_a_picture_of_unknown_making_gets_the_usual_sampler() -> None:
    made = with_detail(LARGER, None, 512, 1)
    assert made.detail is not None
    assert (made.detail.sampler, made.detail.guidance_scale) == (Sampler.DPMPP_2M_KARRAS, 2)
