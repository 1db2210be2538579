"""The conditioning of one picture at each step: what the model is given beside latents and timestep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.embeddings import Vocabulary
from gpuworker.engine.errors import RenderError
from gpuworker.engine.request import Request
from gpuworker.families.model import Rows, WeightedText
from moderation.prompt_language.fragments import sections
from moderation.prompt_language.limits import CHUNK_LIMIT, loras, misplaced_addon, too_many_chunks, too_much
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import over_steps
from moderation.prompt_language.tree import Parts
from moderation.told import Told


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """The conditioning at one step.

    `prompts` are the rows of each branch, one unless `AND` composes several, and `scales` how far each pulls
    the prediction. `negative` are the rows of the negative prompt, away from which the branches pull, or None
    without guidance.
    """

    prompts: tuple[Rows, ...]
    scales: tuple[float, ...]
    negative: Rows | None

    @property
    def rows(self) -> int:
        """Count the rows that the picture takes in a forward pass."""
        return len(self.prompts) + (self.negative is not None)

    @property
    def all_prompts(self) -> tuple[Rows, ...]:
        """Give the rows of all branches, and behind them those of the negative prompt, if there is one."""
        return self.prompts if self.negative is None else (*self.prompts, self.negative)

    @property
    def unguided(self) -> Conditioning:
        """Give the same without guidance: the weighted mean of the branches."""
        total = sum(map(abs, self.scales))
        return Conditioning(self.prompts, tuple(scale / total for scale in self.scales), None)


def conditioning_by_step(
    request: Request, checkpoint: Checkpoint, vocabulary: Vocabulary, text: str
) -> list[Conditioning]:
    """Give the conditioning for `text`, one of the request's, at each step; each part is encoded once, here.

    Branches are composed (see `Composition`) at the price of a row for each of them and, where guidance alone
    would not need it, one for the negative prompt.

    All prompts of a request, the negative one too, are padded with empty chunks to the longest of them, so
    that the context keeps its length from step to step. Raises `RenderError` for a prompt that is too long,
    misplaces an add-on, or names an embedding that is not there.
    """
    prompt, negative = parse(text), parse(request.negative_prompt)
    if refused := misplaced_addon(prompt, negative) or too_much(prompt, negative, request.steps):
        raise RenderError(refused)
    model = checkpoint.model
    scale = 1.0 if model.is_guidance_distilled else request.guidance_scale
    guided = scale > 1 or len(prompt.branches) > 1
    added = model.added_conditioning(request.width, request.height, request.guidance_scale)
    wanted = over_steps(prompt, request.steps)
    unwanted = over_steps(negative, request.steps) if guided else [None] * request.steps

    parts = {branch.parts for each in {*wanted, *unwanted} if each for branch in each.branches}
    # The remembered encodings were made without LoRAs, which may change the text towers too.
    encode = checkpoint.encode if loras(parse(request.prompt)) else checkpoint.encode_prompt
    bare = request.bare_embeddings
    carried = request.embeddings
    texts = {each: vocabulary.weighted_text(sections(each), checkpoint, bare, carried) for each in parts}
    encoded = _encode_padded(texts, lambda text: encode(text, request.weighting))
    rows = {each: (*states, *added) for each, states in encoded.items()}
    moments = {
        (now, without): Conditioning(
            prompts=tuple(rows[branch.parts] for branch in now.branches),
            scales=tuple(scale * branch.weight for branch in now.branches) if guided else (1.0,),
            negative=rows[without.branches[0].parts] if without else None,
        )
        for now, without in set(zip(wanted, unwanted, strict=True))
    }
    return [moments[pair] for pair in zip(wanted, unwanted, strict=True)]


def on_canvas(steps: Sequence[Conditioning], canvas: Tensor) -> list[Conditioning]:
    """Give the same conditionings with another canvas, the last of their rows.

    What was one object is one still: passes tell by that whether anything has changed.
    """
    rows: dict[int, Rows] = {}
    made: dict[int, Conditioning] = {}

    def swapped(old: Rows) -> Rows:
        return rows.setdefault(id(old), (*old[:-1], canvas))

    for each in steps:
        if id(each) not in made:
            negative = None if each.negative is None else swapped(each.negative)
            made[id(each)] = Conditioning(tuple(map(swapped, each.prompts)), each.scales, negative)
    return [made[id(each)] for each in steps]


def _encode_padded(
    texts: Mapping[Parts, WeightedText], encode: Callable[[WeightedText], Rows]
) -> dict[Parts, Rows]:
    """Encode several prompts, padded to the same number of chunks."""
    empty: WeightedText = ((),)
    chunk = encode(empty)[0].shape[1]
    chunks = {each: encode(text)[0].shape[1] // chunk for each, text in texts.items()}
    longest = max(chunks.values())
    if longest > CHUNK_LIMIT:
        raise RenderError(too_many_chunks(Told("prompt or the negative prompt")))
    return {each: encode(text + empty * (longest - chunks[each])) for each, text in texts.items()}
