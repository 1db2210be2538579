"""Each family draws what diffusers' own pipeline draws from the same folder, whoever shares the batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import RenderError
from gpuworker.engine.noise import draw
from gpuworker.engine.request import Request, Start, StepDone
from gpuworker.engine.samplers import new_scheduler
from storage.samplers import Sampler
from tests.gpuworker.engine.support import (
    difference,
    drain,
    failure,
    plain,
    render_alone,
    render_stock,
    render_together,
)
from tests.gpuworker.tiny import write_sd1, write_sd2, write_sdxl


def write_pocket(folder: Path) -> None:
    """As the pocket checkpoints may be: eight channels of latents, a quarter as wide as the picture."""
    write_sd1(
        folder, "v_prediction", {"in_channels": 8, "out_channels": 8}, {"latent_channels": 8, "stages": 3}
    )


WRITERS: dict[str, Callable[[Path], None]] = {
    "sd1": write_sd1,
    "sd2": write_sd2,
    "sdxl": write_sdxl,
    "sdxl-empty": lambda folder: write_sdxl(folder, empty_is_zero=False),
    "sd-turbo": lambda folder: write_sd2(folder, turbo=True),
    "sdxl-turbo": lambda folder: write_sdxl(folder, turbo=True),
    "pocket-8": write_pocket,
}


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    """A store of one checkpoint of each kind."""
    folder = tmp_path_factory.mktemp("families")
    for name, write in WRITERS.items():
        write(folder / name)
    return CheckpointStore(folder, "cpu")


def stock(families: CheckpointStore, request: Request) -> Image.Image:
    """What diffusers makes of the folder by itself."""
    pipeline = DiffusionPipeline.from_pretrained(families.folder / request.checkpoint, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = new_scheduler(request.sampler, pipeline.scheduler.config, request.steps)
    side = pipeline.vae_scale_factor
    shape = (1, pipeline.unet.config.in_channels, request.height // side, request.width // side)
    latents, generator = draw(request.noise, shape)
    picture: Image.Image = pipeline(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt or None,
        width=request.width,
        height=request.height,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        latents=latents,
        generator=generator,
    ).images[0]
    return picture


@pytest.mark.parametrize("name", WRITERS)
def test_a_mixed_batch_is_what_the_stock_pipeline_draws_one_by_one(
    families: CheckpointStore, name: str
) -> None:
    changes: list[dict[str, Any]] = [
        {"guidance_scale": 1.0, "steps": 2, "sampler": Sampler.EULER_A},
        {"guidance_scale": 5.0, "negative_prompt": "blurry"},
        {"guidance_scale": 3.0, "prompt": "a blue boat", "sampler": Sampler.DPMPP_2M, "steps": 5},
        {"width": 96, "guidance_scale": 2.0},
        {"guidance_scale": 1.0, "steps": 1},
    ]
    mix = [plain(checkpoint=name, seed=i, **change) for i, change in enumerate(changes)]
    for request, picture in zip(mix, render_together(families, mix), strict=True):
        assert difference(picture, stock(families, request)) <= 1, request
        assert difference(picture, render_alone(families, request)) <= 1, request


@pytest.mark.parametrize("name", ["sd-turbo", "sdxl-turbo"])
def test_a_turbo_checkpoint_takes_one_row_and_its_only_step_from_pure_noise(
    families: CheckpointStore, name: str
) -> None:
    engine = Engine(families)
    engine.submit(plain(checkpoint=name, guidance_scale=1.0, steps=2))
    engine.step()
    (group,) = engine._scheduler._groups.values()
    assert [render.rows for render in group.renders] == [1]
    drain(engine)
    config = families.get(name).scheduler_config
    assert new_scheduler(Sampler.EULER, config, 1).timesteps.tolist() == [999]


def test_channels_and_scale_come_from_the_configuration(families: CheckpointStore) -> None:
    sizes: list[tuple[int, int]] = []

    def on_step(done: StepDone) -> None:
        sizes.append(done.preview().size)

    model = families.get("pocket-8").model
    assert (model.latent_channels, model.pixels_per_latent, model.side) == (8, 4, 32)
    picture = render_alone(families, plain(checkpoint="pocket-8", width=36, on_step=on_step))
    assert picture.size == (36, 64)
    assert set(sizes) == {(9, 16)}


def test_a_size_between_two_latents_is_refused(families: CheckpointStore) -> None:
    engine = Engine(families)
    future = engine.submit(plain(checkpoint="sd1", width=68))
    drain(engine)
    assert isinstance(failure(future), RenderError)
    assert "multiples of 8 pixels" in str(failure(future))


@pytest.mark.parametrize("name", ["sd1", "sdxl", "pocket-8"])
def test_pictures_are_encoded_as_the_autoencoder_sees_them(families: CheckpointStore, name: str) -> None:
    model: Any = families.get(name).model
    pixels = torch.rand(2, 3, 64, 32) * 2 - 1
    with torch.inference_mode():
        latents = model.encode(pixels)
        expected = model.vae.encode(pixels).latent_dist.mean * model.vae.config.scaling_factor
        assert torch.allclose(latents, expected)
        assert torch.allclose(
            model.decode(latents), model.vae.decode(expected / model.vae.config.scaling_factor)[0]
        )
    side = model.pixels_per_latent
    assert latents.shape == (2, model.latent_channels, 64 // side, 32 // side)


@pytest.mark.parametrize("name", ["sd2", "sdxl", "pocket-8"])
def test_every_family_starts_from_pictures(families: CheckpointStore, name: str) -> None:
    picture = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    request = plain(
        checkpoint=name, start=Start(picture, 0.5), sampler=Sampler.DPMPP_2M, negative_prompt="mud"
    )
    assert difference(render_alone(families, request), render_stock(families.get(name), request)) <= 1
