"""However a tensor is spelt, it is known for what it is."""

from __future__ import annotations

import pytest

from gpuworker.adapters.spelling import sort_out


@pytest.mark.parametrize(
    ("name", "layer", "part"),
    [
        ("lora_unet_a_to_q.lora_up.weight", "lora_unet_a_to_q", "up"),
        ("lora_unet_a_to_q.lora_mid.weight", "lora_unet_a_to_q", "mid"),
        ("lora_unet_a_to_q.alpha", "lora_unet_a_to_q", "alpha"),
        ("unet.a.to_q.lora_A.weight", "unet.a.to_q", "down"),
        ("unet.a.to_q.lora_B.default.weight", "unet.a.to_q", "up"),
        ("unet.a.to_q.lora_B.bias", "unet.a.to_q", "up_bias"),
        ("unet.a.to_q.lora.down.weight", "unet.a.to_q", "down"),
        ("unet.a.attn1.processor.to_q_lora.up.weight", "unet.a.attn1.to_q", "up"),
        ("text_encoder.a.q_proj.lora_linear_layer.down.weight", "text_encoder.a.q_proj", "down"),
        ("base_model.model.a.to_q.lora_magnitude_vector", "base_model.model.a.to_q", "magnitude"),
        ("base_model.model.a.lora_magnitude_vector.default.weight", "base_model.model.a", "magnitude"),
        ("base_model.model.a.to_q.hada_w1_a.default", "base_model.model.a.to_q", "hada_w1_a"),
        ("lora_unet_a.lokr_w2_b", "lora_unet_a", "lokr_w2_b"),
        ("lora_unet_a.dora_scale", "lora_unet_a", "dora_scale"),
        ("lora_unet_a.on_input", "lora_unet_a", "on_input"),
        ("lora_unet_a.weight", "lora_unet_a", "weight"),
        ("lora_unet_a.a1.weight", "lora_unet_a", "glora_a1"),
        ("diffusion_model.a.diff_b", "diffusion_model.a", "diff_b"),
        ("lora_unet_a.w_norm", "lora_unet_a", "w_norm"),
    ],
)
def test_a_part_is_known_by_its_end(name: str, layer: str, part: str) -> None:
    spelt = sort_out([name])
    assert spelt.layers == {layer: {part: name}}
    assert not spelt.strange


def test_what_means_nothing_is_kept_apart() -> None:
    names = ["lora_unet_a.vera_lambda_b", "emb_params", "a.oft_R.weight", "lora_unet_a.lora_up.weight"]
    assert sort_out(names).strange == ["lora_unet_a.vera_lambda_b", "emb_params", "a.oft_R.weight"]


def test_two_spellings_of_one_tensor_are_one_too_many() -> None:
    names = ["unet.a.lora_B.weight", "unet.a.lora.up.weight"]
    assert sort_out(names).strange == names[1:]


def test_bundled_embeddings_are_found_by_their_words() -> None:
    spelt = sort_out(
        ["bundle_emb.my.cat.string_to_param.*", "bundle_emb.dog.clip_l", "bundle_emb.dog.clip_g"]
    )
    assert spelt.bundled == {
        "my.cat": {"string_to_param.*": "bundle_emb.my.cat.string_to_param.*"},
        "dog": {"clip_l": "bundle_emb.dog.clip_l", "clip_g": "bundle_emb.dog.clip_g"},
    }
    assert not spelt.layers
