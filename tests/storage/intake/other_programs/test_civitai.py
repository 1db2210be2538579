from __future__ import annotations

import json

from storage.intake.other_programs.civitai import read_civitai
from storage.intake.other_programs.foreign_recipe import NamedLora

SAID = {
    "prompt": "a cat", "negativePrompt": "dogs", "cfgScale": 7, "sampler": "Euler a", "seed": 3, "steps": 20,
    "clipSkip": 2, "width": 832, "height": 1216, "workflowId": "txt2img",
    "resources": [{"modelName": "ink", "type": "LORA", "strength": 0.4}, {"modelVersionId": 3}],
}  # fmt: skip


def test_what_stands_beside_the_nodes_is_read() -> None:
    told = read_civitai({"extraMetadata": json.dumps(SAID)})
    assert told is not None
    assert (told.prompt, told.negative_prompt, told.steps, told.guidance_scale) == ("a cat", "dogs", 20, 7)
    assert (told.width, told.height, told.clip_skip, told.seed) == (832, 1216, 2, 3)
    assert told.loras == (NamedLora(name="ink", weight=0.4),)
    assert told.beside == ()


def test_other_workflows_are_named() -> None:
    told = read_civitai({"extra": {"extraMetadata": {**SAID, "workflowId": "img2img-hires", "denoise": 0.4}}})
    assert told is not None
    assert (told.denoising_strength, told.beside) == (0.4, ("the workflow img2img-hires",))


def test_a_plain_graph_is_none() -> None:
    assert read_civitai({"3": {"class_type": "KSampler"}}) is None
