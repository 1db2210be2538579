"""Weighted text through a text tower."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.families.model import Embedding, Rows, WeightedEmbedding, WeightedText
from gpuworker.families.text_encoding import encode
from moderation.prompt_language.fragments import Fragment
from storage.weighting import Weighting
from tests.gpuworker.engine.support import weighted
from tests.gpuworker.tiny import WIDTH, new_tokenizer, new_tower


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return new_tokenizer()


@pytest.fixture(scope="module")
def tower(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    torch.manual_seed(0)
    return CLIPTextModel(new_tower(tokenizer)).eval()


class Encoder:
    """Encodes with states and pooled states, and counts the rows that the tower was given."""

    def __init__(self, tokenizer: CLIPTokenizer, tower: CLIPTextModel) -> None:
        self.tokenizer, self.tower = tokenizer, tower
        self.rows = 0

    @torch.inference_mode()
    def __call__(self, text: str | WeightedText, weighting: Weighting = Weighting.DARKROOM) -> Rows:
        read = weighted(text) if isinstance(text, str) else text
        return encode(read, self.tokenizer, self.tower, self._run, weighting=weighting)

    def _run(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        self.rows += len(tokens)
        found = self.tower(tokens, attention_mask=mask)
        return found.last_hidden_state, found.pooler_output

    def states(self, text: str | WeightedText) -> Tensor:
        return self(text)[0]


@pytest.fixture
def encoder(tokenizer: CLIPTokenizer, tower: CLIPTextModel) -> Encoder:
    return Encoder(tokenizer, tower)


@torch.inference_mode()
def test_plain_text_is_what_transformers_makes_of_it_in_one_row(encoder: Encoder) -> None:
    ids = encoder.tokenizer("a red house", padding="max_length", return_tensors="pt").input_ids
    theirs = encoder.tower(ids)
    states, pooled = encoder("a red house")
    assert torch.allclose(states, theirs.last_hidden_state, atol=1e-6)
    assert torch.allclose(pooled, theirs.pooler_output, atol=1e-6)
    assert encoder.rows == 1


def test_every_section_begins_a_chunk_and_long_ones_go_on_in_the_next(encoder: Encoder) -> None:
    one, other = encoder("a house"), encoder("a boat")
    states, pooled = encoder("a house BREAK a boat")
    assert torch.allclose(states, torch.cat([one[0], other[0]], dim=1), atol=1e-5)
    assert torch.allclose(pooled, one[1], atol=1e-5), "the rest is of the first chunk"
    long = encoder.states("a " * 80)
    assert torch.allclose(long, encoder.states("a " * 75 + "BREAK " + "a " * 5), atol=1e-5)
    assert long.shape == (1, 2 * 77, WIDTH)
    assert encoder.states(((),)).shape == (1, 77, WIDTH)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a " * 60 + ", ", "b " * 20),
        ("a " * 55 + ", ", "b " * 20),
        ("a " * 55 + ", " + "c " * 3 + ", ", "b " * 20),
        ("a " * 74 + ", ", "b"),
    ],
    ids=["fourteen letters move", "nineteen letters move", "the last comma counts", "the comma is last"],
)
def test_a_full_chunk_ends_behind_its_last_comma(encoder: Encoder, one: str, other: str) -> None:
    parted = torch.cat([encoder.states(one), encoder.states(other)], dim=1)
    assert torch.allclose(encoder.states(one + other), parted, atol=1e-5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a " * 54 + ", " + "b " * 20, "b " * 9),
        ("a " * 75, ", " + "b " * 9),
        ("a " * 75, ", " + "b " * 75 + "c "),
    ],
    ids=["the comma is too far back", "the comma itself is too many", "it is of the chunk that it begins"],
)
def test_without_a_comma_nearby_a_chunk_is_full(encoder: Encoder, one: str, other: str) -> None:
    whole = encoder.states(one + other)
    assert torch.allclose(whole[:, :77], encoder.states(one), atol=1e-5)
    assert torch.allclose(whole[:, 77:], encoder.states(other), atol=1e-5)


def test_an_embedding_is_not_parted(encoder: Encoder) -> None:
    vectors = WeightedEmbedding(Embedding((torch.randn(4, WIDTH),)))
    states = encoder.states(((Fragment("a " * 73), vectors),))
    parted = torch.cat([encoder.states("a " * 73), encoder.states(((vectors,),))], dim=1)
    assert torch.allclose(states, parted, atol=1e-5)


def test_weights_lie_on_one_line(encoder: Encoder) -> None:
    at = {weight: encoder.states(f"a (red:{weight}) house") for weight in (-1, 0, 0.5, 1, 2)}
    for weight, states in at.items():
        assert torch.allclose(states, at[0] + weight * (at[1] - at[0]), atol=1e-4), weight
    assert torch.allclose(at[1], encoder.states("a red house"), atol=1e-6)
    assert (at[2] - at[1]).abs().max() > 0.1


def test_words_of_no_weight_are_unheard(encoder: Encoder) -> None:
    """Neither in the states of later words nor in their own places."""
    red, blue = (encoder.states(f"a ({word}:0) house") for word in ("red1", "blue"))
    assert torch.allclose(red, blue, atol=1e-5)
    red, blue = (encoder.states(f"a ({word}) house") for word in ("red1", "blue"))
    assert not torch.allclose(red, blue, atol=1e-2)


def test_a_weight_costs_a_row_for_each_chunk(encoder: Encoder) -> None:
    encoder("a (red:1.2) (big:1.2) (old:0.5) house BREAK a boat")
    assert encoder.rows == 2 + 2 * 2 + 1, "as it is, without each weight's words, and the empty prompt"


def test_a1111_scales_the_words_own_states_and_restores_the_mean(tokenizer: CLIPTokenizer) -> None:
    tower = CLIPTextModel(new_tower(tokenizer)).eval()
    tower.final_layer_norm.bias.data += 0.2
    encoder = Encoder(tokenizer, tower)
    plain, pooled = encoder("a b c, d BREAK e")
    encoder.rows = 0
    states, still = encoder("a (b c:1.5), [d] BREAK e", Weighting.A1111)
    assert encoder.rows == 2, "one row for each chunk, whatever the weights"
    weights = torch.ones(1, 2 * 77, 1)
    weights[0, 2:4], weights[0, 5] = 1.5, 1 / 1.1
    first, second = (plain * weights).chunk(2, dim=1)
    first = first * (plain[:, :77].mean() / first.mean())
    assert torch.allclose(states, torch.cat([first, second], dim=1), atol=1e-3)
    assert torch.equal(still, pooled)


def test_a_mean_of_nothing_is_not_restored(encoder: Encoder) -> None:
    plain = encoder.states("a b")
    assert plain.mean().abs() < 1e-3, "a tower that was never trained"
    states, _ = encoder("a (b:1.5)", Weighting.A1111)
    assert torch.allclose(states[:, 2], 1.5 * plain[:, 2], atol=1e-4)
    assert torch.allclose(states[:, :2], plain[:, :2], atol=1e-5)


def test_weights_of_one_are_the_same_to_a1111(encoder: Encoder) -> None:
    assert torch.equal(encoder("a boat", Weighting.A1111)[0], encoder.states("a boat"))


def test_an_embedding_stands_where_its_tokens_would(encoder: Encoder) -> None:
    ids = encoder.tokenizer("red", add_special_tokens=False).input_ids
    vectors = encoder.tower.get_input_embeddings().weight[ids].detach()
    for weight in (1.0, 1.4):
        embedding = WeightedEmbedding(Embedding((vectors,)), weight)
        text: WeightedText = ((Fragment("a"), embedding, Fragment("house")),)
        assert torch.allclose(encoder.states(text), encoder.states(f"a (red:{weight}) house"), atol=1e-5)
    after: WeightedText = ((Fragment("a"), Fragment("house")),)
    assert torch.allclose(encoder.states(after), encoder.states("a house"), atol=1e-5), "nothing stays behind"


def test_an_embedding_has_vectors_for_each_tower(encoder: Encoder) -> None:
    first, second = torch.randn(2, 2, WIDTH)
    text: WeightedText = ((WeightedEmbedding(Embedding((first, second))),),)
    with torch.inference_mode():
        run = encoder._run
        states = [encode(text, encoder.tokenizer, encoder.tower, run, place)[0] for place in (0, 1)]
        alone = [encoder.states(((WeightedEmbedding(Embedding((each,))),),)) for each in (first, second)]
    assert torch.allclose(states[0], alone[0], atol=1e-6)
    assert torch.allclose(states[1], alone[1], atol=1e-6)
    assert (states[0] - states[1]).abs().max() > 0.01
