"""Who put add-ons into the folders sees how they are written, and which words call them up."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from typer.testing import CliRunner

import darkroom


def test_what_lies_in_the_folders_is_listed_with_its_trigger_words(run: CliRunner, home: Path) -> None:
    lora, embedding = home / "loras" / "art" / "Ink (v2).safetensors", home / "embeddings" / "two.safetensors"
    for file in (lora, embedding):
        file.parent.mkdir(parents=True, exist_ok=True)
    tags = json.dumps({"5_ink": {"inkstyle": 30, "[sketch]": 20, "a cat": 3}})
    said = {"ss_tag_frequency": tags, "ss_base_model_version": "sdxl_base_v1-0"}
    names = ("lora_unet_a.alpha", "bundle_emb.blot.clip_l")
    save_file({name: torch.ones(1) for name in names}, lora, said)
    save_file({"<s0>": torch.ones(1, 8), "<s1>": torch.ones(1, 8)}, embedding)
    done = run.invoke(darkroom.app, ["models", "add-ons", "--json"])
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert rows["Ink (v2)"] == {
        "kind": "LoRA",
        "name": "Ink (v2)",
        "written": "<lora:Ink (v2):1>",
        "made_for": "sdxl",
        "triggers": ["inkstyle", "[sketch]"],
        "embeddings": ["blot"],
        "file": str(lora),
    }
    assert rows["pocket-sketch"]["made_for"] == "sd1"
    assert {"s0", "s1"} <= rows.keys()
    shown = " ".join(run.invoke(darkroom.app, ["models", "add-ons"]).stdout.split())
    assert "<lora:Ink (v2):1>" in shown
    assert "inkstyle, [sketch]" in shown
    lora.unlink()
    embedding.unlink()
