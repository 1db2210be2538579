"""The pocket checkpoint's tokenizer."""

from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from pocket.checkpoint.tokenizer import (
    BEGIN,
    END,
    LENGTH,
    encode,
    learn_merges,
    new_tokenizer,
    save_tokenizer,
)
from pocket.world.captions import grammar_words


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return new_tokenizer()


def test_every_word_of_the_grammar_is_one_token(tokenizer: CLIPTokenizer) -> None:
    for word in grammar_words():
        assert len(tokenizer(word).input_ids) == 3, word


@pytest.mark.parametrize("text", ["quixotic zebra", "Ärger über 猫", "🙂", "<script>", "a\tb"])
def test_any_text_can_be_encoded(tokenizer: CLIPTokenizer, text: str) -> None:
    (ids,) = encode(tokenizer, [text])
    assert len(ids) == LENGTH
    assert max(ids) < len(tokenizer)
    assert ids[0] == tokenizer.convert_tokens_to_ids(BEGIN)
    assert ids[-1] == tokenizer.convert_tokens_to_ids(END)


def test_long_text_is_cut(tokenizer: CLIPTokenizer) -> None:
    assert len(encode(tokenizer, ["star " * 500])[0]) == LENGTH


@pytest.mark.parametrize("missing", ["tokenizer.json", "vocab.json"])
def test_new_and_old_files_load_alike(tokenizer: CLIPTokenizer, tmp_path: Path, missing: str) -> None:
    save_tokenizer(tokenizer, tmp_path)
    (tmp_path / missing).unlink()
    loaded = CLIPTokenizer.from_pretrained(tmp_path)
    text = "a big red star on the left, over the sea! Quixotic"
    assert loaded(text).input_ids == tokenizer(text).input_ids


def test_merges_make_each_word_one_symbol_and_are_the_same_every_time() -> None:
    merges = learn_merges(["red", "green", "tree"])
    assert merges == learn_merges(["red", "green", "tree"])
    assert {"red</w>", "green</w>", "tree</w>"} <= {a + b for a, b in merges}
