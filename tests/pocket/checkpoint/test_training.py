"""Every training stage for two steps on a handful of drawings, stopped and gone on with."""

import sys
from pathlib import Path

import pytest
import torch
from diffusers import (
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UniPCMultistepScheduler,
)

from pocket import WEIGHTS
from pocket.checkpoint import train
from pocket.checkpoint.autoencoder import new_autoencoder
from pocket.checkpoint.denoiser import Average, inherit
from pocket.checkpoint.editions import CHANNELS, EDITIONS
from pocket.checkpoint.export import load_parts
from pocket.checkpoint.latents import SCALING_FACTOR, fit_preview, load_latents, normalise
from pocket.corpus import Corpus, load_corpus
from pocket.judge import load_judge
from pocket.loop import Budget, learning_rate
from pocket.loop import train as run_loop
from pocket.tensors import to_tensor

_STAGES = (
    "autoencoder",
    "judge",
    "decoder",
    *(f"{name}-{part}" for name in ("pocket", "pocket-2", "pocket-xl") for part in ("text-0", "denoiser")),
    "pocket-xl-text-1",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return load_corpus(tmp_path_factory.mktemp("corpus"), 8)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have denoisers trained on few scenes at a time, which is most of what a step takes."""
    monkeypatch.setattr(train, "_BATCH", 4)


def _train(folder: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["train", "--out", str(folder), "--weights", str(folder / "weights"), "--drawings", "8"]
    arguments += ["--judge", str(folder / "judge.safetensors"), "--steps", str(steps), "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", arguments)
    train.main()


@pytest.mark.slow
def test_every_stage_trains_resumes_and_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for steps in (1, 2):
        _train(tmp_path, steps, monkeypatch)
        numbers = [torch.load(tmp_path / f"{stage}.pt", weights_only=True)["number"] for stage in _STAGES]
        assert numbers == [steps] * len(_STAGES)
    load_judge(tmp_path / "judge.safetensors")
    _renders(StableDiffusionPipeline.from_pretrained(tmp_path / "weights" / "pocket"), 128)
    _renders(StableDiffusionPipeline.from_pretrained(tmp_path / "weights" / "pocket-2"), 128)
    _renders(StableDiffusionXLPipeline.from_pretrained(tmp_path / "weights" / "pocket-xl"), 192)


@pytest.mark.slow
def test_training_goes_on_from_a_checkpoint_with_its_autoencoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "weights"
    arguments = ["train", "--out", str(tmp_path), "--weights", str(weights), "--begin", str(WEIGHTS)]
    arguments += ["--editions", "pocket", "--drawings", "4", "--device", "cpu", "--half"]
    for steps in (1, 2):
        monkeypatch.setattr(sys, "argv", [*arguments, "--steps", str(steps)])
        train.main()
        assert torch.load(tmp_path / "pocket-denoiser.pt", weights_only=True)["number"] == steps
    before, after = load_parts(WEIGHTS / "pocket"), load_parts(weights / "pocket")
    assert all(
        torch.equal(weight, after.vae.state_dict()[name]) for name, weight in before.vae.state_dict().items()
    )
    assert before.preview == after.preview
    assert before.tokenizers[0].get_vocab() == after.tokenizers[0].get_vocab()
    tower = after.towers[0].state_dict()
    for name, weight in before.towers[0].state_dict().items():
        assert torch.allclose(weight, tower[name], atol=0.01)
    assert tuple(after.unet.config.block_out_channels) == CHANNELS
    said = "".join(path.read_text() for path in (weights / "pocket").rglob("*config.json"))
    assert str(WEIGHTS) not in said, "where it was trained is nobody's business"
    monkeypatch.setattr(sys, "argv", [*arguments, "--denoiser-minutes", "0"])
    train.main()
    again = load_parts(weights / "pocket").unet.state_dict()
    assert all(torch.equal(weight, again[name]) for name, weight in after.unet.state_dict().items())


def test_averages_reach_as_far_back_as_is_fit_for_the_steps_made() -> None:
    module = torch.nn.Linear(1, 1, bias=False)
    for steps in (200, 5000):
        module.weight.data.fill_(0)
        average = Average.of(module)
        for number in range(steps):
            module.weight.data.fill_(number)
            average.update(number, module)
        average.copy_to(module)
        lag = (steps - 1 - module.weight.item()) / steps
        assert 0.03 < lag < 0.09


def _renders(pipeline: DiffusionPipeline, side: int) -> None:
    pipeline.set_progress_bar_config(disable=True)
    for scheduler in (EulerDiscreteScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler):
        pipeline.scheduler = scheduler.from_config(pipeline.scheduler.config)
        (picture,) = pipeline("a red star", num_inference_steps=2).images
        assert picture.size == (side, side)


def test_a_later_edition_begins_with_its_parent() -> None:
    parent, child = EDITIONS["pocket"].new_unet(), EDITIONS["pocket-2"].new_unet()
    inherit(child, parent)
    assert torch.equal(child.conv_in.weight, parent.conv_in.weight)
    inner = child.mid_block.attentions[0]
    assert torch.equal(inner.proj_in.weight, parent.mid_block.attentions[0].proj_in.weight[:, :, 0, 0])
    assert inner.transformer_blocks[0].attn2.to_k.in_features == 160


def test_loop_goes_on_to_exactly_the_weights_of_an_unbroken_run(tmp_path: Path) -> None:
    def run(path: Path, steps: int) -> torch.Tensor:
        torch.manual_seed(0)
        module = torch.nn.Linear(3, 1)
        optimiser = torch.optim.AdamW([{"params": list(module.parameters()), "peak": 1e-1}])

        def step(number: int, progress: float) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
            inputs = torch.randn(4, 3, generator=torch.Generator().manual_seed(number))
            return module(inputs).square().mean(), {}

        run_loop({"module": module}, optimiser, step, Budget(1e9, steps), path)
        return module.weight.detach()

    run(tmp_path / "broken.pt", 1)
    broken = run(tmp_path / "broken.pt", 2)
    assert torch.allclose(broken, run(tmp_path / "whole.pt", 2))
    assert torch.equal(broken, run(tmp_path / "broken.pt", 2))


def test_a_budget_of_nothing_leaves_the_file_alone(tmp_path: Path) -> None:
    module = torch.nn.Linear(1, 1)
    optimiser = torch.optim.AdamW([{"params": list(module.parameters()), "peak": 1.0}])
    assert (
        run_loop(
            {"module": module}, optimiser, lambda *_: (torch.zeros(()), {}), Budget(0), tmp_path / "none.pt"
        )
        == 0
    )
    assert not (tmp_path / "none.pt").exists()


def test_learning_rate_rises_and_falls() -> None:
    assert learning_rate(0, 0.0, 1.0) < 0.01
    assert learning_rate(1000, 0.0, 1.0) == 1.0
    assert learning_rate(1000, 0.5, 1.0) == pytest.approx(0.51)
    assert learning_rate(1000, 1.0, 1.0) == pytest.approx(0.02)


def test_normalising_latents_leaves_decoded_pictures_alone(corpus: Corpus, tmp_path: Path) -> None:
    torch.manual_seed(0)
    vae = new_autoencoder().eval().requires_grad_(False)
    pictures = to_tensor(corpus.pixels)

    def decoded() -> torch.Tensor:
        sample: torch.Tensor = vae.decode(vae.encode(pictures).latent_dist.mean).sample
        return sample

    before = decoded()
    normalise(vae, corpus, "cpu")
    assert torch.allclose(before, decoded(), atol=1e-4)
    scaled = load_latents(vae, corpus, tmp_path, "cpu").float()
    assert torch.allclose(scaled.mean((0, 2, 3)), torch.zeros(4), atol=1e-2)
    assert torch.allclose(scaled.std((0, 2, 3)), torch.ones(4), atol=1e-2)
    assert vae.config.scaling_factor == SCALING_FACTOR
    weights = vae.quant_conv.weight.clone()
    normalise(vae, corpus, "cpu")
    assert torch.allclose(weights, vae.quant_conv.weight, rtol=1e-3)


def test_preview_finds_a_linear_map(corpus: Corpus) -> None:
    small = torch.nn.functional.avg_pool2d(to_tensor(corpus.pixels), 4) / 2 + 0.5
    latents = torch.cat([small * 2 - 1, torch.randn(8, 1, 32, 32)], dim=1)
    preview = fit_preview(latents, corpus)
    expected = torch.cat([torch.eye(3) / 2, torch.zeros(1, 3)])
    assert torch.allclose(torch.tensor(preview["weight"]), expected, atol=1e-3)
    assert torch.allclose(torch.tensor(preview["bias"]), torch.full((3,), 0.5), atol=1e-3)
