"""What the records say is what the published configurations say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gpuworker.families.family import Family
from gpuworker.families.table import FAMILIES, family_of_file, family_of_folder


@pytest.fixture(params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


def published(family: Family) -> Path:
    assert family.single_file is not None
    return family.single_file.published


def config(family: Family, part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((published(family) / part / "config.json").read_text())
    return found


def test_parts_and_pipeline_are_those_of_the_published_index(family: Family) -> None:
    index = json.loads((published(family) / "model_index.json").read_text())
    assert index["_class_name"] == family.pipelines[0]
    for part, network in family.networks.items():
        assert index[part] == list(network)
        assert network.load_class().__name__ == network.name
    parts = {part for part, value in index.items() if isinstance(value, list) and value[0] is not None}
    assert parts == {*family.networks, *family.tokenizers, "scheduler"}
    for option, default in family.pipeline_options.items():
        assert index[option] == default


def test_the_denoiser_is_as_the_record_says(family: Family) -> None:
    denoiser, vae = config(family, family.denoiser), config(family, "vae")
    assert denoiser.get("addition_embed_type") == family.added_conditioning
    assert denoiser["sample_size"] * 2 ** (len(vae["block_out_channels"]) - 1) == family.side
    assert family.preview is not None
    assert len(family.preview.weight) == vae.get("latent_channels", 4) == denoiser["in_channels"]


def test_each_family_knows_its_own_and_no_other(family: Family) -> None:
    index = {"_class_name": family.pipelines[0]}
    assert family_of_folder(index, lambda part: config(family, part)) is family
    assert family.single_file is not None
    first, *others = family.single_file.prefixes
    assert family_of_file({first + "weight", *others}) is family
    assert family_of_file(set(others)) is None


def test_what_is_no_pipeline_of_ours_is_not_asked_for_its_parts() -> None:
    def read_config(part: str) -> dict[str, Any]:
        raise AssertionError(part)

    assert family_of_folder({"_class_name": "FluxPipeline"}, read_config) is None
    assert family_of_folder({}, read_config) is None
