"""Words made by textual inversion, named in prompts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import Lacking, RenderError
from gpuworker.engine.request import CarriedEmbedding, DrawnWith, Request
from gpuworker.families.model import Embedding
from gpuworker.models.embeddings import embedding_files
from storage.samplers import Sampler
from storage.settings import Settings
from tests.gpuworker.engine.support import difference, drain, failure, plain

WORDS = "red circle"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    return CheckpointStore(tmp_path_factory.mktemp("nothing else"), "cpu")


def vectors_of(words: str, checkpoint: str, checkpoints: CheckpointStore) -> list[Tensor]:
    """What each text tower reads for words: such an embedding must draw exactly what they do."""
    model = checkpoints.get(checkpoint).model
    towers = [network for name, network in model.networks.items() if name.startswith("text_encoder")]
    tokenizers = [getattr(model, name) for name in ("tokenizer", "tokenizer_2") if hasattr(model, name)]
    return [
        tower.get_input_embeddings()(
            torch.tensor(tokenizer(words, add_special_tokens=False).input_ids)
        ).detach()
        for tower, tokenizer in zip(towers, tokenizers, strict=True)
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, checkpoints: CheckpointStore) -> Mapping[str, Path]:
    """The words of each checkpoint in the form that its users have, and what is of no use."""
    home = tmp_path_factory.mktemp("home")
    folder = Settings(home=home).embeddings_folder
    folder.mkdir()
    (one,) = vectors_of(WORDS, "pocket", checkpoints)
    save_file({"emb_params": one}, folder / "mine.safetensors")
    save_file({"<single>": vectors_of("red", "pocket", checkpoints)[0][0]}, folder / "single.safetensors")
    save_file({"<mine>": vectors_of(WORDS, "pocket-2", checkpoints)[0]}, folder / "mine-2.safetensors")
    narrow, wide = vectors_of(WORDS, "pocket-xl", checkpoints)
    save_file({"clip_g": wide, "clip_l": narrow}, folder / "mine-xl.safetensors")
    save_file({"a": one, "b": one + 1}, folder / "lora.safetensors")
    (folder / "damaged.safetensors").write_bytes(b"\xff" * 100)
    (folder / "pickle.pt").write_bytes(b"\x80\x04")
    save_file({"emb_params": torch.ones(2, 768)}, folder / "bad_hands.v1.safetensors")
    save_file({"emb_params": torch.full((2, 128), torch.nan)}, folder / "nan-5.safetensors")
    red, circle = (vectors_of(word, "pocket", checkpoints)[0] for word in ("red", "circle"))
    (folder / "deep").mkdir()
    param = {"string_to_token": {"*": 265}, "string_to_param": {"*": one.clone()}, "name": "Old", "step": 9}
    torch.save(param, folder / "deep" / "21 Old (v1.3).pt")
    save_file({"<s0>": red, "<s1>": circle}, folder / "pivotal.safetensors")
    return embedding_files(Settings(home=home))


def asked(prompt: str, checkpoint: str = "pocket", negative: str = "") -> Request:
    side = 192 if checkpoint == "pocket-xl" else 128
    return plain(
        checkpoint=checkpoint,
        prompt=prompt,
        negative_prompt=negative,
        width=side,
        height=side,
        steps=3,
        sampler=Sampler.DPMPP_2M,
        seed=1,
    )


def an_engine(checkpoints: CheckpointStore, files: Mapping[str, Path]) -> Engine:
    return Engine(checkpoints, embedding_files=lambda: files)


@pytest.mark.parametrize(
    ("checkpoint", "named", "said"),
    [
        ("pocket", "a <mine> over the sea", f"a {WORDS} over the sea"),
        ("pocket", "a <single> house", "a red house"),
        ("pocket", "a (<mine>:1.4) [at:over:0.5] sea", f"a ({WORDS}:1.4) [at:over:0.5] sea"),
        ("pocket", "a boat BREAK a (<single>:0.5) star", "a boat BREAK a (red:0.5) star"),
        ("pocket", "a <21 Old (v1.3)> over the sea", f"a {WORDS} over the sea"),
        ("pocket", "a <MINE> over the sea", f"a {WORDS} over the sea"),
        ("pocket", "a embedding:mine.safetensors over the sea", f"a {WORDS} over the sea"),
        ("pocket", "a <s0> <s1> over the sea", f"a {WORDS} over the sea"),
        ("pocket", "a Mine over the sea", f"a {WORDS} over the sea"),
        ("pocket", "a (mine:1.3), BREAK damaged sea", f"a ({WORDS}:1.3), BREAK damaged sea"),
        ("pocket", "a determined goldmine, mine-craft", "a determined goldmine, mine-craft"),
        ("pocket-2", "a <mine-2> over the sea", f"a {WORDS} over the sea"),
        ("pocket-xl", "a (<mine-xl>:1.2) over the sea", f"a ({WORDS}:1.2) over the sea"),
    ],
)
def test_vectors_draw_what_the_words_draw_that_they_were_taken_from(
    checkpoints: CheckpointStore, files: Mapping[str, Path], checkpoint: str, named: str, said: str
) -> None:
    engine = an_engine(checkpoints, files)
    learned, spoken = (engine.submit(asked(prompt, checkpoint)) for prompt in (named, said))
    other = engine.submit(asked("a boat", checkpoint))
    drain(engine)
    assert difference(learned.result(0), spoken.result(0)) <= 1
    assert difference(learned.result(0), other.result(0)) > 10


def test_what_a_request_brings_goes_before_the_files_and_is_said_in_the_recipe(
    checkpoints: CheckpointStore, files: Mapping[str, Path]
) -> None:
    engine, noted = an_engine(checkpoints, files), list[DrawnWith]()
    red = CarriedEmbedding(Embedding(tuple(vectors_of("red", "pocket", checkpoints))), "ab" * 32)
    brought = replace(asked("a Mine house"), embeddings={"mine": red}, on_begin=noted.append)
    in_brackets = replace(asked("a <mine> house"), embeddings={"mine": red}, bare_embeddings=False)
    wide = CarriedEmbedding(Embedding((torch.ones(1, 768),)), "cd" * 32)
    misfit = engine.submit(replace(asked("a mine house"), embeddings={"mine-7": wide}))
    refused = engine.submit(replace(asked("a mine-7 house"), embeddings={"mine-7": wide}))
    drawn = [engine.submit(each) for each in (brought, in_brackets, asked("a red house"))]
    drain(engine)
    assert "does not fit the checkpoint pocket" in str(failure(refused))
    misfit.result(0)
    learned, bracketed, spoken = (each.result(0) for each in drawn)
    assert difference(learned, spoken) <= 1
    assert difference(bracketed, spoken) <= 1
    assert [each.add_ons.embeddings for each in noted] == [{"mine": "ab" * 32}]


def test_what_was_learned_can_be_unwanted(checkpoints: CheckpointStore, files: Mapping[str, Path]) -> None:
    engine = an_engine(checkpoints, files)
    learned, spoken, without = (
        engine.submit(asked("a house", negative=each)) for each in ("<single>", "red", "")
    )
    drain(engine)
    assert difference(learned.result(0), spoken.result(0)) <= 1
    assert difference(learned.result(0), without.result(0)) > 10


@pytest.mark.parametrize(
    ("prompt", "checkpoint", "complaint"),
    [
        ("a <mine>", "pocket-2", "made for text towers 128 wide, and here they are 160 wide"),
        ("a <mine-2>", "pocket", "mine-2 does not fit the checkpoint pocket"),
        ("a <mine>", "pocket-xl", "and here they are 128 and 160 wide"),
        ("a <damaged>", "pocket", "damaged cannot be read"),
        ("a <lora>", "pocket", "lora cannot be read"),
        ("a <pickle>", "pocket", "pickle cannot be read"),
        ("a <tickle>", "pocket", "no embedding called tickle: those that are here are pickle, "),
        (
            "a <lora>",
            "pocket",
            "lora cannot be read as one: it holds the words a and b, so name one of them.",
        ),
        ("a bad_hands.v1 b", "pocket", "bad_hands.v1 does not fit the checkpoint pocket"),
        ("a house, embedding:Nan-5", "pocket", "nan-5 cannot be read"),
    ],
)
def test_what_does_not_fit_is_named_and_its_mates_go_on(
    checkpoints: CheckpointStore, files: Mapping[str, Path], prompt: str, checkpoint: str, complaint: str
) -> None:
    engine = an_engine(checkpoints, files)
    refused, mate = engine.submit(asked(prompt, checkpoint)), engine.submit(asked("a star", checkpoint))
    drain(engine)
    said = str(failure(refused))
    elsewhere = "no embedding called" in said or "ask the operator" in said
    assert type(failure(refused)) is (Lacking if elsewhere else RenderError)
    assert complaint in said
    assert mate.result(0)


def test_what_was_put_in_is_told_by_the_hash_of_its_file(
    checkpoints: CheckpointStore, files: Mapping[str, Path]
) -> None:
    told: list[DrawnWith] = []
    engine = an_engine(checkpoints, files)
    prompts = ("a <MINE> over a single sea", "a boat", "a <mine-2>")
    futures = [engine.submit(replace(asked(prompt), on_begin=told.append)) for prompt in prompts]
    drain(engine)
    assert [each.exception(0) is None for each in futures] == [True, True, False]
    hashes = {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in ("mine", "single")}
    assert [each.add_ons.embeddings for each in told] == [hashes, {}]
    assert {each.checkpoint for each in told} == {checkpoints.get("pocket").hash}


def test_where_no_add_ons_are_allowed_a_bare_name_is_a_word(
    checkpoints: CheckpointStore, files: Mapping[str, Path]
) -> None:
    engine, without = an_engine(checkpoints, files), an_engine(checkpoints, {})
    request = asked("a mine over the sea")
    forbidden, meant = (engine.submit(replace(request, bare_embeddings=bare)) for bare in (False, True))
    word = without.submit(request)
    drain(engine)
    drain(without)
    assert difference(forbidden.result(0), word.result(0)) <= 1
    assert difference(meant.result(0), word.result(0)) > 10
