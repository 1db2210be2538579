"""The phrases for a CLIP, and the CLIP that the settings name."""

from __future__ import annotations

from pathlib import Path

import torch

from gpuworker.models.words import VOCABULARY, Words, read_vocabulary, vocabulary_of
from moderation.judge import judge_prompt
from moderation.policy import SFW
from pocket.clip.network import CLIP
from pocket.clip.vocabulary import contexts, vocabulary
from pocket.world.captions import grammar_words


def test_the_pocket_vocabulary_is_of_its_world() -> None:
    groups = vocabulary_of(CLIP)
    assert {name: group.phrases for name, group in groups.items()} == vocabulary()
    assert {name: group.contexts for name, group in groups.items() if group.contexts} == contexts()
    known = {*grammar_words(), "{}"}
    for phrase in (phrase for group in groups.values() for part in group for phrase in part):
        assert set(phrase.split()) <= known, phrase


def test_the_vocabulary_at_large_is_rich_and_decent(tmp_path: Path) -> None:
    groups = read_vocabulary(VOCABULARY)
    assert vocabulary_of(tmp_path) == groups
    phrases = [phrase for group in groups.values() for phrase in group.phrases]
    assert len(phrases) == len(set(phrases)) > 400
    assert [phrase for phrase in phrases if judge_prompt(phrase, "", SFW).blocked] == []
    assert max(len(phrase.split()) for phrase in phrases) <= 6


def test_groups_are_read_by_their_headings(tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("# colours come last\n[things]\na dog\n\n  a cat  \n[colours]\na {} dog\nred\n")
    assert read_vocabulary(file) == {"things": (["a dog", "a cat"], []), "colours": (["red"], ["a {} dog"])}


def test_each_phrase_has_the_vector_that_the_clip_gives_it(words: Words) -> None:
    assert words.groups is words.groups, "they are encoded once"
    assert [list(group.phrases) for group in words.groups] == list(vocabulary().values())
    first, second, *_ = words.groups
    assert torch.allclose(first.vectors[2:3], words.clip.texts(first.phrases[2:3]), atol=1e-5)
    assert torch.allclose(second.vectors.norm(dim=1), torch.ones(len(second.phrases)))


def test_a_phrase_with_contexts_is_the_mean_of_what_is_said_in_them(words: Words) -> None:
    group = words.groups[1]
    said = [context.format(group.phrases[2]) for context in contexts()[group.name]]
    mean = torch.nn.functional.normalize(words.clip.texts(said).mean(0), dim=0)
    assert len(said) > 4
    assert torch.allclose(group.vectors[2], mean, atol=1e-5)
