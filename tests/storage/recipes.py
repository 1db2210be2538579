"""Recipes and a picture that the tests write and read."""

from __future__ import annotations

from PIL import Image

from storage.noise import Noise, Variation
from storage.recipe import Recipe
from storage.samplers import Sampler

RECIPE = Recipe(
    prompt="a red circle over the sea",
    negative_prompt="trees",
    width=512,
    height=384,
    steps=20,
    sampler=Sampler.EULER_A,
    guidance_scale=4,
    checkpoint="pocket",
    checkpoint_hash="0123456789abcdef" * 4,
    noise=Noise(seed=1234, variations=(Variation(seed=77, strength=0.25),)),
)
QUICK = Recipe(
    prompt="a red circle over the sea",
    width=128,
    height=128,
    steps=4,
    sampler=Sampler.DDIM,
    guidance_scale=4,
    checkpoint="pocket",
    checkpoint_hash="ab" * 32,
    noise=Noise(seed=1),
)
"""One that is soon rendered again."""
PICTURE = Image.new("RGB", (16, 12), "teal")
