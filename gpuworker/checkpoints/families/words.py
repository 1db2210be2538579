"""From weighted words to what a text tower makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.checkpoints.families.family import Placed, Rows, Said
from moderation.prompt_language.fragments import Fragment

_STAND_IN = 0
"""The number of a token in whose place another vector is put. It must not be the one that ends a prompt."""


class _Token(NamedTuple):
    id: int
    weight: float = 1.0
    vector: Tensor | None = None
    """What is read in its place, (width,)."""


Tower = Callable[[Tensor, Tensor | None], Rows]
"""Tokens (n, 77) and, if some are to go unread, a mask of those to read, to states (n, 77, width) and what
else there is of each row."""


def read(said: Said, tokenizer: CLIPTokenizer, tower: CLIPTextModel, run: Tower, place: int = 0) -> Rows:
    """The states of all chunks one after the other, (1, 77 * chunks, width), and the first row of the rest.

    Words that weigh `w` count as `full + (w - 1) * (full - without)`, where `without` is what the tower makes
    of the prompt with these words masked, and of an empty prompt in their own places. So 1 is the prompt as
    it is, at no cost, 0 one that never had them, and all else lies on that line, 1.5 beyond the one, -1
    beyond the other. The price is a row of the text tower for each chunk and each different weight.

    Two other methods are common, and both touch only the words' own states, though all later words and the
    padding have heard of them. A1111 scales the states and restores their mean, which explodes where the mean
    is near zero. Compel above 1 and ComfyUI everywhere interpolate them from an empty prompt. In pictures of
    "a (red:w) house over the sea" that the pocket checkpoint made with w of 0, 0.5, 1, 1.5 and 2, red covered
    0.4, 2.9, 3.3, 6.4 and 12.8 % of the picture by this method, 3.2 to 5.0 % by A1111's, and 3.3, 3.8, 3.3,
    3.2, 2.7 % by ComfyUI's.

    `place` is that of the tower among those of its checkpoint: learned words have vectors for each.
    """
    chunks = _chunks(said, tokenizer, tower, place)
    tokens, weights = _ids_and_weights(chunks, tower)
    with _spoken(chunks, tower):
        full = run(tokens, None)
    different = sorted(set(weights.flatten().tolist()) - {1.0})
    if not different:
        return _joined(full)
    there = torch.cat([weights == weight for weight in different])
    with _spoken(chunks, tower):
        states, *rest = run(tokens.repeat(len(different), 1), ~there)
    empty = _chunks(((),), tokenizer, tower, place)
    (nothing, *_) = run(_ids_and_weights(empty, tower)[0], None)
    without = (torch.where(there.unsqueeze(-1), nothing, states), *rest)
    beyond = torch.tensor(different).to(full[0]) - 1
    return _joined(
        tuple(
            whole + torch.einsum("w,w...->...", beyond, whole - torch.stack(less.chunk(len(different))))
            for whole, less in zip(full, without, strict=True)
        )
    )


def _joined(rows: Rows) -> Rows:
    states, *rest = rows
    return states.flatten(0, 1).unsqueeze(0), *(each[:1] for each in rest)


def _chunks(said: Said, tokenizer: CLIPTokenizer, tower: CLIPTextModel, place: int) -> list[list[_Token]]:
    """The tokens of each chunk, as many as the tower reads.

    A section that is longer than a chunk goes on in the next one. Every chunk begins, ends and is padded as
    a prompt of its own.
    """
    # A tokenizer saved without its configuration believes that it may be endless.
    length = min(tokenizer.model_max_length, tower.config.max_position_embeddings)
    return [
        _chunk(tokens[start : start + length - 2], tokenizer, length)
        for tokens in (list(_tokens(section, tokenizer, place)) for section in said)
        for start in range(0, max(1, len(tokens)), length - 2)
    ]


def _tokens(section: Sequence[Fragment | Placed], tokenizer: CLIPTokenizer, place: int) -> Iterator[_Token]:
    for words in section:
        if isinstance(words, Placed):
            for vector in words.learned.vectors[place]:
                yield _Token(_STAND_IN, words.weight, vector)
        else:
            for token in tokenizer(words.text, add_special_tokens=False, verbose=False).input_ids:
                yield _Token(token, words.weight)


def _chunk(tokens: Sequence[_Token], tokenizer: CLIPTokenizer, length: int) -> list[_Token]:
    begin, end, padding = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
    whole = [_Token(begin), *tokens, _Token(end)]
    return [*whole, *[_Token(padding)] * (length - len(whole))]


def _ids_and_weights(chunks: Sequence[Sequence[_Token]], tower: CLIPTextModel) -> tuple[Tensor, Tensor]:
    """Both (chunks, length of the tower), on the tower's device."""
    ids = torch.tensor([[token.id for token in chunk] for chunk in chunks], device=tower.device)
    weights = [[token.weight for token in chunk] for chunk in chunks]
    return ids, torch.tensor(weights, dtype=torch.float64, device=tower.device)


@contextmanager
def _spoken(chunks: Sequence[Sequence[_Token]], tower: CLIPTextModel) -> Iterator[None]:
    """The tower reads the chunks, over and over, with the vectors of what was learned in its place."""
    learned = {
        (row, column): token.vector
        for row, chunk in enumerate(chunks)
        for column, token in enumerate(chunk)
        if token.vector is not None
    }

    def insert(module: nn.Module, read: tuple[Tensor], found: Tensor) -> Tensor:
        for (row, column), vector in learned.items():
            found[row :: len(chunks), column] = vector.to(found)
        return found

    hook = tower.get_input_embeddings().register_forward_hook(insert)
    try:
        yield
    finally:
        hook.remove()
