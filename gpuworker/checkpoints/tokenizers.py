"""Makes the tokenizers that single files leave out: CLIP's, which all families share but for the padding."""

from __future__ import annotations

from pathlib import Path

from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from gpuworker.families.family import Family
from gpuworker.families.stable_diffusion import OPENAI_PADDING

_MERGES = Path(__file__).parent / "clip" / "merges.txt"


def tokenizers_of(family: Family) -> dict[str, CLIPTokenizer]:
    """Make the tokenizers of a family, by the names of their folders."""
    return {name: clip_tokenizer(padding) for name, padding in family.tokenizers.items()}


def clip_tokenizer(padding: str = OPENAI_PADDING) -> CLIPTokenizer:
    """Make CLIP's tokenizer, its vocabulary of 49,408 put together from the 48,894 merges (arXiv 2103.00020).

    First come the bytes, printable ones leading, then the bytes that end a word, then what is merged.
    """
    lines = _MERGES.read_text(encoding="utf-8").splitlines()[1:]
    merges = [tuple(line.split()) for line in lines]
    printable = [chr(byte) for byte in (*range(33, 127), *range(161, 173), *range(174, 256))]
    letters = [*printable, *sorted(set(ByteLevel.alphabet()) - set(printable))]
    symbols = [*letters, *(letter + "</w>" for letter in letters), *map("".join, merges)]
    vocab = {symbol: i for i, symbol in enumerate((*symbols, "<|startoftext|>", "<|endoftext|>"))}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77, pad_token=padding)
