"""Which words matter to the pocket CLIP, and what is left of a prompt without the others."""

from __future__ import annotations

from pathlib import Path

from gpuworker.models.words import Words
from gpuworker.stages.shorten import effects, shorten
from storage.events import Description
from storage.jobs import Shorten
from tests.conftest import a_job
from tests.gpuworker.fake_farm import bench_of

LONG = "a picture of a big red circle in the middle at sunset"


def shortened(words: Words, folder: Path, prompt: str) -> Description:
    job = a_job().model_copy(update={"task": Shorten(prompt=prompt)})
    return shorten(job, bench_of(folder, words=words))


def test_colour_kind_and_place_matter_and_openings_do_not(words: Words, tmp_path: Path) -> None:
    found = shortened(words, tmp_path, LONG)
    matter = {word.phrase: word.agreement for word in found.words}

    assert " ".join(word.phrase for word in found.words) == LONG
    telling = ("big", "red", "circle", "middle", "sunset")
    idle = ("picture", "of", "in", "the", "at")
    assert min(matter[word] for word in telling) > max(matter[word] for word in idle)
    kept = found.prompt.split()
    assert kept == list(telling)


def test_what_is_weighted_stays_however_little_it_matters(words: Words, tmp_path: Path) -> None:
    found = shortened(words, tmp_path, "a picture (of a:1.2) red circle <lora:sketch:0.5> at sunset")

    assert "(of a:1.2)" in found.prompt
    assert "<lora:sketch:0.5>" in found.prompt
    assert len(found.prompt.split()) < 9


def test_a_long_prompt_is_measured_to_its_last_word(words: Words, tmp_path: Path) -> None:
    found = shortened(words, tmp_path, f"{', '.join(['very nice'] * 30)}, a blue house in the snow")
    matter = {word.phrase: word.agreement for word in found.words}

    assert matter["blue"] > 0.01
    assert "blue" in found.prompt
    assert len(found.prompt) < 300


def test_words_that_say_the_same_do_not_both_go(words: Words) -> None:
    once, twice = (effects(said.split(), 20, words.clip) for said in ("a red circle", "a red red circle"))
    assert max(twice[1:3]) < once[1]
