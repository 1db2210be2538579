"""The configuration that lies beside a single file is read as ldm and sgm write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.ldm import describes_networks, ldm_beside, read_ldm
from gpuworker.checkpoints.statements import Statement


def test_it_is_found_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mix.v2.safetensors"
    assert ldm_beside(file) is None
    (tmp_path / "mix.v2.yml").touch()
    assert ldm_beside(file) == tmp_path / "mix.v2.yml"


def test_what_it_says_and_its_schedule(tmp_path: Path) -> None:
    file = tmp_path / "mix.yaml"
    file.write_text("model: {params: {parameterization: v, linear_start: 0.00085, timesteps: 1000}}")
    config, said, schedule = read_ldm(file)
    assert said == Statement("v_prediction")
    assert schedule == {"beta_start": 0.00085, "num_train_timesteps": 1000}
    assert not describes_networks(config)


@pytest.mark.parametrize("key", ["unet_config", "network_config"])
def test_it_may_say_how_wide_the_networks_are(tmp_path: Path, key: str) -> None:
    file = tmp_path / "mix.yaml"
    file.write_text(f"model: {{params: {{{key}: {{params: {{}}}}, first_stage_config: {{params: {{}}}}}}}}")
    assert describes_networks(read_ldm(file)[0])


@pytest.mark.parametrize(
    "text", ["", "[", "model: 1", "model: {params: []}", "{model: {params: {timesteps: many}}}"]
)
def test_what_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mix.yaml").write_text(text)
    with pytest.raises(CheckpointError, match=r"mix\.yaml is not a configuration of ldm .*: mend it"):
        read_ldm(tmp_path / "mix.yaml")
