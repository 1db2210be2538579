"""Encodes weighted text with a text tower."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.families.model import Rows, WeightedEmbedding, WeightedText
from moderation.prompt_language.fragments import Fragment
from storage.weighting import Weighting

_PLACEHOLDER = 0
"""The token whose vector gives way to an embedding's. It must not be the one that ends a prompt."""
_LEAST_MEAN = 0.01
"""Of the standard deviation. CLIP ViT-L/14's mean is about a tenth of it, pocket's a thousandth."""
_BACKTRACK = 20
"""Tokens: A1111's usual `comma_padding_backtrack`."""


class _WeightedToken(NamedTuple):
    id: int
    weight: float = 1.0
    vector: Tensor | None = None
    """The vector (width,) of an embedding, in the place of the token's own."""


Tower = Callable[[Tensor, Tensor | None], Rows]
"""Turns tokens (n, 77) into states (n, 77, width) and what else there is of each row.

The second argument is None, or a mask (n, 77) of the tokens that are to be seen.
"""


def encode(
    text: WeightedText,
    tokenizer: CLIPTokenizer,
    tower: CLIPTextModel,
    run: Tower,
    place: int = 0,
    weighting: Weighting = Weighting.DARKROOM,
) -> Rows:
    """Give the states of all chunks in a row, (1, 77 * chunks, width), and the first row of the rest.

    Words of weight `w` count as `full + (w - 1) * (full - without)`, where `without` is what the tower makes
    of the prompt with these words masked, and of an empty prompt in their own places. So 1 is the prompt as
    it is, at no cost, 0 the prompt without these words, and every other weight lies on the line through the
    two, 1.5 beyond the one and -1 beyond the other. The price is a row of the text tower for each chunk and
    each different weight.

    Two other methods are common, and both touch only the words' own states, though all later words and the
    padding have attended to them. A1111 scales the states and restores their mean, which explodes where the
    mean is near zero. Compel above 1 and ComfyUI everywhere interpolate the states from an empty prompt. In
    pictures of "a (red:w) house over the sea" that the pocket checkpoint made with w of 0, 0.5, 1, 1.5 and 2,
    red covered 0.4, 2.9, 3.3, 6.4 and 12.8 % of the picture by this method, 3.2 to 5.0 % by A1111's, and 3.3,
    3.8, 3.3, 3.2, 2.7 % by ComfyUI's.

    `place` is the tower's place among those of its checkpoint: embeddings have vectors for each.
    """
    chunks = _chunks(text, tokenizer, tower, place)
    tokens, weights = _ids_and_weights(chunks, tower)
    with _inserted_embeddings(chunks, tower):
        full = run(tokens, None)
    different = sorted(set(weights.flatten().tolist()) - {1.0})
    if not different:
        return _joined(full)
    if weighting is Weighting.A1111:
        states, *rest = full
        return _joined((_scaled(states, weights.to(states.device)), *rest))
    weighted = torch.cat([weights == weight for weight in different]).to(tokens.device)
    with _inserted_embeddings(chunks, tower):
        states, *rest = run(tokens.repeat(len(different), 1), ~weighted)
    empty_prompt = _chunks(((),), tokenizer, tower, place)
    (empty, *_) = run(_ids_and_weights(empty_prompt, tower)[0], None)
    without = (torch.where(weighted.unsqueeze(-1), empty, states), *rest)
    return _joined(_moved(full, without, different))


def _moved(full: Rows, without: Rows, weights: Sequence[float]) -> Rows:
    """Move the states of a prompt away from those without some of its words, once for each weight."""
    beyond = torch.tensor(weights).to(full[0]) - 1
    return tuple(
        whole + torch.einsum("w,w...->...", beyond, whole - torch.stack(less.chunk(len(weights))))
        for whole, less in zip(full, without, strict=True)
    )


def _scaled(states: Tensor, weights: Tensor) -> Tensor:
    """Multiply the states (chunks, length, width) by weights, and restore the mean of each chunk.

    A1111's `EmphasisOriginal` in modules/sd_emphasis.py takes the mean of all that is in a batch; here it is
    of one prompt alone, so that no picture changes another one. A mean that is next to nothing is not
    restored: it would be divided by what is left of it, which may be anything.
    """
    plain = states.float()
    scaled = plain * weights.unsqueeze(-1).float()
    before, after = (each.mean((1, 2), keepdim=True) for each in (plain, scaled))
    sound = torch.minimum(before.abs(), after.abs()) > _LEAST_MEAN * plain.std((1, 2), keepdim=True)
    return (scaled * torch.where(sound, before / after, 1.0)).to(states.dtype)


def _joined(rows: Rows) -> Rows:
    states, *rest = rows
    return states.flatten(0, 1).unsqueeze(0), *(each[:1] for each in rest)


def _chunks(
    text: WeightedText, tokenizer: CLIPTokenizer, tower: CLIPTextModel, place: int
) -> list[list[_WeightedToken]]:
    """Give the tokens in chunks of the tower's length.

    A section that is longer than a chunk goes on in the next one. Every chunk begins, ends and is padded as
    a prompt of its own.
    """
    # A tokenizer saved without its configuration claims to have no limit.
    length = min(tokenizer.model_max_length, tower.config.max_position_embeddings)
    commas = set(tokenizer(",", add_special_tokens=False).input_ids)
    return [
        _chunk(tokens, tokenizer, length)
        for section in text
        for tokens in _wrapped(_tokens(section, tokenizer, place), length - 2, commas)
    ]


def _wrapped(
    pieces: Iterable[Sequence[_WeightedToken]], room: int, commas: Container[int]
) -> list[list[_WeightedToken]]:
    """Part tokens into runs of at most `room`, at least one; no piece is parted unless it is longer.

    Where a run is full and its last comma is among the last `_BACKTRACK` tokens, what stands behind the comma
    moves into the next one, as A1111 does it (`tokenize_line` in its modules/sd_hijack_clip.py).
    """
    run: list[_WeightedToken] = []
    runs, comma = [run], None
    for piece in pieces:
        is_comma = len(piece) == 1 and piece[0].vector is None and piece[0].id in commas
        if len(run) == room and not is_comma and comma is not None and room - comma <= _BACKTRACK:
            runs[-1], run, comma = run[: comma + 1], run[comma + 1 :], None
            runs.append(run)
        if run and len(run) + len(piece) > room:
            run, comma = [], None
            runs.append(run)
        elif is_comma:
            comma = len(run)
        run += piece
    return [whole[start : start + room] for whole in runs for start in range(0, max(1, len(whole)), room)]


def _tokens(
    section: Sequence[Fragment | WeightedEmbedding], tokenizer: CLIPTokenizer, place: int
) -> Iterator[list[_WeightedToken]]:
    """Yield each token, and all those of an embedding together."""
    for piece in section:
        if isinstance(piece, WeightedEmbedding):
            vectors = piece.embedding.vectors[place]
            yield [_WeightedToken(_PLACEHOLDER, piece.weight, vector) for vector in vectors]
        else:
            for token in tokenizer(piece.text, add_special_tokens=False, verbose=False).input_ids:
                yield [_WeightedToken(token, piece.weight)]


def _chunk(tokens: Sequence[_WeightedToken], tokenizer: CLIPTokenizer, length: int) -> list[_WeightedToken]:
    begin, end, padding = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
    whole = [_WeightedToken(begin), *tokens, _WeightedToken(end)]
    return [*whole, *[_WeightedToken(padding)] * (length - len(whole))]


def _ids_and_weights(
    chunks: Sequence[Sequence[_WeightedToken]], tower: CLIPTextModel
) -> tuple[Tensor, Tensor]:
    """Give both as (chunks, length of the tower), tokens on the tower's device and weights on the CPU."""
    ids = torch.tensor([[token.id for token in chunk] for chunk in chunks], device=tower.device)
    weights = [[token.weight for token in chunk] for chunk in chunks]
    return ids, torch.tensor(weights, dtype=torch.float64)


@contextmanager
def _inserted_embeddings(chunks: Sequence[Sequence[_WeightedToken]], tower: CLIPTextModel) -> Iterator[None]:
    """Inside, the tower sees the embeddings of these chunks, which it may be given several times over."""
    vectors = {
        (row, column): token.vector
        for row, chunk in enumerate(chunks)
        for column, token in enumerate(chunk)
        if token.vector is not None
    }

    def insert(module: nn.Module, ids: tuple[Tensor], found: Tensor) -> Tensor:
        for (row, column), vector in vectors.items():
            found[row :: len(chunks), column] = vector.to(found)
        return found

    hook = tower.get_input_embeddings().register_forward_hook(insert)
    try:
        yield
    finally:
        hook.remove()
