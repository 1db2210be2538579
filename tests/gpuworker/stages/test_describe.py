"""What words are found for pictures of the pocket world."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from gpuworker.models.words import Words, vocabulary_of
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.describe import compose, describe
from moderation.judge import judge_prompt
from moderation.policy import NSFW, SFW, Policy
from pocket.clip.evaluate import fresh_scene
from pocket.clip.network import CLIP
from pocket.world.captions import BACKGROUND_WORDS
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing
from storage.events import Description
from storage.jobs import Describe, Job
from storage.settings import Settings
from tests.gpuworker.fake_farm import FakeDetector, bench_of

RED_CIRCLE = Scene("sea", (Thing("circle", "red", "centre", "big"),))
BLUE_HOUSE = Scene("snow", (Thing("house", "blue", "left", "medium"),))
YELLOW_STAR = Scene("forest", (Thing("star", "yellow", "top", "medium"),))
PURPLE_MAN = Scene("desert", (), (Figure("man", "purple", "standing", "left", "big"),))
BARE = Scene("desert", (), (Figure("woman", "bare", "standing", "centre", "big"),))


@pytest.fixture
def a_bench(words: Words, tmp_path: Path) -> Callable[..., Bench]:
    return partial(bench_of, tmp_path, words=words)


def described(bench: Bench, picture: Scene | Image.Image, policy: Policy = SFW) -> Description:
    image = Image.fromarray(draw(picture, 1).pixels) if isinstance(picture, Scene) else picture
    file = io.BytesIO()
    image.save(file, "PNG")
    task = Describe(image=bench.blobs.put(file.getvalue()))
    return describe(Job(checkpoint="pocket", policy=policy, reply_to="here", task=task), bench)


@pytest.mark.parametrize(
    ("scene", "background", "colour"),
    [
        (RED_CIRCLE, "over the sea", "red"),
        (BLUE_HOUSE, "in the snow", "blue"),
        (YELLOW_STAR, "in the forest", "yellow"),
        (PURPLE_MAN, "in the desert", "purple"),
    ],
)
def test_a_scene_is_described_by_its_background_and_colour(
    a_bench: Callable[..., Bench], scene: Scene, background: str, colour: str
) -> None:
    description = described(a_bench(), scene)
    found = [word.phrase for word in description.words]
    assert (
        next(phrase for phrase in found if phrase in vocabulary_of(CLIP)["backgrounds"].phrases) == background
    )
    assert next(phrase for phrase in found if phrase in vocabulary_of(CLIP)["colours"].phrases) == colour
    assert background in description.prompt
    assert colour in description.prompt.split(",")[0]
    assert description.size == (128, 128)


def test_nearly_every_prompt_says_where_the_picture_is(words: Words) -> None:
    rng = Random(5)
    scenes = [fresh_scene(rng) for _ in range(40)]
    vectors = words.clip.pictures(
        [Image.fromarray(draw(scene, seed).pixels) for seed, scene in enumerate(scenes)]
    )
    right = [
        BACKGROUND_WORDS[scene.background][0] in compose(vector, words.groups, words.clip, lambda words: True)
        for scene, vector in zip(scenes, vectors, strict=True)
    ]
    assert sum(right) > 0.8 * len(scenes), "without what is clear, two thirds"


def test_words_are_ranked_and_no_group_says_much(a_bench: Callable[..., Bench]) -> None:
    agreements = [word.agreement for word in described(a_bench(), RED_CIRCLE).words]
    assert agreements == sorted(agreements, reverse=True)
    assert 3 <= len(agreements) <= 12
    assert all(-1 <= agreement <= 1 for agreement in agreements)


def test_a_man_is_not_taken_for_a_thing(a_bench: Callable[..., Bench]) -> None:
    assert "man in a purple" in described(a_bench(), PURPLE_MAN).prompt


def test_the_prompt_agrees_about_as_well_as_the_best_of_its_phrases(
    a_bench: Callable[..., Bench], words: Words
) -> None:
    prompt = described(a_bench(), RED_CIRCLE).prompt
    vector = words.clip.pictures([Image.fromarray(draw(RED_CIRCLE, 1).pixels)])[0]
    whole, *parts = (words.clip.texts([prompt, *prompt.split(", ")]) @ vector).tolist()
    assert len(parts) > 1
    assert whole > max(parts) - 0.05, "what is clear is said whether the agreement grows or not"
    assert whole > sum(parts) / len(parts)


def test_words_that_the_policy_refuses_are_left_out(a_bench: Callable[..., Bench]) -> None:
    """The detector is blind here, so that the bare figure itself is let through."""

    def refused(description: Description) -> list[str]:
        said = [word.phrase for word in description.words] + [description.prompt]
        return [phrase for phrase in said if judge_prompt(phrase, "", SFW).blocked]

    assert refused(described(a_bench(), BARE, NSFW)) != []
    assert refused(described(a_bench(), BARE, SFW)) == []


def test_a_picture_is_judged_before_anything_is_said(a_bench: Callable[..., Bench]) -> None:
    nude = Image.new("RGB", (64, 64), (77, 0, 0))
    with pytest.raises(JobFailed, match="nothing is held against you"):
        described(a_bench(detector=FakeDetector(77)), nude)
    assert described(a_bench(detector=FakeDetector(77)), nude, NSFW).words
    with pytest.raises(JobFailed, match="cannot be checked"):
        described(a_bench(detector=None), nude)


def test_a_nude_picture_that_reads_like_a_child_is_refused_everywhere(a_bench: Callable[..., Bench]) -> None:
    class Childlike(Words):
        @property
        def groups(self) -> Any:
            first, *others = super().groups
            return (type(first)(("a small child",), first.vectors[:1]), *others)

    bench = a_bench(detector=FakeDetector(77), words=Childlike(Settings(), "cpu"))
    with pytest.raises(JobFailed, match="nothing is held against you"):
        described(bench, Image.new("RGB", (64, 64), (77, 0, 0)), NSFW)


def test_a_picture_that_is_gone_is_a_sentence(a_bench: Callable[..., Bench]) -> None:
    job = Job(checkpoint="pocket", reply_to="here", task=Describe(image="ab" * 32))
    with pytest.raises(JobFailed, match="send it again"):
        describe(job, a_bench())


@pytest.mark.parametrize(
    ("name", "logged"),
    [("unicorn", "No model is called"), ("clip-vit-l-14", "missing"), ("nudenet", "of kind nudity")],
)
def test_without_a_clip_nothing_is_described_and_the_log_says_why(
    a_bench: Callable[..., Bench], tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, logged: str
) -> None:
    bench = a_bench(words=Words(Settings(home=tmp_path, clip=name), "cpu"))
    with pytest.raises(JobFailed, match="cannot be described on this worker"):
        described(bench, RED_CIRCLE)
    assert logged in caplog.text
