"""Every sentence that a member reads about a job, and how a job's words and numbers are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord

from storage.events import Description, Finished
from storage.farm import Wait
from storage.jobs import Describe, Imagine, Task, Upscale
from storage.recipe import AnyRecipe, Upscaled
from storage.records.jobs import JobRecord
from storage.redis_trouble import Trouble
from storage.starts import Edit, Faces, HeadRoom, Mask, Outpaint, Start, Whole, WordMask
from tasks.ranks import ordinal

SHOWN_PROMPT = 500
"""Characters of a prompt shown in a message; the whole of it is in the file. Escaping may double them."""
SHOWN_NEGATIVE = 150
FAILURE_LIMIT = 500
MESSAGE_LIMIT = 2000
"""Characters that Discord takes in a message."""

AWAITING_FARM = "Waiting for the farm. {why} Your place is kept, nothing is lost."
QUEUE_TROUBLES: Mapping[Trouble, str] = {
    Trouble.AWAY: "The queue cannot be reached right now.",
    Trouble.LOADING: "The queue was started just now and still reads what it keeps.",
    Trouble.MEMORY_FULL: "The queue's memory is full: whoever runs me has to give it more.",
    Trouble.DISK_FULL: "The queue cannot write to its disk, which may be full: whoever runs me has to look.",
    Trouble.READ_ONLY: "The queue can only be read right now: whoever runs me has to see to it.",
    Trouble.CLOSED: "The queue does not let me in: whoever runs me has to correct its address or password.",
    Trouble.OTHER: "The queue does not work: whoever runs me finds out why with `darkroom doctor`.",
}
AWAITING_ROOM = (
    "It is done, and comes as soon as there is room for my records: the disk under them is full, and whoever "
    "runs me has to look. Nothing is lost."
)
LEGEND = "Grey words count as usual, red ones more, blue ones less, and violet ones are kept out."
_BAR = 12
_SHORT_BAR = 6
SHOWN_ASSOCIATIONS = 10
SHOWN_PHRASE = 40

_FACE_PARTS = {"face": "faces", "eyes": "eyes", "mouth": "mouths"}
STARTS: Mapping[type[Start], Callable[[Any], str]] = {
    Whole: lambda start: "{}",
    Mask: lambda start: "masked part at {}",
    WordMask: lambda start: "masked part at {}",
    Outpaint: lambda start: "outpainted in pieces of {}",
    HeadRoom: lambda start: "outpainted in pieces of {}",
    Faces: lambda start: f"{_FACE_PARTS[start.part]} rendered at {{}}",
    Edit: lambda start: "edited at {}",
}
"""What was rendered at a size, for each kind of start."""
KINDS: Mapping[type[Start] | type[None], str] = {
    Whole: "from a picture",
    Mask: "part of a picture",
    WordMask: "part of a picture",
    Outpaint: "outpainting",
    HeadRoom: "head room",
    Faces: "faces",
    Edit: "edit",
}
"""What kind of work each kind of start is."""


def escape(text: str, limit: int = SHOWN_PROMPT) -> str:
    """Make plain text of a member's words: no formatting, no mention, no link preview, on one line."""
    shown = " ".join(text.split())
    shown = shown if len(shown) <= limit else shown[: limit - 1] + "…"
    shown = discord.utils.escape_markdown(shown, ignore_links=False)
    return discord.utils.escape_mentions(shown).replace("<", "\\<").replace("://", "\\://")


def fit(message: str) -> str:
    """Cut a message to what Discord takes. Its parts are short, so this is for the unforeseen."""
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"


def title(task: Task, limit: int = SHOWN_PROMPT) -> str:
    """Write the first line of every message about a job."""
    if isinstance(task, Describe):
        return "**What does this picture show?**"
    words = f"**{escape(task.prompt or 'A picture', limit)}**"
    if not isinstance(task, Upscale):
        return words
    return f"{words}, {task.factor}x larger{', in more detail' if task.detail else ''}"


def kind(task: Task) -> str:
    """Say in a word or two what kind of work a task is."""
    match task:
        case Describe():
            return "words"
        case Upscale():
            return "detail" if task.detail else "larger"
        case Imagine(start=None):
            return "pictures" if task.pictures > 1 else "picture"
        case Imagine(start=start):
            return KINDS[type(start)]


def addressed(record: JobRecord, limit: int = SHOWN_PROMPT) -> str:
    """Write the title, and for whom; the mention pings only if the sender allows it."""
    return f"{title(record.job.task, limit)} — <@{record.origin.member_id}>"


def seconds(value: float) -> str:
    """Say a duration as people do: `0.8 s`, `12 s`, `3 min`, `2 h`."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 90:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.0f} h"


def waiting(task: Task, checkpoint: str, wait: Wait | Trouble) -> str:
    """Write the message of a waiting job: its place and wait, and no promise that nobody can hold."""
    if isinstance(wait, Trouble):
        state = AWAITING_FARM.format(why=QUEUE_TROUBLES[wait])
    elif wait.workers == 0:
        state = (
            f"No worker with the checkpoint `{checkpoint}` is running. The job starts as soon as one is back."
        )
    else:
        place = (
            "Next in the queue" if wait.position in (None, 1) else f"{ordinal(wait.position)} in the queue"
        )
        state = f"{place}, about {seconds(wait.seconds)}." if wait.seconds is not None else f"{place}."
    return f"{title(task)}\n{state}"


def awaiting_room(task: Task) -> str:
    """Write the message of a job that is done and cannot be recorded yet."""
    return f"{title(task)}\n{AWAITING_ROOM}"


def rendering(task: Task, step: int, steps: int) -> str:
    """Write the message of a job that is being rendered."""
    share = step / steps if steps else 0.0
    done = round(share * _BAR)
    return f"{title(task)}\n`{'▰' * done}{'▱' * (_BAR - done)}` {share:.0%}"


def finished(record: JobRecord, result: Finished, shown: int, source_url: str | None) -> str:
    """Write the message with the pictures: words, settings, seed, time, and what it was made from."""
    task, recipe = record.job.task, record.pictures[0].recipe
    lines = [addressed(record)]
    if recipe.negative_prompt:
        lines.append(f"without: {escape(recipe.negative_prompt, SHOWN_NEGATIVE)}")
    lines.append(f"-# {settings(recipe)} · {seconds(result.seconds)}")
    if isinstance(task, Imagine) and task.best is not None:
        lines.append(f"-# the best of {len(task.noises)}, the best first")
    withheld = len(result.pictures) - shown
    if withheld:
        lines.append(f"-# {withheld_sentence(withheld, len(result.pictures))}")
    if source_url:
        lines.append(f"-# made from [this picture]({source_url})")
    return "\n".join(lines)


def described(record: JobRecord, description: Description, source_url: str | None) -> str:
    """Write the message that says what a picture shows: the words as bars, and the prompt made of them."""
    lines = [addressed(record)]
    best = max((word.agreement for word in description.words), default=0.0)
    for word in description.words[:SHOWN_ASSOCIATIONS]:
        done = max(1, round(word.agreement / best * _SHORT_BAR)) if best > 0 else 1
        bar = "▰" * done + "▱" * (_SHORT_BAR - done)
        lines.append(f"`{bar} {word.agreement:.2f}` {escape(word.phrase, SHOWN_PHRASE)}")
    if description.prompt:
        lines.append(f"> {escape(description.prompt)}")
    if source_url:
        lines.append(f"-# of [this picture]({source_url})")
    return "\n".join(lines)


def single(record: JobRecord, index: int, source_url: str | None) -> str:
    """Write the message of one picture taken out of a grid."""
    lines = [
        f"{title(record.job.task)} — picture {index + 1}",
        f"-# {settings(record.pictures[index].recipe)}",
    ]
    if source_url:
        lines.append(f"-# from [this grid]({source_url})")
    return "\n".join(lines)


def settings(recipe: AnyRecipe) -> str:
    """Sum up size, steps, sampler, guidance, seed and checkpoint of a picture."""
    if isinstance(recipe, Upscaled):
        larger = f"{recipe.factor}x by {recipe.upscaler}"
        detail = recipe.detail
        if detail is None:
            return larger
        drawn = f"detail at strength {detail.strength:g}, seed {detail.seed}"
        return f"{larger} · {drawn} · {recipe.checkpoint}"
    size = f"{recipe.width}×{recipe.height}"
    parts = [
        size if recipe.start is None else STARTS[type(recipe.start)](recipe.start).format(size),
        f"{recipe.steps} steps, {recipe.sampler.label}",
        f"guidance {recipe.guidance_scale:g}",
        f"seed {recipe.noise.seed}",
    ]
    if recipe.start:
        parts.append(f"strength {recipe.start.strength:g}")
    if recipe.noise.variations:
        last = recipe.noise.variations[-1]
        parts.append(f"varied {last.strength:.0%} (seed {last.seed})")
    parts.append(recipe.checkpoint)
    return " · ".join(parts)


def withheld_sentence(withheld: int, of: int) -> str:
    """Say that pictures were withheld, and that they cost nothing."""
    which = (
        "The picture was"
        if of == 1
        else f"{withheld} of {of} pictures were"
        if withheld > 1
        else "1 picture was"
    )
    return (
        f"{which} kept back because this channel's policy does not allow what it shows. It cost you nothing."
    )


def failed(record: JobRecord, message: str) -> str:
    """Write the message of a job that failed; what it quotes of members' words is escaped."""
    told = f"{addressed(record, SHOWN_NEGATIVE)}\n{escape(message, FAILURE_LIMIT)}"
    return told + _cost_nothing(record.job.task)


def cancelled(record: JobRecord) -> str:
    """Write the message of a job that was cancelled."""
    return f"{addressed(record)}\nCancelled.{_cost_nothing(record.job.task)}"


def _cost_nothing(task: Task) -> str:
    """Say that a job cost nothing, where it would have: credits are pictures, and words are free."""
    return " It cost you nothing." if task.pictures else ""


def refused(explanations: Sequence[str]) -> str:
    """Say why a prompt was refused, for the member's eyes only."""
    return " ".join(dict.fromkeys(explanations))


def message_url(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Give the link to a message; messages with the bot alone live under `@me`."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
