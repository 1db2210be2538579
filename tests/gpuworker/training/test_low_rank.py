"""Training LoRAs on a tiny checkpoint: they begin as nothing, learn, and their file says what was learned."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load

from gpuworker.adapters.about import FileVersion, about
from gpuworker.adapters.read import read_adapter
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.training.lessons import encoder_of, lesson_of
from gpuworker.training.low_rank import LowRankAdaptation
from gpuworker.training.noising import moments, noised
from gpuworker.training.state import TrainingState
from gpuworker.training.trainer import Trainer
from pocket.checkpoint.single_file import unet_name
from storage.training import Subject
from tests.gpuworker.tiny import WIDTH

STEPS = 6


@pytest.fixture(scope="module", params=["tiny", "tiny-v"])
def checkpoint(request: pytest.FixtureRequest, checkpoints: CheckpointStore) -> Checkpoint:
    return checkpoints.get(request.param)


def a_trainer(checkpoint: Checkpoint, steps: int = STEPS) -> Trainer:
    encode, mask = encoder_of(checkpoint), Image.new("L", (64, 64), "white")
    lessons = [
        lesson_of(Image.new("RGB", (64, 64), colour), mask, "in the snow", "", Subject.STYLE, encode, place)
        for place, colour in enumerate(("teal", "navy", "lime"))
    ]
    learner = LowRankAdaptation.of(checkpoint, 2, "a hat", seed=5)
    return Trainer(lessons, learner.beginning(), steps, 7, learner)


def trained(trainer: Trainer, checkpoint: Checkpoint, steps: int | None = None) -> Trainer:
    while not trainer.done and (steps is None or trainer.state.step < steps):
        for slice_ in trainer.step(checkpoint):
            slice_()
    return trainer


@pytest.mark.slow
def test_it_begins_as_the_checkpoint_draws_and_learns_beside_it(checkpoint: Checkpoint) -> None:
    numbers = [w.clone() for w in checkpoint.model.networks["unet"].state_dict().values()]
    trainer = a_trainer(checkpoint, 30)
    assert not any(up.any() for up in trainer.state.vectors[1::2])
    trained(trainer, checkpoint)
    losses = trainer.state.losses
    assert sum(losses[-10:]) < sum(losses[:10])
    assert all(up.any() for up in trainer.state.vectors[1::2]), "every layer learns"
    assert all(map(torch.equal, numbers, checkpoint.model.networks["unet"].state_dict().values()))


def test_a_style_is_learned_where_no_scene_is_made(checkpoint: Checkpoint) -> None:
    style, thing = (
        [name for name, _ in LowRankAdaptation.of(checkpoint, 2, phrase, seed=5).layers]
        for phrase in ("", "a hat")
    )
    assert style == [name for name in thing if name.startswith("up_blocks.1.")] != []
    assert {name.split(".")[0] for name in thing} == {"down_blocks", "mid_block", "up_blocks"}


@pytest.mark.slow
def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(checkpoint: Checkpoint) -> None:
    whole = trained(a_trainer(checkpoint), checkpoint)
    first = trained(a_trainer(checkpoint), checkpoint, 3)
    again = a_trainer(checkpoint)
    state = TrainingState.from_bytes(first.state.to_bytes(), again.state)
    again = trained(Trainer(again.lessons, state, STEPS, 7, again.learner), checkpoint)
    assert all(map(torch.equal, again.state.best, whole.state.best))
    assert again.state.fits == whole.state.fits


def test_its_file_is_a_lora_that_draws_what_was_learned(checkpoint: Checkpoint, tmp_path: Path) -> None:
    trainer = trained(a_trainer(checkpoint), checkpoint)
    (file := tmp_path / "zorp.safetensors").write_bytes(trainer.learner.file(trainer.state))
    said = about(FileVersion.of(file))
    assert (said.family, said.triggers) == ("sd1", ("a hat",))
    networks, around = checkpoint.model.networks, trainer.lessons[0].texts[0][0]
    read = read_adapter(file, networks, checkpoint.device)
    assert len(read.changes) == len(trainer.state.best) / 2

    class Read(LowRankAdaptation):
        def _adapter(self, checkpoint: Checkpoint, weights: tuple[torch.Tensor, ...]) -> object:  # type: ignore[override]
            return read

    lots = torch.Generator().manual_seed(1)
    timesteps = moments(checkpoint, 4, 0.0, lots)
    given = noised(checkpoint, trainer.lessons[0].latents[:1].expand(4, -1, -1, -1), timesteps, lots)
    with torch.no_grad():
        learner = trainer.learner
        assert isinstance(learner, LowRankAdaptation)
        from_file = Read(**vars(learner)).mistakes(checkpoint, around, (), given)
        learned = learner.mistakes(checkpoint, around, trainer.state.best, given)
        plain = learner.mistakes(checkpoint, around, learner.beginning().vectors, given)
    assert torch.allclose(from_file, learned, atol=2e-2)
    assert (from_file - learned).abs().mean() < 0.1 * (plain - learned).abs().mean()


def test_diffusers_draws_by_its_file_what_the_engine_does(
    checkpoints_folder: Path, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    trainer = trained(a_trainer(checkpoint), checkpoint)
    (file := tmp_path / "zorp.safetensors").write_bytes(trainer.learner.file(trainer.state))
    pipeline = StableDiffusionPipeline.from_pretrained(checkpoints_folder / checkpoint.name)
    pipeline.load_lora_weights(tmp_path, weight_name=file.name, adapter_name="zorp")
    pipeline.set_adapters("zorp", 0.8)
    lots = torch.Generator().manual_seed(3)
    latents, states = torch.randn(2, 4, 8, 8, generator=lots), torch.randn(2, 77, WIDTH, generator=lots)
    moments_of_both = torch.tensor([700.0, 100.0])
    adapters, model = checkpoint.adapters, checkpoint.model
    read = read_adapter(file, model.networks, checkpoint.device)
    with torch.no_grad():
        theirs = pipeline.unet(latents, moments_of_both, states).sample
        plain = model.denoise(latents, moments_of_both, states)
        adapters.wear(adapters.together(((read, 0.8, 0.8),)))
        ours = model.denoise(latents, moments_of_both, states)
    checkpoint.wear_nothing()
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert (ours - plain).abs().mean() > 100 * (ours - theirs).abs().mean()


SIZES: dict[str, dict[str, Any]] = {
    "sd1": {},
    "sdxl": {
        "block_out_channels": (32, 64, 64),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10),
    },
}
"""The blocks of Stable Diffusion 1 and XL; how wide they are says nothing about names."""


@pytest.mark.parametrize("family", SIZES)
def test_its_names_and_shapes_are_what_a1111_and_comfyui_look_for(family: str) -> None:
    narrow = {"block_out_channels": (32, 64, 64, 64), "cross_attention_dim": 16, "attention_head_dim": 4}
    with torch.device("meta"):
        unet = UNet2DConditionModel(**{**narrow, **SIZES[family]})
    stub: Any = SimpleNamespace(
        model=SimpleNamespace(networks={"unet": unet}), family=SimpleNamespace(name=family)
    )
    learner = LowRankAdaptation.of(stub, 2, "a hat", seed=1)
    tensors = load(learner.file(learner.beginning()))
    weights = {name.removesuffix(".weight"): weight for name, weight in unet.state_dict().items()}
    sought = {f"lora_unet_{name.replace('.', '_')}": name for name in weights}
    for name in {key.split(".", 1)[0] for key in tensors}:
        # ComfyUI's names are those of diffusers, and A1111's those of ldm, made from these by a rule.
        layer, weight = sought[name], weights[sought[name]]
        in_ldm = unet_name(f"{layer}.weight", dict(unet.config)).removesuffix(".weight")
        assert named_by_a1111(name) == in_ldm.removeprefix("model.").replace(".", "_")
        down, up = tensors.pop(f"{name}.lora_down.weight"), tensors.pop(f"{name}.lora_up.weight")
        assert (up.flatten(1) @ down.flatten(1)).reshape(weight.shape).shape == weight.shape
        # A1111 takes the kernel of a convolution from `down`, and 1 x 1 for `up`.
        assert down.shape[2:] == weight.shape[2:]
        assert set(up.shape[2:]) <= {1}
        assert tensors.pop(f"{name}.alpha").item() == len(down), "or both would scale what was learned"
    assert tensors == {}, "either warns of what it has no use for"


def named_by_a1111(name: str) -> str:
    """What A1111 makes of a name of kohya's, with all dots as underscores: blocks come in threes."""
    resnet = {"conv1": "in_layers_2", "conv2": "out_layers_3"}
    found = re.fullmatch(r"lora_unet_(down|up|mid)_blocks?(?:_(\d+))?_(attentions|resnets)_(\d+)_(.+)", name)
    assert found is not None
    way, block, kind, layer, rest = found.groups()
    rest = rest if kind == "attentions" else resnet[rest]
    within = int(kind == "attentions")
    match way:
        case "down":
            return f"diffusion_model_input_blocks_{1 + 3 * int(block) + int(layer)}_{within}_{rest}"
        case "up":
            return f"diffusion_model_output_blocks_{3 * int(block) + int(layer)}_{within}_{rest}"
    return f"diffusion_model_middle_block_{within or 2 * int(layer)}_{rest}"


@pytest.mark.parametrize(
    ("family", "said"),
    [("sd1", ("sd_v1", "False")), ("sd2", ("sd_v2", "True")), ("sdxl", ("sdxl_base_v1-0", "False"))],
)
def test_a1111_knows_which_family_it_is_for(family: str, said: tuple[str, str], tmp_path: Path) -> None:
    learner = LowRankAdaptation(family, (("conv_in", (4, 4, 3, 3)),), 1, "", 1)
    (file := tmp_path / "zorp.safetensors").write_bytes(learner.file(learner.beginning()))
    with safe_open(file, "pt") as opened:
        about_it = opened.metadata()
    assert (about_it["ss_base_model_version"], about_it["ss_v2"]) == said
