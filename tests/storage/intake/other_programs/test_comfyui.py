"""ComfyUI's graphs: which sampler counts, and what is found behind it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from storage.intake.other_programs.comfyui import read_comfyui
from storage.intake.other_programs.foreign_recipe import ForeignRecipe, NamedLora
from tests.storage.intake.other_programs.files import COMFYUI, WORKFLOW, node


def read(graph: dict[str, Any], key: str = "prompt") -> ForeignRecipe:
    told = read_comfyui({key: json.dumps(graph)})
    assert told is not None
    return told


def changed(**nodes: Any) -> dict[str, Any]:
    return copy.deepcopy(COMFYUI) | {name.removeprefix("n"): each for name, each in nodes.items()}


@pytest.mark.parametrize(("key", "graph"), [("prompt", COMFYUI), ("workflow", WORKFLOW)])
def test_everything_is_read_from_either_graph(key: str, graph: dict[str, Any]) -> None:
    assert read(graph, key) == ForeignRecipe(
        program="ComfyUI",
        dialect="comfyui",
        prompt="a (red:1.2) boat",
        negative_prompt="trees, [blurry]",
        width=512,
        height=768,
        steps=28,
        sampler="dpmpp_2m",
        schedule="karras",
        guidance_scale=6.5,
        seed=1234,
        checkpoint="dreamshaper_8",
        loras=(NamedLora(name="ink", weight=0.8),),
    )


def test_numbers_and_texts_may_come_from_other_nodes() -> None:
    graph = changed(
        n6=node("CLIPTextEncode", text=["20", 0], clip=["4", 1]),
        n20=node("StringConcatenate", string_a=["21", 0], string_b="at night", delimiter=", "),
        n21=node("PrimitiveString", value="a boat"),
        n22=node("easy seed", seed=77),
    )
    graph["3"]["inputs"]["seed"] = ["22", 0]
    told = read(graph)
    assert (told.prompt, told.seed) == ("a boat, at night", 77)


def test_the_first_pass_counts_and_the_second_is_named() -> None:
    again = copy.deepcopy(COMFYUI["3"])
    again["inputs"] |= {"seed": 5, "steps": 10, "denoise": 0.5, "latent_image": ["30", 0]}
    graph = changed(
        n29=again,
        n30=node("LatentUpscaleBy", upscale_method="nearest", scale_by=1.5, samples=["3", 0]),
    )
    graph["8"]["inputs"]["samples"] = ["29", 0]
    told = read(graph)
    assert (told.seed, told.steps, told.width) == (1234, 28, 512)
    assert told.beside == ("a second pass", "hires fix")
    assert told.denoising_strength is None


def test_advanced_samplers_are_read_from_their_parts() -> None:
    graph = changed(
        n3=node(
            "SamplerCustomAdvanced",
            noise=["40", 0], guider=["41", 0], sampler=["42", 0], sigmas=["43", 0], latent_image=["5", 0],
        ),
        n40=node("RandomNoise", noise_seed=99),
        n41=node("CFGGuider", cfg=3.5, model=["10", 0], positive=["6", 0], negative=["7", 0]),
        n42=node("KSamplerSelect", sampler_name="euler_ancestral"),
        n43=node("BasicScheduler", scheduler="normal", steps=12, denoise=1, model=["10", 0]),
    )  # fmt: skip
    told = read(graph)
    assert (told.prompt, told.negative_prompt) == ("a (red:1.2) boat", "trees, [blurry]")
    assert (told.seed, told.guidance_scale, told.steps) == (99, 3.5, 12)
    assert (told.sampler, told.schedule) == ("euler_ancestral", "normal")
    assert [lora.name for lora in told.loras] == ["ink"]


def test_what_else_made_the_picture_is_named() -> None:
    graph = changed(
        n6=node(
            "ControlNetApplyAdvanced",
            strength=1, positive=["50", 0], negative=["7", 0], control_net=["51", 0], image=["52", 0],
        ),
        n50=node("CLIPTextEncode", text="a boat", clip=["4", 1]),
        n51=node("ControlNetLoader", control_net_name="canny.safetensors"),
        n53=node("VAELoader", vae_name="ft-mse.safetensors"),
        n54=node("IPAdapterAdvanced", model=["10", 0], weight=0.5),
    )  # fmt: skip
    graph["8"]["inputs"]["vae"] = ["53", 0]
    graph["3"]["inputs"] |= {"negative": ["6", 1], "model": ["54", 0]}
    told = read(graph)
    assert (told.prompt, told.negative_prompt) == ("a boat", "trees, [blurry]")
    assert set(told.beside) == {"ControlNet", "IP-Adapter", "the VAE ft-mse"}
    assert [lora.name for lora in told.loras] == ["ink"]


def test_a_picture_that_was_drawn_over_is_told_by_its_strength() -> None:
    graph = changed(
        n5=node("VAEEncode", pixels=["60", 0], vae=["4", 2]), n60=node("LoadImage", image="a.png")
    )
    graph["3"]["inputs"]["denoise"] = 0.6
    told = read(graph)
    assert (told.denoising_strength, told.width, told.height) == (0.6, None, None)


def test_loras_in_stacks_and_with_switches_are_read() -> None:
    switched = {
        "lora_1": {"on": True, "lora": "style/a.safetensors", "strength": 0.5},
        "lora_2": {"on": False, "lora": "b.safetensors", "strength": 1},
    }
    graph = changed(
        n10=node("Power Lora Loader (rgthree)", model=["70", 0], clip=["4", 1], **switched),
        n70=node("Apply Stack", model=["4", 0], lora_stack=["71", 0]),
        n71=node("LoRA Stacker", lora_name_1="c.safetensors", model_str_1=0.3, lora_name_2="None"),
    )
    assert [(lora.name, lora.weight) for lora in read(graph).loras] == [("c", 0.3), ("a", 0.5)]


def test_clip_skip_counts_as_elsewhere() -> None:
    graph = changed(n80=node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["4", 1]))
    graph["6"]["inputs"]["clip"] = ["80", 0]
    assert read(graph).clip_skip == 2


def test_civitai_says_it_beside_its_graph() -> None:
    said = {
        "prompt": "a cat",
        "negativePrompt": "dogs",
        "steps": 20,
        "cfgScale": 7,
        "seed": 3,
        "sampler": "Euler a",
    }
    told = read({**COMFYUI, "extraMetadata": json.dumps(said)}, "UserComment")
    assert (told.program, told.prompt, told.negative_prompt) == ("civitai", "a cat", "dogs")


def test_a_graph_without_a_sampler_is_none() -> None:
    graph = {key: each for key, each in COMFYUI.items() if key != "3"}
    assert read_comfyui({"prompt": json.dumps(graph)}) is None
