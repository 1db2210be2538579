"""The pocket checkpoint's tokenizer: CLIP's byte-level BPE, learned on the words of the captions."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from pocket.world.captions import grammar_words

LENGTH = 77
"""Tokens of an encoded caption, begin, end and padding included, as in Stable Diffusion 1.x."""
BEGIN = "<|startoftext|>"
END = "<|endoftext|>"
_WORD_END = "</w>"


def learn_merges(words: Sequence[str]) -> list[tuple[str, str]]:
    """Byte-pair merges (Sennrich et al., arXiv 1508.07909) until each word is one symbol.

    Most frequent pair first, ties by spelling, so that equal words give equal merges.
    """
    spellings = [[*word[:-1], word[-1] + _WORD_END] for word in words]
    merges: list[tuple[str, str]] = []
    while True:
        pairs = Counter(pair for symbols in spellings for pair in pairwise(symbols))
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for symbols in spellings:
            for i in range(len(symbols) - 1, 0, -1):
                if (symbols[i - 1 : i + 1]) == list(best):
                    symbols[i - 1 : i + 1] = ["".join(best)]


@cache
def _grammar_merges() -> list[tuple[str, str]]:
    """Learn the merges of the grammar's words, which takes as long as a step of training does."""
    return learn_merges(grammar_words())


def new_tokenizer(pad: str | None = None) -> CLIPTokenizer:
    """Give a CLIPTokenizer for any text, in which every word of the grammar is one token.

    Prompts are filled up with `pad`, or with END as in Stable Diffusion 1.x.
    """
    merges = _grammar_merges()
    letters = sorted(ByteLevel.alphabet())
    symbols = [*letters, *(letter + _WORD_END for letter in letters), *map("".join, merges), BEGIN, END]
    vocab = {symbol: i for i, symbol in enumerate(dict.fromkeys(symbols))}
    return CLIPTokenizer(
        vocab=vocab,
        merges=merges,
        unk_token=END,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=pad or END,
        model_max_length=LENGTH,
    )


def save_tokenizer(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write tokenizer.json, and the vocab.json and merges.txt that older loaders want."""
    tokenizer.save_pretrained(folder)
    lines = ["#version: 0.2", *(" ".join(pair) for pair in _grammar_merges())]
    by_id = dict(sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]))
    vocab = json.dumps(by_id, ensure_ascii=False)
    (folder / "vocab.json").write_text(vocab, encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def encode(tokenizer: CLIPTokenizer, captions: Sequence[str], length: int | None = LENGTH) -> list[list[int]]:
    """Give the token ids of each caption, padded to `length`, or to the longest if it is None."""
    padding = "longest" if length is None else "max_length"
    ids: list[list[int]] = tokenizer(
        list(captions), padding=padding, max_length=length or LENGTH, truncation=True
    ).input_ids
    return ids
