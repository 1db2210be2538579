"""`/notebook`: a member's own phrases, styles and wildcards, and what others share."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.attachments import document_of
from bot.checkpoints import MOST_CHOICES
from bot.choices import IMAGINATIONS, QUALITIES
from bot.language import private
from bot.notebook import lexicon_of
from bot.promises import promise
from bot.refusals import PromptRefused, Refusal
from bot.said_size import SIZE_LIMIT, complete_size, said_size
from bot.studio import Interaction
from bot.wording import MESSAGE_LIMIT, escape, fit
from bot.written_down import why_not_shared, write_down
from moderation.prompt_form import PROMPT_LIMIT, one_line, undirected
from moderation.told import Told
from tasks.notebook import Entry, Kind, key
from tasks.notebook_files import read_styles, read_wildcards

_SHOWN = 80
"""Characters of an entry in the list."""
_MOST_FILE = 500_000
"""Bytes."""

notebook = app_commands.Group(
    name="notebook", description="Phrases, styles and wildcards that prompts name", guild_only=True
)


@notebook.command(name="list")
async def list_entries(interaction: Interaction) -> None:
    """See all that you can name in a prompt."""
    lexicon, language = await lexicon_of(interaction), private(interaction)
    entries = [entry for _, entry in sorted(lexicon.items())]
    lines = [f"`{entry.sign}` {escape('; '.join(entry.texts), _SHOWN)}" for entry in entries]
    if not lines:
        await _tell(
            interaction,
            language.say("Your notebook is empty. Write something down with `/notebook phrase`."),
        )
        return
    shown, note, files = len(lines), "", list[discord.File]()
    while len("\n".join((*lines[:shown], note))) > MESSAGE_LIMIT:
        shown -= 1
        note = language.say(
            "-# These are {shown} of {count} entries; all of them are in the file.",
            shown=shown,
            count=len(lines),
        )
    if note:
        whole = "\n".join(f"{entry.sign} {'; '.join(entry.texts)[:PROMPT_LIMIT]}" for entry in entries)
        files.append(discord.File(io.BytesIO(whole.encode()), "notebook.txt"))
    await _tell(interaction, "\n".join(filter(None, (*lines[:shown], note))), *files)


@notebook.command()
@app_commands.describe(name="The entry")
async def show(interaction: Interaction, name: str) -> None:
    """See all of an entry that you can name."""
    entry = (await lexicon_of(interaction)).get(_bare(name))
    if entry is None:
        raise Refusal(_no_entry(name))
    settings = (entry.size, entry.quality, entry.imagination)
    said = [f"`{entry.sign}`", *(escape(text, PROMPT_LIMIT) for text in entry.texts), *filter(None, settings)]
    await _tell(interaction, fit("\n".join(said)))


@notebook.command()
@app_commands.describe(name="What to call it", text="What it stands for")
async def phrase(
    interaction: Interaction, name: Range[str, 1, 48], text: Range[str, 1, PROMPT_LIMIT]
) -> None:
    """Write down a phrase; `$name` puts it into a prompt."""
    await _write(interaction, Entry(kind=Kind.PHRASE, name=name, text=one_line(text)))


@notebook.command()
@app_commands.describe(
    name="What to call it",
    prompt="Its words, with {prompt} in the place of the rest",
    negative="What should not be in it",
    size="The shape of the picture, such as 5:4, or its pixels, such as 768x512",
    quality="How much time to spend on it",
    imagination="How freely your words are read",
)
@app_commands.choices(
    quality=QUALITIES,
    imagination=IMAGINATIONS,
)
async def style(
    interaction: Interaction,
    name: Range[str, 1, 48],
    prompt: Range[str, 1, PROMPT_LIMIT],
    negative: Range[str, 0, PROMPT_LIMIT] = "",
    size: Range[str, 1, SIZE_LIMIT] | None = None,
    quality: str | None = None,
    imagination: str | None = None,
) -> None:
    """Write down a style; `$name` gives it to a prompt."""
    size = said_size(private(interaction), size)
    settings = {"size": size, "quality": quality, "imagination": imagination}
    words = {"text": one_line(prompt), "negative": one_line(negative)}
    await _write(interaction, Entry.model_validate({"kind": Kind.STYLE, "name": name, **words, **settings}))


@notebook.command()
@app_commands.describe(name="What to call it", options="What it may become, with | between the options")
async def wildcard(interaction: Interaction, name: Range[str, 1, 48], options: Range[str, 1, 4000]) -> None:
    """Write down a wildcard; `__name__` takes one of its options."""
    each = tuple(" ".join(option.split()) for option in options.split("|") if option.strip())
    await _write(interaction, Entry(kind=Kind.WILDCARD, name=name.strip("_"), options=each))


@notebook.command(name="import")
@app_commands.describe(
    file="styles.csv of A1111's, or a wildcard file with an option on each line",
    name="What to call a wildcard; left out, as the file is called",
)
async def import_file(
    interaction: Interaction, file: discord.Attachment, name: Range[str, 1, 48] | None = None
) -> None:
    """Take over the styles or a wildcard of A1111's."""
    # Discord leaves nothing but the ending of a name in signs that it does not take.
    called, _, kind = file.filename.rpartition(".")
    kind = f".{kind.lower()}"
    if kind not in (".csv", ".txt") or file.size > _MOST_FILE:
        raise Refusal(Told("Please send a .csv or .txt file of at most {most} KB.", most=_MOST_FILE // 1000))
    if kind == ".csv" and name is not None:
        raise Refusal(Told("Styles of a .csv file are called as it says. Please leave out `name`."))
    if kind == ".txt" and name is None and not any(map(str.isalnum, called)):
        raise Refusal(
            Told("Please say with `name` what to call the wildcard: I cannot read it off the file.")
        )
    await promise(interaction, ephemeral=True)
    data = await document_of(interaction, file)
    read = read_styles(data) if kind == ".csv" else read_wildcards(data, name or called)
    await _write(interaction, *read.entries, left_out=read.left_out)


@notebook.command()
@app_commands.describe(name="Your entry", shared="Whether everybody in this server may name it")
async def share(interaction: Interaction, name: str, shared: bool = True) -> None:
    """Let everybody in this server name an entry of yours, or take it back."""
    entry = await _own(interaction, name)
    if shared and (why := await why_not_shared(interaction, entry)):
        raise PromptRefused(*why)
    server = interaction.guild_id if shared else None
    await interaction.client.studio.notebook.share(interaction.user.id, entry.name, server)
    language = private(interaction)
    said = (
        language.say("Everybody here can write `{sign}` into a prompt now.", sign=entry.sign)
        if shared
        else language.say("Only you can write `{sign}` into a prompt now.", sign=entry.sign)
    )
    await _tell(interaction, said)


@notebook.command()
@app_commands.describe(name="Your entry")
async def strike(interaction: Interaction, name: str) -> None:
    """Strike an entry out of your notebook."""
    entry = await _own(interaction, name)
    await interaction.client.studio.notebook.strike(interaction.user.id, entry.name)
    await _tell(interaction, private(interaction).say("`{sign}` is struck out.", sign=entry.sign))


async def _write(interaction: Interaction, *entries: Entry, left_out: Sequence[Told] = ()) -> None:
    """Write entries down; say what they replace, and what is `left_out`. Raises NotebookError, Refusal."""
    change, language = await write_down(interaction, entries), private(interaction)
    said = [
        language.say("Written down. In a prompt it is {signs}.", signs=_signs(change.written))
        if entries
        else language.say("Nothing of that file was written down.")
    ]
    if change.still_shared:
        said.append(language.say("Everybody can still write {signs}.", signs=_signs(change.still_shared)))
    for entry, why in change.unshared:
        reasons = " ".join(map(language.of, why))
        only = language.say("Only you can write `{sign}` into a prompt now.", sign=entry.sign)
        said.append(f"{only} {escape(reasons, MESSAGE_LIMIT)}")
    if change.replaced:
        said.append(language.say("It replaces what was there before:"))
        said += [f"`{each.sign}` {escape('; '.join(each.texts), MESSAGE_LIMIT)}" for each in change.replaced]
    if entries and left_out:
        said.append(language.say("This is left out:"))
    said += [escape(undirected(language.of(each)), MESSAGE_LIMIT) for each in left_out]
    await _tell_all(interaction, "\n".join(said))


def _signs(entries: Iterable[Entry]) -> str:
    return ", ".join(f"`{entry.sign}`" for entry in entries)


async def _tell_all(interaction: Interaction, said: str) -> None:
    """Tell the member something that may be longer than a message: all of it is in a file then."""
    if len(said) <= MESSAGE_LIMIT:
        await _tell(interaction, said)
        return
    note = "\n" + private(interaction).say("-# All of it is in the file.")
    whole = discord.File(io.BytesIO(said.encode()), "notebook.txt")
    await _tell(interaction, said[: MESSAGE_LIMIT - len(note) - 1] + "…" + note, whole)


async def _own(interaction: Interaction, name: str) -> Entry:
    """Find an entry of the member's. Raises Refusal."""
    for noted in await interaction.client.studio.notebook.read(interaction.user.id, None):
        if key(noted.entry["name"]) == _bare(name):
            return Entry.model_validate(noted.entry)
    raise Refusal(_no_entry(name))


def _bare(name: str) -> str:
    """Give a name without the signs that it has in a prompt, as entries are looked up."""
    return key(name).strip().removeprefix("$").strip("_")


def _no_entry(name: str) -> Told:
    return Told("There is no entry called {name} in your notebook.", name=escape(name, 48))


async def _tell(interaction: Interaction, said: str, *files: discord.File) -> None:
    if interaction.response.is_done():
        await interaction.followup.send(said, files=files, ephemeral=True)
    else:
        await interaction.response.send_message(said, files=files, ephemeral=True)


async def _complete(interaction: Interaction, typed: str) -> list[Choice[str]]:
    noted = await interaction.client.studio.notebook.read(interaction.user.id, None)
    names = [each.entry["name"] for each in noted if typed.casefold() in each.entry["name"].casefold()]
    return [Choice(name=name, value=name) for name in names[:MOST_CHOICES]]


@show.autocomplete("name")
async def _complete_all(interaction: Interaction, typed: str) -> list[Choice[str]]:
    names = sorted(entry.name for entry in (await lexicon_of(interaction)).values())
    return [Choice(name=name, value=name) for name in names if typed.casefold() in name.casefold()][
        :MOST_CHOICES
    ]


style.autocomplete("size")(complete_size)
share.autocomplete("name")(_complete)
strike.autocomplete("name")(_complete)
