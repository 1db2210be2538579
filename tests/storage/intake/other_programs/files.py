"""Small pictures with the texts of other programs in them, made as those programs make them."""

from __future__ import annotations

import gzip
import io
import json
import struct
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PLAIN = Image.new("RGB", (16, 24), "teal")
PARAMETERS = (
    "a (red:1.2) boat\nNegative prompt: trees, [blurry]\nSteps: 28, Sampler: DPM++ 2M Karras, "
    "CFG scale: 6.5, Seed: 1234, Size: 512x768, Model hash: 879db523c3, Model: dreamshaper_8"
)


def png(texts: dict[str, str], image: Image.Image = PLAIN) -> bytes:
    info, file = PngInfo(), io.BytesIO()
    for key, text in texts.items():
        info.add_text(key, text)
    image.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def exif(texts: dict[int, bytes], comment: bytes = b"", endian: str = "<") -> bytes:
    """EXIF with texts in its first directory, and with a UserComment in its own one."""
    texts = dict(sorted(texts.items()))
    count = len(texts) + bool(comment)
    place = 8 + 2 + 12 * count + 4
    entries, values = b"", b""
    for tag, text in texts.items():
        entries += struct.pack(endian + "HHII", tag, 2, len(text), place + len(values))
        values += text
    if comment:
        own = place + len(values)
        entries += struct.pack(endian + "HHII", 0x8769, 4, 1, own)
        values += struct.pack(endian + "HHHIII", 1, 0x9286, 7, len(comment), own + 18, 0) + comment
    head = {"<": b"II*\0", ">": b"MM\0*"}[endian] + struct.pack(endian + "I", 8)
    return b"Exif\0\0" + head + struct.pack(endian + "H", count) + entries + bytes(4) + values


def commented(text: str, code: str = "utf-16-be", endian: str = "<") -> bytes:
    return exif({}, b"UNICODE\0" + text.encode(code), endian)


def picture(kind: str, exif_data: bytes) -> bytes:
    file = io.BytesIO()
    PLAIN.save(file, kind, exif=exif_data)
    return file.getvalue()


def hidden(text: str, signature: bytes = b"stealth_pngcomp", size: tuple[int, int] = (96, 64)) -> bytes:
    body = gzip.compress(text.encode()) if signature.endswith(b"comp") else text.encode()
    data = signature + struct.pack(">I", 8 * len(body)) + body
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    of_colours = b"rgb" in signature
    plane = np.full((size[0], size[1], 3 if of_colours else 1), 254, np.uint8)
    plane.reshape(-1)[: len(bits)] |= bits
    plane = plane.swapaxes(0, 1)
    image = Image.new("RGBA", size, "navy")
    if of_colours:
        image = Image.fromarray(np.ascontiguousarray(plane))
    else:
        image.putalpha(Image.fromarray(plane[:, :, 0]))
    return png({}, image)


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


COMFYUI: dict[str, Any] = {
    "3": node(
        "KSampler",
        seed=1234, steps=28, cfg=6.5, sampler_name="dpmpp_2m", scheduler="karras",
        denoise=1, model=["10", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0],
    ),
    "4": node("CheckpointLoaderSimple", ckpt_name="sd15/dreamshaper_8.safetensors"),
    "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
    "6": node("CLIPTextEncode", text="a (red:1.2) boat", clip=["10", 1]),
    "7": node("CLIPTextEncode", text="trees, [blurry]", clip=["4", 1]),
    "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
    "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
    "10": node(
        "LoraLoader", lora_name="ink.safetensors", strength_model=0.8, strength_clip=0.8,
        model=["4", 0], clip=["4", 1],
    ),
}  # fmt: skip
WORKFLOW: dict[str, Any] = {
    "nodes": [
        {
            "id": 3, "type": "KSampler", "mode": 0,
            "inputs": [
                {"name": "model", "type": "MODEL", "link": 1},
                {"name": "positive", "type": "CONDITIONING", "link": 2},
                {"name": "negative", "type": "CONDITIONING", "link": 3},
                {"name": "latent_image", "type": "LATENT", "link": 4},
            ],
            "widgets_values": [1234, "randomize", 28, 6.5, "dpmpp_2m", "karras", 1],
        },
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["sd15/dreamshaper_8.safetensors"]},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 768, 1]},
        {
            "id": 6, "type": "CLIPTextEncode", "widgets_values": ["a (red:1.2) boat"],
            "inputs": [{"name": "clip", "type": "CLIP", "link": 11}],
        },
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["trees, [blurry]"]},
        {"id": 8, "type": "VAEDecode", "inputs": [{"name": "samples", "type": "LATENT", "link": 5}]},
        {
            "id": 9, "type": "SaveImage", "widgets_values": ["ComfyUI"],
            "inputs": [{"name": "images", "type": "IMAGE", "link": 6}],
        },
        {
            "id": 10, "type": "LoraLoader", "widgets_values": ["ink.safetensors", 0.8, 0.8],
            "inputs": [{"name": "model", "type": "MODEL", "link": 7}],
        },
        {
            "id": 12, "type": "LoraLoader", "mode": 4, "widgets_values": ["left_out.safetensors", 1, 1],
            "inputs": [{"name": "model", "type": "MODEL", "link": 8}],
        },
        {"id": 13, "type": "Note", "widgets_values": ["how to use this"]},
    ],
    "links": [
        [1, 10, 0, 3, 0, "MODEL"], [2, 6, 0, 3, 1, "CONDITIONING"], [3, 7, 0, 3, 2, "CONDITIONING"],
        [4, 5, 0, 3, 3, "LATENT"], [5, 3, 0, 8, 0, "LATENT"], [6, 8, 0, 9, 0, "IMAGE"],
        [7, 12, 0, 10, 0, "MODEL"], [8, 4, 0, 12, 0, "MODEL"], [11, 10, 1, 6, 0, "CLIP"],
    ],
}  # fmt: skip
INVOKEAI: dict[str, Any] = {
    "app_version": "5.4.2", "generation_mode": "txt2img", "positive_prompt": "a (red)1.2 boat",
    "negative_prompt": "trees, [blurry]", "width": 512, "height": 768, "seed": 1234, "rand_device": "cpu",
    "cfg_scale": 6.5, "cfg_rescale_multiplier": 0, "steps": 28, "scheduler": "dpmpp_2m_k", "clip_skip": 0,
    "model": {"key": "1f", "hash": "blake3:00", "name": "dreamshaper_8", "base": "sd-1", "type": "main"},
    "loras": [{"model": {"name": "ink", "base": "sd-1", "type": "lora"}, "weight": 0.8}],
}  # fmt: skip
SD_METADATA: dict[str, Any] = {
    "model": "stable diffusion", "model_weights": "dreamshaper_8", "model_hash": "879db523c3",
    "image": {
        "prompt": [{"prompt": "a red boat [trees, blurry]", "weight": 1.0}], "steps": 28, "cfg_scale": 6.5,
        "threshold": 0, "perlin": 0, "height": 768, "width": 512, "seed": 1234, "seamless": False,
        "hires_fix": False, "type": "txt2img", "postprocessing": None, "sampler": "k_dpmpp_2",
    },
}  # fmt: skip
DREAM = '"a red boat [trees, blurry]" -s 28 -S 1234 -W 512 -H 768 -C 6.5 -A k_lms'
FOOOCUS: dict[str, Any] = {
    "prompt": "a (red:1.2) boat", "negative_prompt": "trees, [blurry]", "full_prompt": ["cinematic a boat"],
    "styles": "['Fooocus V2', 'Fooocus Sharp']", "steps": 28, "resolution": "(512, 768)",
    "guidance_scale": 6.5, "sharpness": 2.0, "base_model": "dreamshaper_8", "base_model_hash": "879db523c3",
    "refiner_model": "None", "sampler": "dpmpp_2m", "scheduler": "karras", "seed": "1234",
    "lora_combined_1": "ink : 0.8", "metadata_scheme": "fooocus", "version": "Fooocus v2.5.0",
}  # fmt: skip
SWARMUI: dict[str, Any] = {
    "sui_image_params": {
        "prompt": "a (red:1.2) boat", "negativeprompt": "trees, [blurry]", "model": "sd15/dreamshaper_8",
        "seed": 1234, "steps": 28, "cfgscale": 6.5, "aspectratio": "2:3", "width": 512, "height": 768,
        "sampler": "dpmpp_2m", "scheduler": "karras", "loras": ["ink"], "loraweights": ["0.8"],
        "swarm_version": "0.9.3.1",
    },
    "sui_extra_data": {"date": "2024-11-13"},
    "sui_models": [{"name": "sd15/dreamshaper_8.safetensors", "param": "model", "hash": "0x879db523c3"}],
}  # fmt: skip
NOVELAI = {
    "Title": "AI generated image",
    "Description": "a {red} boat",
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4.5 4BDE2A90",
    "Comment": json.dumps(
        {
            "prompt": "a {red} boat", "steps": 28, "height": 768, "width": 512, "scale": 6.5,
            "uncond_scale": 1.0, "cfg_rescale": 0.0, "seed": 1234, "n_samples": 1, "noise_schedule": "karras",
            "sampler": "k_dpmpp_2m", "sm": False, "sm_dyn": False, "uc": "trees, [blurry]",
            "request_type": "PromptGenerateRequest", "signed_hash": "abc",
        }
    ),
}  # fmt: skip
CIVITAI = PARAMETERS.replace(", Model hash: 879db523c3, Model: dreamshaper_8", "") + (
    ", Clip skip: 2, Created Date: 2024-11-13T09:00:00.0000000Z, Civitai resources: "
    '[{"type":"checkpoint","modelVersionId":128713,"modelName":"DreamShaper, v8","modelVersionName":"8"},'
    '{"type":"lora","weight":0.8,"modelVersionId":7,"modelName":"ink","modelVersionName":"v1: [final]"}], '
    'Civitai metadata: {"remixOfId":1}'
)
