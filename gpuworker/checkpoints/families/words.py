"""From weighted words to what a text tower makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.checkpoints.families.family import Rows, Said
from moderation.prompt_language.fragments import Section

Tower = Callable[[Tensor, Tensor | None], Rows]
"""Tokens (n, 77) and, if some are to go unread, a mask of those to read, to states (n, 77, width) and what
else there is of each row."""


def read(said: Said, tokenizer: CLIPTokenizer, tower: CLIPTextModel, run: Tower) -> Rows:
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
    """
    tokens, weights = _chunks(said, tokenizer, tower)
    full = run(tokens, None)
    different = sorted(set(weights.flatten().tolist()) - {1.0})
    if not different:
        return _joined(full)
    there = torch.cat([weights == weight for weight in different])
    states, *rest = run(tokens.repeat(len(different), 1), ~there)
    (nothing, *_) = run(_chunks(((),), tokenizer, tower)[0], None)
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


def _chunks(said: Said, tokenizer: CLIPTokenizer, tower: CLIPTextModel) -> tuple[Tensor, Tensor]:
    """Tokens and their weights, each (chunks, length of the tower), on the tower's device.

    A section that is longer than a chunk goes on in the next one. Every chunk begins, ends and is padded as
    a prompt of its own.
    """
    # A tokenizer saved without its configuration believes that it may be endless.
    length = min(tokenizer.model_max_length, tower.config.max_position_embeddings)
    chunks = [
        _chunk(tokens[start : start + length - 2], tokenizer, length)
        for tokens in (_tokens(section, tokenizer) for section in said)
        for start in range(0, max(1, len(tokens)), length - 2)
    ]
    ids, weights = torch.stack(chunks).unbind(dim=1)
    return ids.long().to(tower.device), weights.to(tower.device)


def _tokens(section: Section, tokenizer: CLIPTokenizer) -> list[tuple[int, float]]:
    return [
        (token, words.weight)
        for words in section
        for token in tokenizer(words.text, add_special_tokens=False, verbose=False).input_ids
    ]


def _chunk(tokens: Sequence[tuple[int, float]], tokenizer: CLIPTokenizer, length: int) -> Tensor:
    begin, end, padding = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
    whole = [(begin, 1.0), *tokens, (end, 1.0)]
    return torch.tensor([*whole, *[(padding, 1.0)] * (length - len(whole))], dtype=torch.float64).T
