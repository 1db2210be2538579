"""LoRAs of other servers: the matrices come through, and nothing else that a file says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load, save

from storage.intake.cleaner import Cleaner
from storage.intake.lora import take_lora
from storage.intake.refused import IntakeError

LAYER = "lora_unet_mid_block_attentions_0_proj_in"


def matrices(rank: int = 4, **different: Any) -> dict[str, Any]:
    """A layer of a LoRA."""
    return {
        f"{LAYER}.lora_down.weight": np.ones((rank, 8), np.float16),
        f"{LAYER}.lora_up.weight": np.ones((8, rank), np.float16),
        f"{LAYER}.alpha": np.array(rank, np.float16),
    } | {f"{LAYER}.{part.replace('_weight', '.weight')}": numbers for part, numbers in different.items()}


async def test_its_matrices_and_its_family_come_through(tmp_path: Any) -> None:
    about = {"ss_base_model_version": "sd_v1", "ss_v2": "False", "comment": "buy this", "format": "p\nt"}
    cleaner = Cleaner(processes=1)
    taken = await cleaner.take_lora(save(matrices(), about))
    await cleaner.aclose()
    assert taken.rank == 4
    assert {name: numbers.shape for name, numbers in load(taken.file).items()} == {
        name: numbers.shape for name, numbers in matrices().items()
    }
    (tmp_path / "file").write_bytes(taken.file)
    with safe_open(tmp_path / "file", "np") as opened:
        assert opened.metadata() == {"ss_base_model_version": "sd_v1", "ss_v2": "False"}
    assert take_lora(taken.file) == taken


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        save({}),
        save({"emb_params": np.ones((2, 8), np.float16)}),
        save({name: numbers for name, numbers in matrices().items() if "up" not in name}),
        save(matrices() | {"lora_unet_x.diff": np.ones(3, np.float16)}),
        save(matrices(lora_up_weight=np.ones((8, 3), np.float16))),
        save(matrices(lora_up_weight=np.full((8, 4), np.inf, np.float16))),
        save(matrices(alpha=np.ones(3, np.float16))),
        save(matrices(lora_down_weight=np.ones((4, 8), np.int8))),
        save(matrices(rank=500)),
        save(matrices())[:-1],
    ],
)
def test_anything_else_is_none(data: bytes) -> None:
    with pytest.raises(IntakeError, match="is no LoRA as Darkroom trains them"):
        take_lora(data)
