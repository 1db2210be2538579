from __future__ import annotations

import json
from typing import Any

from storage.intake.other_programs.foreign_recipe import ForeignRecipe
from storage.intake.other_programs.novelai import read_novelai
from tests.storage.intake.other_programs.files import NOVELAI


def read(**changes: Any) -> ForeignRecipe:
    comment = json.loads(NOVELAI["Comment"]) | changes
    told = read_novelai({**NOVELAI, "Comment": json.dumps(comment)})
    assert told is not None
    return told


def test_its_texts_are_read() -> None:
    told = read()
    assert (told.sampler, told.schedule, told.dialect) == ("k_dpmpp_2m", "karras", "novelai")
    assert told.checkpoint == "NovelAI Diffusion V4.5 4BDE2A90"
    assert told.beside == ()


def test_characters_have_prompts_of_their_own() -> None:
    captions = {"base_caption": "a beach", "char_captions": [{"char_caption": "a girl", "centers": []}, {}]}
    unwanted = {"base_caption": "trees", "char_captions": [{"char_caption": ""}]}
    told = read(v4_prompt={"caption": captions}, v4_negative_prompt={"caption": unwanted})
    assert (told.prompt, told.negative_prompt) == ("a beach, a girl", "trees, [blurry]")
    assert told.beside == ("a prompt and a place for each character",)


def test_older_versions_have_the_prompt_in_the_description() -> None:
    comment = {
        "steps": 28,
        "sampler": "k_euler_ancestral",
        "seed": 1,
        "strength": 0.69,
        "noise": 0.667,
        "uc": "x",
    }
    told = read_novelai({**NOVELAI, "Comment": json.dumps(comment)})
    assert told is not None
    assert (told.prompt, told.denoising_strength) == ("a {red} boat", None)


def test_what_else_made_the_picture_is_named() -> None:
    assert read(sm=True, cfg_rescale=0.4).beside == ("SMEA", "guidance rescale")
    assert read(request_type="Img2ImgRequest", strength=0.5).denoising_strength == 0.5


def test_other_comments_are_none() -> None:
    assert read_novelai({"Comment": '{"a": 1}'}) is None
    assert read_novelai({"Software": "NovelAI", "Comment": "hello"}) is None
