"""The phrases for a CLIP, and the CLIP that the settings name."""

from __future__ import annotations

from pathlib import Path

import torch

from gpuworker.models.words import VOCABULARY, Words, read_vocabulary, vocabulary_of
from moderation.judge import judge_prompt
from moderation.policy import SFW
from pocket.clip.network import CLIP
from pocket.clip.vocabulary import vocabulary
from pocket.world.captions import grammar_words


def test_the_pocket_vocabulary_is_of_its_world() -> None:
    assert vocabulary_of(CLIP) == vocabulary()
    known = set(grammar_words())
    for phrase in (phrase for phrases in vocabulary_of(CLIP).values() for phrase in phrases):
        assert set(phrase.split()) <= known, phrase


def test_the_vocabulary_at_large_is_rich_and_decent(tmp_path: Path) -> None:
    groups = read_vocabulary(VOCABULARY)
    assert vocabulary_of(tmp_path) == groups
    phrases = [phrase for group in groups.values() for phrase in group]
    assert len(phrases) == len(set(phrases)) > 400
    assert [phrase for phrase in phrases if judge_prompt(phrase, "", SFW).blocked] == []
    assert max(len(phrase.split()) for phrase in phrases) <= 6


def test_groups_are_read_by_their_headings(tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("# colours come last\n[things]\na dog\n\n  a cat  \n[colours]\nred\n")
    assert read_vocabulary(file) == {"things": ["a dog", "a cat"], "colours": ["red"]}


def test_each_phrase_has_the_vector_that_the_clip_gives_it(words: Words) -> None:
    assert words.groups is words.groups, "they are encoded once"
    assert [list(group.phrases) for group in words.groups] == list(vocabulary().values())
    group = words.groups[1]
    assert torch.allclose(group.vectors[2:3], words.clip.texts(group.phrases[2:3]), atol=1e-5)
    assert torch.allclose(group.vectors.norm(dim=1), torch.ones(len(group.phrases)))
