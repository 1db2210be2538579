"""A header says for whom a LoRA was made, and which words call it up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gpuworker.adapters.about import About, FileVersion, about
from pocket.checkpoint.lora import LORA


def said(tmp_path: Path, name: str = "a.lora_up.weight", **metadata: str) -> About:
    file = tmp_path / "a.safetensors"
    save_file(
        {each: torch.ones(1) for each in name.split()},
        file,
        {key.replace("__", "."): value for key, value in metadata.items()},
    )
    return about(FileVersion.of(file))


@pytest.mark.parametrize(
    ("metadata", "family"),
    [
        ({"modelspec__architecture": "stable-diffusion-xl-v1-base/lora"}, "sdxl"),
        ({"modelspec__architecture": "stable-diffusion-v2-768-v/lora"}, "sd2"),
        ({"ss_base_model_version": "sd_v1"}, "sd1"),
        ({"ss_base_model_version": "sd_v2_v"}, "sd2"),
        ({"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
        ({"ss_base_model_version": "flux1"}, None),
        ({"baseModel": "SD 1.5"}, "sd1"),
        ({}, None),
    ],
)
def test_the_family_is_read_from_every_programs_words(
    tmp_path: Path, metadata: dict[str, str], family: str | None
) -> None:
    assert said(tmp_path, **metadata).family == family
    assert said(tmp_path, **metadata).made_for == next(iter(metadata.values()), None)


def test_the_phrase_counts_before_the_tags(tmp_path: Path) -> None:
    tags = json.dumps({"3_cat": {"mycat": 20, "sitting": 4, "sofa": 11}, "1_dog": {"mycat": 2, "grass": 12}})
    assert said(tmp_path, ss_tag_frequency=tags).triggers == ("mycat", "grass", "sofa")
    both = said(tmp_path, ss_tag_frequency=tags, modelspec__trigger_phrase=" in the\nstyle ")
    assert both.triggers == ("in the style",)


@pytest.mark.parametrize(
    "tags", ["", "no json", "[]", '{"a": 3}', '{"a": {"b": "many"}}', "{}", '{"a": {"": 3}}']
)
def test_tags_that_make_no_sense_say_nothing(tmp_path: Path, tags: str) -> None:
    assert said(tmp_path, ss_tag_frequency=tags).triggers == ()


def test_bundled_words_are_listed(tmp_path: Path) -> None:
    assert said(tmp_path, "bundle_emb.cat.clip_l bundle_emb.b.string_to_param.*").bundled == ("b", "cat")


@pytest.mark.parametrize("data", [b"", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0[]", b"\x02\0\0\0\0\0\0\0{"])
def test_what_cannot_be_read_says_nothing(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.safetensors"
    file.write_bytes(data)
    assert about(FileVersion.of(file)) == About()


def test_a_file_that_was_written_anew_is_another_version(tmp_path: Path) -> None:
    assert said(tmp_path, ss_base_model_version="sd_v1").family == "sd1"
    assert said(tmp_path, ss_base_model_version="sdxl_base_v1-0").family == "sdxl"
    assert about(FileVersion.of(LORA)) == About()
