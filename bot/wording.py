"""Every sentence that a member reads about a job, and how a job's words and numbers are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import discord

from bot.language import Language, language_called
from moderation.told import Told
from storage.events import Finished, Progress
from storage.farm import Wait
from storage.jobs import Describe, Imagine, Job, Shorten, Task, Upscale
from storage.recipe import AnyRecipe, Upscaled
from storage.records.jobs import JobRecord
from storage.redis_trouble import Trouble
from storage.share import Urgency
from storage.starts import Blend, Edit, Faces, HeadRoom, Mask, Outpaint, Start, Whole, WordMask
from storage.training import Caption, Train, Weights

SHOWN_PROMPT = 500
"""Characters of a prompt shown in a message; the whole of it is in the file. Escaping may double them."""
SHOWN_NEGATIVE = 150
FAILURE_LIMIT = 500
MESSAGE_LIMIT = 2000
"""Characters that Discord takes in a message."""

QUEUE_TROUBLES: Mapping[Trouble, Told] = {
    Trouble.AWAY: Told("The queue cannot be reached right now."),
    Trouble.LOADING: Told("The queue was started just now and still reads what it keeps."),
    Trouble.MEMORY_FULL: Told("The queue's memory is full: whoever runs me has to give it more."),
    Trouble.DISK_FULL: Told(
        "The queue cannot write to its disk, which may be full: whoever runs me has to look."
    ),
    Trouble.READ_ONLY: Told("The queue can only be read right now: whoever runs me has to see to it."),
    Trouble.CLOSED: Told(
        "The queue does not let me in: whoever runs me has to correct its address or password."
    ),
    Trouble.OTHER: Told("The queue does not work: whoever runs me finds out why with `darkroom doctor`."),
}
AWAITING_ROOM = Told(
    "It is done, and comes as soon as there is room for my records: the disk under them is full, and whoever "
    "runs me has to look. Nothing is lost."
)
RELAXED = Told(
    "Your credits do not suffice, so this costs none, and is made when the farm has nothing else to do."
)
LEGEND = Told("Grey words count as usual, red ones more, blue ones less, and violet ones are kept out.")
_BAR = 12
SHOWN_PHRASE = 40

_FACE_PARTS = {"face": Told("faces"), "eyes": Told("eyes"), "mouth": Told("mouths")}
STARTS: Mapping[type[Start], Callable[[Any, str], str]] = {
    Whole: lambda start, size: size,
    Blend: lambda start, size: Told(
        "{count} pictures blended at {size}", count=len(start.pictures), size=size
    ),
    Mask: lambda start, size: Told("masked part at {size}", size=size),
    WordMask: lambda start, size: Told("masked part at {size}", size=size),
    Outpaint: lambda start, size: Told("outpainted in pieces of {size}", size=size),
    HeadRoom: lambda start, size: Told("outpainted in pieces of {size}", size=size),
    Faces: lambda start, size: Told("{parts} rendered at {size}", parts=_FACE_PARTS[start.part], size=size),
    Edit: lambda start, size: Told("edited at {size}", size=size),
}
"""What was rendered at a size, for each kind of start."""
KINDS: Mapping[type[Start] | type[None], Told] = {
    Whole: Told("from a picture"),
    Blend: Told("blend"),
    Mask: Told("part of a picture"),
    WordMask: Told("part of a picture"),
    Outpaint: Told("outpainting"),
    HeadRoom: Told("head room"),
    Faces: Told("faces"),
    Edit: Told("edit"),
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


def title(language: Language, task: Task, limit: int = SHOWN_PROMPT) -> str:
    """Write the first line of every message about a job."""
    if isinstance(task, Describe):
        return f"**{language.say('What does this picture show?')}**"
    if isinstance(task, Shorten):
        return f"**{language.say('Which words matter?')}**"
    if isinstance(task, Caption):
        word = escape(task.training.word, limit) or "…"
        return f"**{language.say('Pictures for the word {word}', word=word)}**"
    if isinstance(task, Train):
        about: dict[str, str | int] = {"word": escape(task.word, limit) or "…", "count": len(task.examples)}
        if task.weights is Weights.LORA:
            return f"**{language.say('A LoRA from {count} {count:picture|pictures}: {word}', **about)}**"
        return f"**{language.say('A word from {count} {count:picture|pictures}: {word}', **about)}**"
    words = f"**{escape(task.prompt, limit) or language.say('A picture')}**"
    if isinstance(task, Imagine) and isinstance(task.start, Blend) and not task.prompt:
        count = len(task.start.pictures)
        return f"**{language.say('Something of each of {count} pictures', count=count)}**"
    if not isinstance(task, Upscale):
        return words
    if task.detail:
        return language.say("{words}, {factor}x larger, in more detail", words=words, factor=task.factor)
    return language.say("{words}, {factor}x larger", words=words, factor=task.factor)


def alt_of_preview(language: Language, task: Task) -> str:
    """Say for those who do not see it what a picture in the making is meant to show."""
    words = "" if isinstance(task, Describe) else " ".join(task.prompt.split())
    return language.say("In the making: {shows}", shows=words or language.say("a picture"))


def kind(task: Task) -> Told:
    """Say in a word or two what kind of work a task is."""
    match task:
        case Describe():
            return Told("words")
        case Shorten():
            return Told("words")
        case Caption():
            return Told("captions")
        case Train():
            return Told("training")
        case Upscale():
            return Told("detail") if task.detail else Told("larger")
        case Imagine(start=None):
            return Told("pictures") if task.pictures > 1 else Told("picture")
        case Imagine(start=start):
            return KINDS[type(start)]


def language_of(record: JobRecord) -> Language:
    """Give the language of what everybody reads about a job."""
    return language_called(record.origin.language)


def addressed(record: JobRecord, limit: int = SHOWN_PROMPT) -> str:
    """Write the title, and for whom; the mention pings only if the sender allows it."""
    return f"{title(language_of(record), record.job.task, limit)} — <@{record.origin.member_id}>"


def seconds(value: float) -> Told:
    """Say a duration as people do: `0.8 s`, `12 s`, `3 min`, `2 h`."""
    if value < 10:
        return Told("{seconds:.1f} s", seconds=value)
    if value < 90:
        return Told("{seconds:.0f} s", seconds=value)
    if value < 5400:
        return Told("{minutes:.0f} min", minutes=value / 60)
    return Told("{hours:.0f} h", hours=value / 3600)


def waiting(language: Language, job: Job, wait: Wait | Trouble) -> str:
    """Write the message of a waiting job: its place and wait, and no promise that nobody can hold."""
    said = f"{title(language, job.task)}\n{language.of(_state(job.checkpoint, wait))}"
    return f"{said}\n-# {language.of(RELAXED)}" if job.share.urgency is Urgency.RELAXED else said


def _state(checkpoint: str, wait: Wait | Trouble) -> Told:
    if isinstance(wait, Trouble):
        return Told(
            "Waiting for the farm. {why} Your place is kept, nothing is lost.", why=QUEUE_TROUBLES[wait]
        )
    if wait.workers == 0:
        return Told(
            "No worker with the checkpoint `{checkpoint}` is running. The job starts as soon as one is back.",
            checkpoint=checkpoint,
        )
    next_one = wait.position in (None, 1)
    place = Told("Next in the queue") if next_one else in_the_queue(wait.position or 1)
    if wait.seconds is None:
        return Told("{place}.", place=place)
    return Told("{place}, about {time}.", place=place, time=seconds(wait.seconds))


def awaiting_room(language: Language, task: Task) -> str:
    """Write the message of a job that is done and cannot be recorded yet."""
    return f"{title(language, task)}\n{language.of(AWAITING_ROOM)}"


def in_the_queue(position: int) -> Told:
    """Say which place in the queue a job has, 1 being next."""
    return Told("{place:ordinal} in the queue", place=position)


def rendering(language: Language, task: Task, progress: Progress) -> str:
    """Write the message of a job that is being rendered."""
    share = progress.step / progress.steps if progress.steps else 0.0
    done = round(share * _BAR)
    again = f" · {language.say('re-rolling')}" if progress.again else ""
    return f"{title(language, task)}\n`{'▰' * done}{'▱' * (_BAR - done)}` {share:.0%}{again}"


def finished(
    record: JobRecord, result: Finished, shown: int, source_url: str | None, waiting: int = 0
) -> str:
    """Write the message with the pictures: words, settings, seed, time, and what it was made from."""
    task, recipe, say = record.job.task, record.pictures[0].recipe, language_of(record).say
    lines = [addressed(record)]
    if isinstance(task, Imagine) and not task.prompt and recipe.prompt:
        lines.append(f"> {escape(recipe.prompt)}")
    # Not the recipe's: a second try steers away from more than anybody asked for.
    if not isinstance(task, Describe) and task.negative_prompt:
        lines.append(say("without: {words}", words=escape(task.negative_prompt, SHOWN_NEGATIVE)))
    time = language_of(record).of(seconds(result.seconds))
    lines.append(f"-# {settings(language_of(record), recipe)} · {time}")
    if isinstance(task, Imagine) and task.best is not None:
        lines.append(f"-# {say('the best of {made}, the best first', made=len(task.noises))}")
    if isinstance(task, Train) and result.trained is not None and task.word:
        written = task.written(result.trained.phrase)
        lines.append(say("Write `{word}` in a prompt to draw it.", word=written))
    if waiting:
        lines.append(f"-# {language_of(record).of(waiting_sentence(waiting, record.job.for_review))}")
    of, discarded = len(result.pictures), sum(picture.is_discarded for picture in result.pictures)
    if discarded:
        lines.append(f"-# {language_of(record).of(discarded_sentence(discarded, of))}")
    if withheld := of - shown - waiting - discarded:
        lines.append(f"-# {language_of(record).of(withheld_sentence(withheld, of))}")
    if source_url:
        lines.append(f"-# {say('made from [this picture]({url})', url=source_url)}")
    return "\n".join(lines)


def single(language: Language, record: JobRecord, index: int, source_url: str | None) -> str:
    """Write the message of one picture taken out of a grid."""
    words = title(language, record.job.task)
    lines = [
        language.say("{words} — picture {place}", words=words, place=index + 1),
        f"-# {settings(language, record.pictures[index].recipe)}",
    ]
    if source_url:
        lines.append(f"-# {language.say('from [this grid]({url})', url=source_url)}")
    return "\n".join(lines)


def settings(language: Language, recipe: AnyRecipe) -> str:
    """Sum up size, steps, sampler, guidance, seed and checkpoint of a picture."""
    return " · ".join(map(language.of, _parts_of_settings(recipe)))


def _parts_of_settings(recipe: AnyRecipe) -> list[str]:
    if isinstance(recipe, Upscaled):
        parts: list[str] = [Told("{factor}x by {upscaler}", factor=recipe.factor, upscaler=recipe.upscaler)]
        if (detail := recipe.detail) is not None:
            strength, seed = detail.strength, detail.seed
            drawn = Told("detail at strength {strength:g}, seed {seed}", strength=strength, seed=seed)
            parts += [drawn, recipe.checkpoint]
        return parts
    size = f"{recipe.width}×{recipe.height}"
    parts = [
        STARTS[type(recipe.start)](recipe.start, size) if recipe.start else size,
        Told("{steps} {steps:step|steps}, {sampler}", steps=recipe.steps, sampler=recipe.sampler.label),
        Told("guidance {guidance:g}", guidance=recipe.guidance_scale),
        Told("seed {seed}", seed=recipe.noise.seed),
    ]
    if recipe.seamless:
        parts.append(Told("seamless"))
    if recipe.start:
        parts.append(Told("strength {strength:g}", strength=recipe.start.strength))
    if recipe.noise.variations:
        last = recipe.noise.variations[-1]
        parts.append(Told("varied {share:.0%} (seed {seed})", share=last.strength, seed=last.seed))
    return [*parts, recipe.checkpoint]


def discarded_sentence(discarded: int, of: int) -> Told:
    """Say that pictures were discarded because of the people in them, and that they cost nothing."""
    if of == 1:
        return Told("The picture was discarded because somebody in it came out wrong. It cost you nothing.")
    return Told(
        "{discarded} of {of} pictures were discarded because somebody in them came out wrong. They cost you "
        "nothing.",
        discarded=discarded,
        of=of,
    )


def withheld_sentence(withheld: int, of: int) -> Told:
    """Say that pictures were withheld, and that they cost nothing."""
    if of == 1:
        return Told(
            "The picture was kept back because this channel's policy does not allow what it shows. "
            "It cost you nothing."
        )
    if withheld == 1:
        return Told(
            "1 picture was kept back because this channel's policy does not allow what it shows. "
            "It cost you nothing."
        )
    return Told(
        "{withheld} of {of} pictures were kept back because this channel's policy does not allow what it "
        "shows. It cost you nothing.",
        withheld=withheld,
        of=of,
    )


def waiting_sentence(waiting: int, appealed: bool = False) -> Told:
    """Say that pictures wait for a moderator: the policy wants it, or their member appealed."""
    if appealed:
        return Told(
            "Your appeal is before the moderators, and nobody else sees the picture. What they decide is "
            "said here; it costs you nothing."
        )
    return Told(
        "{waiting} {waiting:picture waits|pictures wait} for a moderator to look at, as this channel's "
        "policy wants. It cost you nothing.",
        waiting=waiting,
    )


def failed(record: JobRecord, message: str) -> str:
    """Write the message of a job that failed; what it quotes of members' words is escaped."""
    told = escape(language_of(record).of(message), FAILURE_LIMIT)
    return f"{addressed(record, SHOWN_NEGATIVE)}\n{told}{_cost_nothing(record)}"


def cancelled(record: JobRecord) -> str:
    """Write the message of a job that was cancelled."""
    return f"{addressed(record)}\n{language_of(record).say('Cancelled.')}{_cost_nothing(record)}"


def _cost_nothing(record: JobRecord) -> str:
    """Say that a job cost nothing, where it would have: credits are pictures, and words are free."""
    return f" {language_of(record).say('It cost you nothing.')}" if record.job.task.pictures else ""


def message_url(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Give the link to a message; messages with the bot alone live under `@me`."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def answer_url(record: JobRecord) -> str | None:
    """Give the link to the message that answers a job, if there is one."""
    if record.message_id is None or record.message_channel_id is None:
        return None
    origin = record.origin
    guild_id = origin.guild_id if record.message_channel_id == origin.channel_id else None
    return message_url(guild_id, record.message_channel_id, record.message_id)
