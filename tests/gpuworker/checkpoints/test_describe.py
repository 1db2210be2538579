"""What is said of a checkpoint by its files is what is true of it when it is loaded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gpuworker.checkpoints.describe import describe
from gpuworker.checkpoints.store import CheckpointStore
from tests.gpuworker.checkpoints.ldm import write_single_file
from tests.gpuworker.tiny import write_sd1, write_sd2, write_sdxl


@pytest.mark.parametrize("write", [write_sd1, write_sd2, write_sdxl])
def test_a_folder_is_described_without_loading_it(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path / "new")
    described, loaded = describe(tmp_path / "new"), CheckpointStore(tmp_path, "cpu").get("new")
    assert described.hash == loaded.hash
    assert described.side == loaded.model.side == 64
    assert described.text_widths == loaded.model.text_widths
    assert 4 * described.numbers == loaded.bytes
    assert {file.parent.name for file in described.files} == set(loaded.model.networks)
    assert {file.parent.name for file in described.hashed} == {"unet"}


def test_a_single_file_has_the_side_of_its_configuration_or_of_its_family(
    checkpoints_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "single.safetensors"
    write_single_file(checkpoints_folder / "tiny", file)
    assert describe(file).files == describe(file).hashed == (file,)
    assert describe(file).side == 512
    everything_else = shutil.ignore_patterns("*.safetensors")
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "single", ignore=everything_else)
    assert describe(file).side == 64
    config = tmp_path / "single" / "unet" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "sample_size": None}))
    vae = tmp_path / "single" / "vae" / "config.json"
    vae.write_text(json.dumps({**json.loads(vae.read_text()), "sample_size": 96}))
    assert describe(file).side == 96, "the side of what the autoencoder was trained on is the next best"
    vae.write_text(json.dumps({**json.loads(vae.read_text()), "sample_size": None}))
    assert describe(file).side == 512


def test_describing_loads_no_torch(checkpoints_folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gpuworker.checkpoints.describe import describe;"
        "print(describe(Path(sys.argv[1])).side); sys.exit('torch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, str(checkpoints_folder / "tiny")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (0, "64\n"), answer.stderr
