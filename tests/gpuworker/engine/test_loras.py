"""LoRAs named in prompts: what they draw, and what they leave alone."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from gpuworker.adapters import adapters
from gpuworker.adapters.read import Adapter, read_adapter
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine import loras
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import Lacking, RenderError
from gpuworker.engine.request import Request, Start
from gpuworker.models.loras import LoraFile
from pocket.checkpoint.lora import LORA, chroma
from storage.samplers import Sampler
from tests.gpuworker.engine.support import difference, drain, failure, plain, render_alone

SCENE = "a red circle over the sea"


@pytest.fixture(scope="module")
def pocket(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    return CheckpointStore(tmp_path_factory.mktemp("nothing else"), "cpu")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LoraFile]:
    """The LoRA that ships, one that turns words around in the text tower, and two that are of no use."""
    folder = tmp_path_factory.mktemp("loras")
    names = [f"text_encoder.text_model.encoder.layers.0.self_attn.{layer}" for layer in ("q_proj", "v_proj")]
    width = CheckpointStore(folder, "cpu").get("pocket").model.networks["text_encoder"].config.hidden_size
    random = torch.Generator().manual_seed(1)
    half = {f"{name}.lora_A.weight": torch.randn(4, width, generator=random) for name in names}
    save_file(
        half | {f"{name}.lora_B.weight": torch.randn(width, 4, generator=random) for name in names},
        folder / "words.v1.safetensors",
    )
    sketch = load_file(LORA)
    wide = {name: torch.cat([weight, weight], 1) for name, weight in sketch.items() if "lora_A" in name}
    save_file(sketch | wide, folder / "wide.safetensors")
    (folder / "damaged.safetensors").write_bytes(b"\xff" * 100)
    return {"pocket-sketch": LoraFile(LORA, "sd1")} | {file.stem: LoraFile(file) for file in folder.iterdir()}


def asked(prompt: str, seed: int = 1, steps: int = 4) -> Request:
    return plain(
        checkpoint="pocket",
        prompt=prompt,
        width=128,
        height=128,
        steps=steps,
        sampler=Sampler.DPMPP_2M,
        seed=seed,
    )


def together(pocket: CheckpointStore, files: Mapping[str, LoraFile], *requests: Request) -> list[Image.Image]:
    engine = Engine(pocket, lora_files=lambda: files)
    futures = [engine.submit(request) for request in requests]
    drain(engine)
    return [future.result(0) for future in futures]


def test_the_more_of_the_pencil_the_less_colour(
    pocket: CheckpointStore, files: Mapping[str, LoraFile]
) -> None:
    weights = (0, 0.5, 1)
    prompts = [SCENE, *(f"{SCENE} <lora:pocket-sketch:{weight}>" for weight in weights)]
    pictures = together(pocket, files, *(asked(prompt, seed) for prompt in prompts for seed in (1, 2)))
    without, none, half, whole = (
        chroma(np.stack([np.asarray(picture) for picture in pictures[start : start + 2]]))
        for start in range(0, 8, 2)
    )
    assert none == without
    assert whole < half < without
    assert whole < 0.5 * without


@pytest.mark.slow
def test_batch_mates_wear_their_own(pocket: CheckpointStore, files: Mapping[str, LoraFile]) -> None:
    prompts = [SCENE, f"{SCENE} <lora:pocket-sketch:1>", f"{SCENE} <lora:words.v1:1>", f"{SCENE} "]
    requests = [asked(prompt, seed, 4 + seed % 3) for seed, prompt in enumerate(prompts)]
    alone = [render_alone(pocket, requests[0]), render_alone(pocket, requests[3])]
    mixed = together(pocket, files, *requests, requests[1])
    assert difference(mixed[0], alone[0]) <= 1
    assert difference(mixed[3], alone[1]) <= 1
    for place in (1, 2):
        (single,) = together(pocket, files, requests[place])
        assert difference(mixed[place], single) <= 1
    assert difference(mixed[1], mixed[4]) <= 1
    (plain_words,) = together(pocket, files, asked(SCENE, 2, 6))
    assert difference(mixed[2], plain_words) > 20, "a LoRA of the text tower is not passed over"


def test_two_at_once_are_both_worn(pocket: CheckpointStore, files: Mapping[str, LoraFile]) -> None:
    both, first, twice = together(
        pocket,
        files,
        asked(f"<lora:words.v1:1> {SCENE} <lora:pocket-sketch:1>"),
        asked(f"{SCENE} <lora:pocket-sketch:1>"),
        asked(f"<lora:pocket-sketch:0.5>{SCENE} <lora:pocket-sketch:0.5>"),
    )
    assert difference(both, first) > 20
    assert chroma(np.asarray(both)) < 40
    assert difference(first, twice) <= 1


MATES = [SCENE, f"{SCENE} <lora:pocket-sketch:1>"]


@pytest.fixture(scope="module")
def expected(pocket: CheckpointStore, files: Mapping[str, LoraFile]) -> list[Image.Image]:
    return together(pocket, files, *map(asked, MATES))


@pytest.mark.parametrize(
    ("prompt", "negative", "said"),
    [
        (
            f"{SCENE} <lora:ink:1>",
            "",
            "no LoRA called ink: those that are here are wide, pocket-sketch, words.v1 and damaged",
        ),
        (f"{SCENE} <lora:wide:1>", "", "wide does not fit the checkpoint pocket"),
        (f"{SCENE} <lora:damaged:1>", "", "LoRA damaged is damaged"),
        (SCENE, "<lora:pocket-sketch:1>", "into the prompt itself"),
    ],
)
def test_what_cannot_be_worn_is_a_sentence_and_changes_nobody(
    pocket: CheckpointStore,
    files: Mapping[str, LoraFile],
    expected: list[Image.Image],
    prompt: str,
    negative: str,
    said: str,
) -> None:
    engine = Engine(pocket, lora_files=lambda: files)
    mates = [asked(each) for each in MATES]
    before = engine.submit(mates[0])
    refused = engine.submit(plain(checkpoint="pocket", prompt=prompt, negative_prompt=negative))
    after = engine.submit(mates[1])
    drain(engine)
    elsewhere = any(each in said for each in ("no LoRA called", "is damaged"))
    assert type(failure(refused)) is (Lacking if elsewhere else RenderError)
    assert said in str(failure(refused))
    assert difference(before.result(0), expected[0]) <= 1
    assert difference(after.result(0), expected[1]) <= 1


def test_a_lora_of_another_family_is_refused(pocket: CheckpointStore, files: Mapping[str, LoraFile]) -> None:
    engine = Engine(pocket, lora_files=lambda: files)
    future = engine.submit(
        plain(checkpoint="pocket-2", prompt=f"{SCENE} <lora:pocket-sketch:1>", width=128, height=128)
    )
    drain(engine)
    assert "pocket-sketch does not fit the checkpoint pocket-2" in str(failure(future))


@pytest.fixture
def own_files(files: Mapping[str, LoraFile], tmp_path: Path) -> dict[str, LoraFile]:
    """Copies of the LoRAs that fit, for a test to take away."""
    copied = {name: tmp_path / f"{name}.safetensors" for name in ("pocket-sketch", "words.v1")}
    for name, place in copied.items():
        shutil.copy(files[name].file, place)
    return {name: LoraFile(place, "sd1") for name, place in copied.items()}


def test_a_lora_that_is_taken_away_is_worn_to_the_end(
    pocket: CheckpointStore, own_files: dict[str, LoraFile], expected: list[Image.Image]
) -> None:
    engine = Engine(pocket, lora_files=lambda: own_files)
    running = [engine.submit(asked(each)) for each in MATES]
    engine.step()
    engine.step()
    own_files.pop("pocket-sketch").file.unlink()
    late = engine.submit(asked(MATES[1], seed=2))
    drain(engine)
    assert "no LoRA called pocket-sketch" in str(failure(late))
    assert all(difference(each.result(0), whole) <= 1 for each, whole in zip(running, expected, strict=True))


def test_what_running_pictures_wear_stays_in_memory_though_others_are_read(
    own_files: dict[str, LoraFile],
    expected: list[Image.Image],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adapters, "MOST_KEPT", 1)
    engine = Engine(CheckpointStore(tmp_path, "cpu"), lora_files=lambda: own_files)
    dressed = engine.submit(asked(MATES[1]))
    while engine.stats().waiting:
        engine.step()
    own_files["pocket-sketch"].file.unlink()
    mates = [engine.submit(asked(MATES[0])), engine.submit(asked(f"{SCENE} <lora:words.v1:1>"))]
    drain(engine)
    assert difference(dressed.result(0), expected[1]) <= 1
    assert difference(mates[0].result(0), expected[0]) <= 1
    assert mates[1].exception(0) is None


def test_loras_in_turn_are_read_once_each_though_fewer_are_kept(
    own_files: dict[str, LoraFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def reading(file: Path, *rest: Any) -> Adapter:
        read.append(file.stem)
        return read_adapter(file, *rest)

    monkeypatch.setattr(adapters, "MOST_KEPT", 1)
    monkeypatch.setattr(loras, "read_adapter", reading)
    together(
        CheckpointStore(tmp_path, "cpu"),
        own_files,
        *(asked(f"{SCENE} <lora:{name}:1>", seed, steps=6) for name in own_files for seed in (1, 2)),
    )
    assert sorted(read) == sorted(own_files)


def test_what_is_worn_together_stays_in_memory_together(
    own_files: dict[str, LoraFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = CheckpointStore(tmp_path, "cpu")
    both = asked(f"{SCENE} <lora:pocket-sketch:1> <lora:words.v1:1>")
    (whole,) = together(fresh, own_files, both)
    monkeypatch.setattr(adapters, "MOST_KEPT", 2)
    own_files["third"] = LoraFile(tmp_path / "third.safetensors")
    shutil.copy(own_files["words.v1"].file, own_files["third"].file)
    for prompt in (f"{SCENE} <lora:third:1>", f"{SCENE} <lora:pocket-sketch:1>", both.prompt):
        (last,) = together(fresh, own_files, asked(prompt))
    assert difference(last, whole) <= 1


def test_what_an_edited_picture_shows_is_read_with_the_lora_too_and_forgotten(
    pocket: CheckpointStore, files: Mapping[str, LoraFile], tmp_path: Path
) -> None:
    fresh = CheckpointStore(tmp_path, "cpu")
    picture = render_alone(pocket, asked(SCENE))
    dressed = f"{SCENE} <lora:words.v1:1>"
    edited = replace(asked(dressed), start=Start(picture, 1.0, shows=SCENE))
    (kept,) = together(fresh, files, edited)
    assert difference(kept, picture) == 0
    assert difference(render_alone(fresh, asked(SCENE)), picture) <= 1


@pytest.mark.parametrize(
    "name",
    [
        "Sketch v1.5 (final)",
        "sketch v1.5 (final)",
        " Sketch v1.5 (final).safetensors",
        "art/Sketch v1.5 (final)",
    ],
)
def test_a_lora_is_called_as_its_file_is(
    pocket: CheckpointStore, files: Mapping[str, LoraFile], expected: list[Image.Image], name: str
) -> None:
    renamed = {"Sketch v1.5 (final)": files["pocket-sketch"]}
    (found,) = together(pocket, renamed, asked(f"{SCENE} <lora:{name}:1>"))
    assert difference(found, expected[1]) <= 1


def test_text_towers_may_wear_less_or_more_of_it(
    pocket: CheckpointStore, files: Mapping[str, LoraFile], expected: list[Image.Image]
) -> None:
    both = {"both": "words.v1", "sketch": "pocket-sketch"}
    named = {name: files[file] for name, file in both.items()}
    drawn, untold = together(
        pocket, named, asked(f"{SCENE} <lora:sketch:0.3:1>"), asked(f"{SCENE} <lora:both:te=0:unet=1>")
    )
    assert difference(drawn, expected[1]) <= 1, "it has nothing for the text tower"
    assert difference(untold, expected[0]) <= 1, "it has nothing else"


def test_a_lora_that_is_replaced_is_drawn_anew_and_by_those_who_came_before_as_before(
    own_files: dict[str, LoraFile], expected: list[Image.Image], tmp_path: Path
) -> None:
    fresh = CheckpointStore(tmp_path, "cpu")
    engine = Engine(fresh, lora_files=lambda: own_files)
    before = engine.submit(asked(MATES[1]))
    while engine.stats().waiting:
        engine.step()
    sketch = load_file(own_files["pocket-sketch"].file)
    empty = {name: torch.zeros_like(tensor) for name, tensor in sketch.items()}
    own_files["pocket-sketch"].file.unlink()
    save_file(empty, own_files["pocket-sketch"].file)
    after = engine.submit(asked(MATES[1]))
    drain(engine)
    assert difference(before.result(0), expected[1]) <= 1
    assert difference(after.result(0), expected[0]) <= 1


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (
            {"ss_base_model_version": "sdxl_base_v1-0"},
            "it was made for Stable Diffusion XL, and pocket is of",
        ),
        ({"modelspec.architecture": "flux-1-dev/lora"}, None),
    ],
)
def test_what_it_was_made_for_is_believed_before_it_is_read(
    own_files: dict[str, LoraFile], tmp_path: Path, metadata: dict[str, str], said: str | None
) -> None:
    told = tmp_path / "told.safetensors"
    save_file(load_file(own_files["pocket-sketch"].file), told, metadata)
    engine = Engine(CheckpointStore(tmp_path / "none", "cpu"), lora_files=lambda: {"told": LoraFile(told)})
    future = engine.submit(asked(f"{SCENE} <lora:told:1>", steps=1))
    drain(engine)
    if said is None:
        assert future.result(0)
    else:
        assert said in str(failure(future))


def test_embeddings_in_a_lora_are_words_while_it_is_worn(
    own_files: dict[str, LoraFile], tmp_path: Path
) -> None:
    store = CheckpointStore(tmp_path / "none", "cpu")
    model: Any = store.get("pocket").model
    red_token = model.tokenizer("red", add_special_tokens=False).input_ids
    vectors = model.text_encoder.get_input_embeddings()(torch.tensor(red_token))
    file = tmp_path / "with.safetensors"
    bundle = {"bundle_emb.ruby.string_to_param.*": vectors.detach().clone()}
    save_file(load_file(own_files["pocket-sketch"].file) | bundle, file)
    engine = Engine(store, lora_files=lambda: {"with": LoraFile(file)})
    worn = "over the sea <lora:with:0.5>"
    futures = [engine.submit(asked(f"a {word} house {worn}")) for word in ("<ruby>", "ruby", "red")]
    without = engine.submit(asked("a <ruby> house"))
    drain(engine)
    named, bare, red = (future.result(0) for future in futures)
    assert difference(named, red) <= 1
    assert difference(bare, red) <= 1
    assert "no embedding called ruby" in str(failure(without))
