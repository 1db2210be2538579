"""What lies in the wrong folder is told what it is."""

from __future__ import annotations

import pytest

from gpuworker.adapters.foreign import foreign_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("emb_params", "an embedding (put it into embeddings)"),
        ("<my-cat>", "an embedding (put it into embeddings)"),
        (
            "conditioner.embedders.0.transformer.text_model.final_layer_norm.bias",
            "a checkpoint (put it into checkpoints)",
        ),
        ("control_model.input_blocks.0.0.weight", "a control network"),
        ("down_blocks.0.resnets.0.conv1.weight", "a UNet"),
        ("decoder.conv_in.weight", "an autoencoder"),
        ("768.0.linear.0.weight", "a hypernetwork"),
        ("lora_unet_down_blocks_0_resnets_0_conv1.lora_up.weight", None),
    ],
)
def test_it_is_told_by_a_name(name: str, title: str | None) -> None:
    assert foreign_title(["something.else", name]) == title
