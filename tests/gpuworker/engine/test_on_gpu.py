"""The step loop never waits for a GPU, whatever is asked for: on one that is pretended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine import batch
from gpuworker.engine.engine import Engine
from gpuworker.engine.noise import Patch
from gpuworker.engine.request import Request, Start
from gpuworker.models.loras import LoraFile
from storage.noise import Noise, Variation
from storage.samplers import Sampler
from tests.gpuworker.engine.support import difference, drain, failure, plain, render_alone
from tests.gpuworker.pretended_gpu import PretendedGpu, pretended_gpu
from tests.gpuworker.tiny import WIDTH, write_sd2, write_sdxl

PICTURE = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
MASK = Image.radial_gradient("L").resize((64, 64))
FRAME = Image.new("L", (64, 64), 255)
FRAME.paste(0, (16, 16, 48, 48))
STEPS = 6


def asked(**changes: Any) -> Request:
    return plain(**{"steps": STEPS, **changes})


KINDS: dict[str, Request] = {
    "txt2img": asked(),
    "img2img": asked(start=Start(PICTURE, 0.9)),
    "mask": asked(start=Start(PICTURE, 0.9, MASK)),
    "outpaint": asked(start=Start(PICTURE, 1.0, FRAME), sampler=Sampler.DPMPP_2M),
    "tile": asked(start=Start(PICTURE, 0.9), noise=Patch(seed=3, left=32, top=0)),
    "faces": asked(start=Start(PICTURE, 0.9, MASK), sampler=Sampler.EULER_A),
    "edit": asked(start=Start(PICTURE, 1.0, shows="a house"), sampler=Sampler.DDIM),
    "edit with noise": asked(start=Start(PICTURE, 0.9, shows="a house"), sampler=Sampler.LCM),
    "AND": asked(prompt="a house AND the sea :0.5 AND a tree", guidance_scale=1.0),
    "BREAK": asked(prompt="a house BREAK the sea", sampler=Sampler.DPMPP_2M_KARRAS),
    "schedule": asked(prompt="a [house:boat:0.5] by [the sea|a tree]"),
    "negative": asked(negative_prompt="(blurry:1.4), [dark:bright:3]"),
    "unguided": asked(guidance_scale=1.0, noise=Noise(seed=1, variations=(Variation(seed=2, strength=0.3),))),
    "LoRA": asked(prompt="a house <lora:thick:0.7>"),
    "embedding": asked(prompt="a <shape> house", sampler=Sampler.UNIPC),
    "SDXL": asked(checkpoint="tiny-xl", prompt="a (red:1.3) house", sampler=Sampler.EULER_A),
    "SD 2": asked(checkpoint="tiny-2", start=Start(PICTURE, 0.9, MASK), sampler=Sampler.UNIPC),
}


def test_the_kinds_have_all_samplers() -> None:
    assert {request.sampler for request in KINDS.values()} == set(Sampler)


@pytest.fixture(scope="module")
def folder(checkpoints_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny checkpoints of all families, a LoRA and an embedding for the first one."""
    folder = tmp_path_factory.mktemp("gpu")
    (folder / "tiny").symlink_to(checkpoints_folder / "tiny")
    write_sdxl(folder / "tiny-xl")
    write_sd2(folder / "tiny-2")
    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q"
    down, up = torch.ones(2, 32), torch.ones(32, 2)
    save_file({f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up}, folder / "thick.safetensors")
    save_file({"emb_params": torch.randn(2, WIDTH)}, folder / "shape.safetensors")
    return folder


@pytest.fixture(scope="module")
def gpu() -> Iterator[PretendedGpu]:
    with pretended_gpu() as gpu:
        yield gpu


@pytest.fixture(scope="module")
def store(gpu: PretendedGpu, folder: Path) -> CheckpointStore:
    return CheckpointStore(folder, "cuda", Memory(10**9))


def engine_of(store: CheckpointStore) -> Engine:
    loras: Mapping[str, LoraFile] = {"thick": LoraFile(store.folder / "thick.safetensors")}
    embeddings = {"shape": store.folder / "shape.safetensors"}
    return Engine(store, lora_files=lambda: loras, embedding_files=lambda: embeddings)


def inner_steps(
    engine: Engine, gpu: PretendedGpu, futures: list[Future[Image.Image]]
) -> Iterator[PretendedGpu]:
    """Step to the end, and give what the GPU noted at each step in which nobody joined or left."""
    before = None
    while True:
        gpu.forget()
        if not engine.step():
            return
        now = engine.stats().waiting, sum(future.done() for future in futures)
        if now == before:
            yield gpu
        before = now


def assert_steps_do_not_wait(store: CheckpointStore, gpu: PretendedGpu, requests: list[Request]) -> None:
    for request in requests:
        store.get(request.checkpoint)
    engine = engine_of(store)
    futures = [engine.submit(request) for request in requests]
    steps = 0
    for noted in inner_steps(engine, gpu, futures):
        steps += 1
        assert noted.mixed == []
        assert noted.waits == []
        assert len(noted.copies) <= 1, noted.copies
    assert steps >= 3
    for future in futures:
        assert future.result(0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_waits_for_nothing(store: CheckpointStore, gpu: PretendedGpu, kind: str) -> None:
    assert_steps_do_not_wait(store, gpu, [KINDS[kind]])


def test_neither_does_one_that_all_kinds_share(store: CheckpointStore, gpu: PretendedGpu) -> None:
    assert_steps_do_not_wait(store, gpu, [each for each in KINDS.values() if each.checkpoint == "tiny"])


def test_the_picture_is_the_cpus(store: CheckpointStore, folder: Path, gpu: PretendedGpu) -> None:
    """In half precision: else what is pretended could be anything."""
    here = render_alone(CheckpointStore(folder, "cpu", Memory(10**9)), KINDS["mask"])
    assert difference(render_alone(store, KINDS["mask"]), here) <= 8


def by_a_list(rows: torch.Tensor) -> torch.Tensor:
    return rows[[0]]


def by_a_mask(rows: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(rows).masked_fill(rows > rows[rows > 0].mean(), 1)


def by_a_number(rows: torch.Tensor) -> torch.Tensor:
    return rows * rows.mean().item()


def by_a_tensor(rows: torch.Tensor) -> torch.Tensor:
    return rows * torch.tensor([2.0], device=rows.device)


def by_the_cpu(rows: torch.Tensor) -> torch.Tensor:
    return rows.cpu().to(rows.device)


@pytest.mark.parametrize("fault", [by_a_list, by_a_mask, by_a_number, by_a_tensor, by_the_cpu])
def test_such_faults_would_be_found(
    store: CheckpointStore, gpu: PretendedGpu, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    right = batch._guided
    monkeypatch.setattr(batch, "_guided", lambda *of: fault(right(*of)))
    with pytest.raises(AssertionError):
        assert_steps_do_not_wait(store, gpu, [KINDS["txt2img"]])
    assert gpu.waits


def test_numbers_on_two_devices_would_be_found(
    store: CheckpointStore, gpu: PretendedGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = batch._guided
    monkeypatch.setattr(batch, "_guided", lambda *of: right(*of) * torch.full((1, 1, 1, 1), 2.0))
    engine = engine_of(store)
    future = engine.submit(KINDS["txt2img"])
    gpu.forget()
    drain(engine)
    assert isinstance(failure(future), RuntimeError)
    assert "mul of tensors on two devices at" in gpu.mixed[0]
