"""The benchmark for GPUs, with a tiny checkpoint in place of the large ones."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.family import Family
from gpuworker.families.sd1.family import SD1
from gpuworker.families.sdxl.family import SDXL
from tests.benchmarks import compiled, floor, gpu, random_weights, serving
from tests.benchmarks.mix import different_jobs
from tests.gpuworker.engine.support import plain, render_alone

pytestmark = pytest.mark.slow


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a script without arguments, with few jobs and passes, which are measured as many are.

    Instead of compiling, which takes minutes on a CPU, it traces.
    """
    monkeypatch.setattr(sys, "argv", ["gpu"])
    monkeypatch.setattr(compiled, "WAYS", {"compile": {"backend": "eager"}, "broken": {"backend": _broken}})
    monkeypatch.setattr(compiled, "ROWS", (2,))
    monkeypatch.setattr(compiled, "REPETITIONS", 3)
    monkeypatch.setattr(floor, "ROWS", (2,))
    monkeypatch.setattr(serving, "different_jobs", lambda checkpoint: different_jobs(checkpoint)[:8])


def _broken(*_: object) -> None:
    raise RuntimeError("this card is too old")


@pytest.mark.usefixtures("called")
def test_the_table_is_printed_for_a_tiny_checkpoint(capsys: pytest.CaptureFixture[str]) -> None:
    sys.argv.append("tiny")
    gpu.main()
    printed = capsys.readouterr()
    figures = json.loads(printed.out.splitlines()[-1])
    tiny = figures["tiny"]
    assert tiny["over_sequential"] > 0
    assert tiny["over_floor"] > 0
    assert tiny["passes"]["2"].keys() == {"eager_ms", "compile", "compile_after_s"}
    assert "broken at 2 rows" in printed.err
    assert "this card is too old" in printed.err


@pytest.mark.usefixtures("called")
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_one_sentence_says_so() -> None:
    with pytest.raises(SystemExit, match=r"^torch finds no CUDA GPU on this machine: .*\.$"):
        gpu.main()


THIN: dict[str, dict[str, Any]] = {
    "unet": {"block_out_channels": [32] * 3, "transformer_layers_per_block": 1, "attention_head_dim": 2},
    "vae": {"block_out_channels": [32] * 4},
    "text_encoder": {"num_hidden_layers": 2},
    "text_encoder_2": {"num_hidden_layers": 2},
}
"""What makes the published configurations small: the widths of the text towers stay."""


@pytest.mark.parametrize("family", [SD1, SDXL], ids=lambda family: family.name)
def test_random_weights_are_loaded_and_drawn_with(family: Family, tmp_path: Path) -> None:
    assert family.single_file is not None
    published = tmp_path / "published"
    shutil.copytree(family.single_file.published, published)
    for part in family.networks:
        file = published / part / "config.json"
        config = json.loads(file.read_text()) | THIN[part]
        if part == "unet":
            for blocks in ("down_block_types", "up_block_types"):
                config[blocks] = config[blocks][:3]
        file.write_text(json.dumps(config))
    thin = replace(family, single_file=family.single_file._replace(published=published))
    random_weights.write_random(tmp_path / "thin", thin, torch.device("cpu"))
    checkpoints = CheckpointStore(tmp_path, "cpu")
    picture = render_alone(checkpoints, plain(checkpoint="thin", steps=2, width=128, height=128))
    assert picture.size == (128, 128)
    assert checkpoints.get("thin").family == family
