"""What several commands offer, declared once: an option means and takes the same everywhere.

Each reader raises typer.BadParameter with a sentence that says what may be written, and imports what it needs
when it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, NoReturn, TypeAlias, TypeVar

import typer
from typer.models import OptionInfo

from moderation.prompt_form import one_line

Word = TypeVar("Word", bound=str)


def chosen(said: str, what: str, choices: Iterable[Word]) -> Word:
    """Find what was typed among the words that are allowed. Raises BadParameter with all of them."""
    known = list(choices)
    found = [choice for choice in known if choice == said.strip().casefold()]
    if not found:
        _wrong(f"There is no {what} {said!r}: choose {_listed(known)}.")
    return found[0]


def _wrong(sentence: str) -> NoReturn:
    raise typer.BadParameter(sentence)


def _listed(words: list[Word]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _quality(said: str) -> str:
    from tasks.presets import Quality

    return chosen(said, "quality", Quality)


def _imagination(said: str) -> str:
    from tasks.presets import Imagination

    return chosen(said, "imagination", Imagination)


def _sampler(said: str) -> str:
    from storage.samplers import Sampler

    by_label = {sampler.label.casefold(): sampler.value for sampler in Sampler}
    return chosen(by_label.get(said.strip().casefold(), said), "sampler", Sampler)


def _anatomy(said: str) -> str:
    from moderation.policy import Anatomy

    return chosen(said, "anatomy", Anatomy)


def _rescue(said: str) -> str:
    from typing import get_args

    from storage.jobs import Rescue as Ways

    ways: list[str] = list(get_args(Ways))
    return chosen(said, "rescue", ways)


def _part(said: str) -> str:
    from typing import get_args

    from storage.starts import FacePart

    if said not in get_args(FacePart):
        _wrong(f"A {said} is nothing that I can render alone: choose {_listed(list(get_args(FacePart)))}.")
    return said


def _size(said: str) -> str:
    from tasks.size import NoSuchSize, size_said

    try:
        size_said(said, 512)
    except NoSuchSize as error:
        _wrong(str(error))
    return said


def _seed(said: str) -> int:
    from storage.noise import MAX_SEED, new_seed

    try:
        seed = int(said)
    except ValueError:
        seed = -2
    if not -1 <= seed <= MAX_SEED:
        _wrong(f"A seed is a whole number from 0 to {MAX_SEED}, or -1 to draw one, and {said!r} is none.")
    return new_seed() if seed == -1 else seed


def _strength(said: str) -> float:
    try:
        strength = float(said)
    except ValueError:
        strength = 0.0
    if not 0 < strength <= 1:
        _wrong(f"A strength of {said} is not possible: say how much may change, from 0.01 to 1.")
    return strength


def _factor(said: str) -> int:
    plain = str(said).strip().casefold().strip("x")
    if plain not in ("2", "4"):
        _wrong(f"A factor of {said} is not possible: choose 2 or 4.")
    return int(plain)


def _checkpoint(said: str) -> str:
    if not said.strip():
        _wrong("--checkpoint takes the name of a checkpoint, as `darkroom models` lists them.")
    return said.strip()


def _mask_words(said: str) -> str:
    from storage.starts import MASK_WORDS_LIMIT

    if not 0 < len(said.strip()) <= MASK_WORDS_LIMIT:
        _wrong(f"--mask-words takes 1 to {MASK_WORDS_LIMIT} characters.")
    return one_line(said)


def _option(reads: Callable[[str], object], metavar: str, says: str, usual: str | bool = True) -> OptionInfo:
    """Declare an option; `usual` is what --help shows as its default."""
    option: OptionInfo = typer.Option(parser=reads, metavar=metavar, help=says, show_default=usual)
    return option


Picture: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The picture.")]
Prompt: TypeAlias = Annotated[str, typer.Argument(parser=one_line, metavar="PROMPT", help="The prompt.")]
Shows: TypeAlias = Annotated[
    str | None, _option(one_line, "TEXT", "What the picture shows; else as its recipe says.")
]
Negative: TypeAlias = Annotated[str, _option(one_line, "TEXT", "What should not be in it.")]
Quality: TypeAlias = Annotated[
    str | None, _option(_quality, "WORD", "draft, standard or fine.", usual="standard")
]
Imagination: TypeAlias = Annotated[
    str | None,
    _option(_imagination, "WORD", "wild, free, balanced, faithful or literal.", usual="balanced"),
]
Steps: TypeAlias = Annotated[
    int | None, typer.Option(min=1, max=150, help="Denoising steps, instead of a quality.")
]
Sampler: TypeAlias = Annotated[
    str | None, _option(_sampler, "NAME", "euler, euler_a, dpmpp_2m, dpmpp_2m_karras, unipc, ddim or lcm.")
]
Guidance: TypeAlias = Annotated[
    float | None, typer.Option(min=1, max=30, help="Guidance scale, instead of an imagination.")
]
Size: TypeAlias = Annotated[
    str | None,
    _option(
        _size,
        "SIZE",
        "square, portrait, landscape, wide, a ratio such as 16:9, or pixels such as 1024x576; "
        "else square, or as the image.",
    ),
]
Seed: TypeAlias = Annotated[
    int | None, _option(_seed, "NUMBER", "The same seed gives the same picture; -1 draws one.")
]
Strength: TypeAlias = Annotated[
    float | None, _option(_strength, "SHARE", "How much may change: 0.3 is a little, 1 nearly all.")
]
Factor: TypeAlias = Annotated[int, _option(_factor, "2|4", "How many times as wide and as high.")]
FacePart: TypeAlias = Annotated[str, _option(_part, "PART", "face, or only the eyes or the mouth of each.")]
MaskWords: TypeAlias = Annotated[
    str | None, _option(_mask_words, "TEXT", "What in the picture shall change, such as 'the left hand'.")
]
Count: TypeAlias = Annotated[int, typer.Option(min=1, max=4, help="How many pictures.")]
BestOf: TypeAlias = Annotated[
    int | None, typer.Option(min=1, max=16, help="Make so many, and keep the best of them.")
]
Anatomy: TypeAlias = Annotated[
    str | None,
    _option(
        _anatomy,
        "WORD",
        "off, normal (third arms and the like) or strict: which pictures to discard because of the people in "
        "them; else as the policy says.",
    ),
]
Rescue: TypeAlias = Annotated[
    str | None,
    _option(
        _rescue,
        "WORD",
        "again, inpaint (the bad part) or crop (the good part): what to do with what was discarded.",
        usual="again",
    ),
]
Pixels: TypeAlias = Annotated[int, typer.Option(min=0, help="Pixels to add.")]
Checkpoint: TypeAlias = Annotated[str | None, _option(_checkpoint, "NAME", "Which model paints.")]
Policy: TypeAlias = Annotated[
    str, typer.Option("--policy", help="family, sfw, artistic, nsfw, or a JSON file.")
]
Folder: TypeAlias = Annotated[Path, typer.Option("--out", help="Where the pictures go.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
