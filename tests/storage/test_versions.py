"""What earlier versions wrote is read for ever; what a neighbouring or a newer one writes does no harm."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydantic import BaseModel, TypeAdapter, ValidationError

from moderation.policy import Policy
from moderation.told import Told
from moderation.verdict import Action
from storage.detail import Detail
from storage.events import Cancelled, Failed, Finished, Progress, read_result
from storage.farm import WorkerCard
from storage.jobs import Describe, Imagine, Job, Upscale
from storage.noise import Noise, Variation
from storage.recipe import Recipe, Upscaled, parameters_text, sampled
from storage.recipe_file import RecipeError, read_recipe, to_png
from storage.samplers import Sampler
from storage.served import ServedCheckpoint
from storage.starts import AnyStart, Edit, Faces, HeadRoom, Mask, Outpaint, Whole, WordMask
from storage.versions import TooNew, recognising_news
from tests.storage.recorded import IMAGE, STARTS, newer, recorded, start_meant

JOBS, RECIPES, VALUES = recorded("jobs"), recorded("recipes"), recorded("values")
TURNED = (Variation(seed=5, strength=0.2), Variation(seed=6, strength=0.6))
DETAIL = Detail(side=128, strength=0.3, sampler=Sampler.DPMPP_2M_KARRAS, guidance_scale=2, seed=9)


def png_saying(recipe: str) -> bytes:
    info, file = PngInfo(), io.BytesIO()
    info.add_itxt("darkroom", recipe)
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


@pytest.mark.parametrize("name", JOBS)
def test_a_job_of_version_1_is_what_it_was(name: str) -> None:
    said = JOBS[name]["job"]
    job = Job.model_validate(said)
    assert (job.version, job.id, job.checkpoint, job.reply_to) == (
        2,
        said["id"],
        "pocket",
        "darkroom:results:bot",
    )
    assert job.task.picture_steps == JOBS[name]["picture_steps"]
    if isinstance(job.task, Imagine):
        assert job.task.start == start_meant(name)
        assert (job.task.prompt, job.task.negative_prompt) == ("a (red:1.2) circle over the sea", "trees")
        assert (job.task.width, job.task.height, job.task.steps) == (128, 192, 20)
    assert Job.model_validate_json(job.model_dump_json()) == job


def test_the_rest_of_a_job_of_version_1_is_what_it_was() -> None:
    def task(name: str) -> Any:
        return Job.model_validate(JOBS[name]["job"]).task

    turned = task("turned and frozen noise, the best two")
    assert turned.noises == tuple(
        Noise(seed=seed, variations=TURNED, frozen=(128, 128)) for seed in (1, 2, 3)
    )
    assert turned.best == 2
    words = "a (red:1.2) circle over the sea"
    assert task("upscale") == Upscale(image=IMAGE, factor=2, prompt=words, negative_prompt="trees", steps=20)
    assert task("upscale in detail") == Upscale(image=IMAGE, factor=2, prompt=words, steps=20, detail=DETAIL)
    assert task("describe") == Describe(image=IMAGE)
    strict = Job.model_validate(JOBS["a policy of its own"]["job"])
    assert strict.policy == Policy.model_validate({"preset": "nsfw", "nudity": Action.WARN})


def test_every_kind_of_start_that_version_1_had_was_recorded() -> None:
    had = {Whole, Mask, WordMask, Outpaint, HeadRoom, Faces, Edit}
    assert {type(start) for start in STARTS.values() if start} == had


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_of_version_1_is_read_from_its_picture(name: str) -> None:
    recipe = read_recipe(png_saying(RECIPES[name]["darkroom"]))
    assert recipe is not None
    assert recipe.version == 2
    if isinstance(recipe, Recipe):
        assert recipe.start == start_meant(name)
        assert recipe.again().start == start_meant(name)
    assert parameters_text(recipe) == RECIPES[name]["parameters"]
    assert read_recipe(to_png(Image.new("RGB", (8, 8)), recipe)) == recipe


def test_what_was_made_larger_twice_in_version_1_remembers_all_of_it() -> None:
    recipe = read_recipe(png_saying(RECIPES["made larger twice, from a masked part"]["darkroom"]))
    assert isinstance(recipe, Upscaled)
    assert recipe.detail == DETAIL
    first = sampled(recipe)
    assert first is not None
    assert first.start == STARTS["mask"]


def test_results_and_cards_of_version_1_are_read() -> None:
    def result(name: str) -> Any:
        return read_result(json.dumps(VALUES[name]).encode())

    done = result("finished")
    first, second = done.pictures
    assert first.recipe.start == STARTS["faces, separate and restored"]
    assert first.scores.bodies[0].goofs[0].counted == 3
    assert second.blob is None
    assert second.verdict.blocked
    assert second.recipe.of.start == STARTS["edit"]
    assert result("described").description.prompt == "the sea"
    assert result("failed") == Failed(job_id="1" * 16, message="No.")
    assert result("cancelled") == Cancelled(job_id="1" * 16)
    progress = Progress.model_validate_json(json.dumps(VALUES["progress"]))
    assert progress == Progress(job_id="1" * 16, step=3, steps=20, preview=b"\xff\xd8 jpeg")
    card = WorkerCard.model_validate(VALUES["worker card"])
    assert (card.seats, card.picture_steps_per_second) == (8, {"pocket": 50.0})
    assert ServedCheckpoint.model_validate(VALUES["served checkpoint"]).side == 128


@pytest.mark.parametrize("name", JOBS)
def test_a_job_of_a_neighbouring_version_is_read_without_what_is_new(name: str) -> None:
    job = Job.model_validate(JOBS[name]["job"])
    assert Job.model_validate(newer(job.model_dump(mode="json"))) == job


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_of_a_neighbouring_version_is_read_without_what_is_new(name: str) -> None:
    recipe = read_recipe(png_saying(RECIPES[name]["darkroom"]))
    assert recipe is not None
    assert read_recipe(png_saying(json.dumps(newer(recipe.model_dump(mode="json"))))) == recipe


@pytest.mark.parametrize("name", ["finished", "described", "failed", "cancelled"])
def test_a_result_of_a_neighbouring_version_is_read_without_what_is_new(name: str) -> None:
    result = read_result(json.dumps(VALUES[name]).encode())
    assert read_result(json.dumps(newer(result.model_dump(mode="json"))).encode()) == result


@pytest.mark.parametrize(
    ("name", "kind"),
    [("progress", Progress), ("worker card", WorkerCard), ("served checkpoint", ServedCheckpoint)],
)
def test_what_a_neighbouring_version_tells_is_read_without_what_is_new(
    name: str, kind: type[BaseModel]
) -> None:
    said = kind.model_validate_json(json.dumps(VALUES[name]))
    assert kind.model_validate_json(json.dumps(newer(said.model_dump(mode="json")))) == said


def test_several_changes_at_once_were_an_error_in_version_1_and_are_one() -> None:
    said = {"image": IMAGE, "strength": 1, "shows": "the sea", "outpaint": "head room"}
    with pytest.raises(ValidationError, match="not several of them at once"):
        TypeAdapter[Any](AnyStart).validate_python(said)


@pytest.mark.parametrize("changed", ["faces", "outpaint", "mask", "mask_words", "shows"])
def test_a_damaged_start_of_version_1_is_an_error(changed: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](AnyStart).validate_python({"image": IMAGE, "strength": 1, changed: 7})


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ('{"kind": "layers"}', "does not know the kind of recipe “layers”: it needs an update."),
        ('{"version": 3}', "does not know version 3 of a recipe: it needs an update."),
        (
            json.dumps({"kind": "x" * 999}),
            f"does not know the kind of recipe “{'x' * 39}…”: it needs an update.",
        ),
    ],
)
def test_a_picture_of_a_newer_version_is_told_from_a_damaged_one(said: str, sentence: str) -> None:
    with pytest.raises(RecipeError) as refusal:
        read_recipe(png_saying(said))
    assert str(refusal.value) == f"This Darkroom is older than the one that made the picture and {sentence}"


def test_a_newer_result_is_told_from_a_damaged_one() -> None:
    picture = VALUES["finished"]["pictures"][1]
    of = {**picture["recipe"], "of": {"kind": "layers"}}
    said = {**VALUES["finished"], "pictures": [{**picture, "recipe": of}]}
    with pytest.raises(TooNew, match="older than the worker and does not know the kind of result “layers”"):
        read_result(json.dumps(said).encode())
    with pytest.raises(TooNew, match="does not know the kind of result “postponed”"):
        read_result(json.dumps({"kind": "postponed", "job_id": "1" * 16}).encode())
    damaged: list[Any] = [{"kind": "postponed"}, {**VALUES["finished"], "seconds": "soon"}, []]
    for each in damaged:
        with pytest.raises(ValidationError):
            read_result(json.dumps(each).encode())


def test_what_is_wrong_and_not_new_stays_a_mistake() -> None:
    with pytest.raises(ValidationError), recognising_news("job", Told("This is older")):
        Finished.model_validate({"job_id": "not one", "seconds": 1, "kind": 3})


@pytest.mark.parametrize("name", ["cancelled", "described", "failed", "finished", "progress", "worker card"])
def test_what_is_said_now_has_all_that_version_1_looks_for(name: str) -> None:
    kinds: dict[str, Any] = {"progress": Progress, "worker card": WorkerCard}
    read = kinds[name].model_validate_json if name in kinds else read_result
    now = json.loads(read(json.dumps(VALUES[name]).encode()).model_dump_json())
    assert not missing(VALUES[name], now)


def missing(then: Any, now: Any, place: str = "") -> list[str]:
    """Where something was said that is not said any more; of starts, the words changed with version 2."""
    if isinstance(then, list):
        return [each for a, b in zip(then, now, strict=True) for each in missing(a, b, place)]
    if not isinstance(then, dict) or place.endswith(".start"):
        return []
    gone = [f"{place}.{name}" for name in then if name not in now]
    still = [name for name in then if name in now]
    return gone + [each for name in still for each in missing(then[name], now[name], f"{place}.{name}")]
