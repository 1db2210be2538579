"""The gallery of a server's embeddings: its pages, the page of one, and trying it; they survive restarts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.channels import policy_of
from bot.defaults import chosen_checkpoint, manner_of
from bot.embeddings import checkpoint_for
from bot.language import Language, private
from bot.promises import promise
from bot.refusals import Refusal, answer_error
from bot.studio import Interaction, Press
from bot.submission import submit
from bot.wording import escape, message_url
from moderation.policy import Policy
from moderation.told import Told
from storage.blobs import BlobMissing
from storage.records.carry_over import CarryOver
from storage.records.embeddings import EmbeddingRecord, EmbeddingState, Preview
from tasks.presets import usual_task

EACH = 4
"""Embeddings on a page."""
SEARCH_LIMIT = 60
"""Characters; a button's custom_id holds a hundred."""
_NAME, _ABOUT, _ALT = 64, 300, 1000
"""Characters of what is shown."""
_MADE_WITH = 5
_MOST_SHOWN = 10
"""Pictures of a gallery in a message."""


class EmbeddingButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"^drg:(?P<action>page|show|try):(?P<number>[0-9]{1,9})(?::(?P<search>.{0,60}))?$",
):
    """A button that says what to do with a page of a search, or with an embedding by its number."""

    def __init__(self, button: ui.Button[Any], action: str, number: int, search: str) -> None:
        super().__init__(button)
        self.action = action
        self.number = number
        self.search = search

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the button back from a press."""
        assert isinstance(item, ui.Button)
        return cls(item, match["action"], int(match["number"]), match["search"] or "")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Turn the page, or show or try the embedding; whoever pressed is told what goes wrong."""
        try:
            if self.action == "page":
                await interaction.response.defer()
                layout, files = await page_of(interaction, self.search, self.number)
                await interaction.edit_original_response(view=layout, attachments=files)
                return
            record = await seen(interaction, self.number)
            await (show if self.action == "show" else try_out)(interaction, record)
        except Exception as error:
            await answer_error(interaction, error)


def _button(
    label: str, action: str, number: int, search: str = "", disabled: bool = False
) -> EmbeddingButton:
    custom_id = f"drg:{action}:{number}" + (f":{search}" if search else "")
    return EmbeddingButton(
        ui.Button(label=label, custom_id=custom_id, disabled=disabled), action, number, search
    )


async def seen(interaction: Interaction, number: int) -> EmbeddingRecord:
    """Give an embedding of this server that whoever asks may use. Raises Refusal."""
    record = await interaction.client.studio.embeddings.get(number)
    if record is None or not may_be_seen(record, interaction):
        raise Refusal(Told("This embedding is not there any more: it was withdrawn."))
    return record


def may_be_seen(record: EmbeddingRecord, interaction: Interaction) -> bool:
    """Say whether an embedding is of this server and published, or the member's own."""
    is_theirs = record.state is EmbeddingState.PRIVATE and record.owner_id == interaction.user.id
    is_here = record.server_id == interaction.guild_id
    return is_here and (record.state is EmbeddingState.PUBLISHED or is_theirs)


async def page_of(
    interaction: Interaction, search: str, page: int
) -> tuple[ui.LayoutView, list[discord.File]]:
    """Lay out a page of the embeddings that a search finds, the most used first. Raises Refusal."""
    language, studio = private(interaction), interaction.client.studio
    found = await studio.embeddings.seen_by(interaction.guild_id or 0, interaction.user.id, search)
    if not found:
        raise Refusal(
            Told("No embedding here fits {words}.", words=escape(search))
            if search
            else Told("This server has no embeddings yet. Bring one with `/embeddings import`.")
        )
    pages = -(-len(found) // EACH)
    page = min(page, pages - 1)
    policy = await policy_of(studio, interaction.channel)
    container, files = ui.Container[ui.LayoutView](), list[discord.File]()
    for record in found[page * EACH : (page + 1) * EACH]:
        text = ui.TextDisplay[ui.LayoutView](_line(language, record))
        button = _button(language.say("Show"), "show", record.id)
        if pictures := await _previews(interaction, record, policy, most=1):
            ((file, alt),) = pictures
            files.append(file)
            container.add_item(ui.Section(text, accessory=ui.Thumbnail(file, description=alt)))
            container.add_item(ui.ActionRow(button))
        else:
            container.add_item(ui.Section(text, accessory=button))
    layout = ui.LayoutView(timeout=None)
    layout.add_item(container)
    if pages > 1:
        layout.add_item(
            ui.ActionRow(
                _button(language.say("Back"), "page", max(0, page - 1), search, disabled=page == 0),
                _button(language.say("Next"), "page", page + 1, search, disabled=page == pages - 1),
            )
        )
        layout.add_item(ui.TextDisplay(language.say("-# Page {page} of {pages}", page=page + 1, pages=pages)))
    return layout, files


async def show(interaction: Interaction, record: EmbeddingRecord) -> None:
    """Show one embedding to whoever asks: its pictures, whose it is, and what was made with it."""
    await promise(interaction, ephemeral=True)
    language, studio = private(interaction), interaction.client.studio
    policy = await policy_of(studio, interaction.channel)
    carried = await studio.carry_overs.carried(record.id)
    pictures = await _previews(interaction, record, policy)
    for each in carried:
        pictures += await _carried_previews(interaction, each, policy)
    lines = [_line(language, record), *_facts(language, record, carried)]
    made = await studio.embeddings.made_with(record.id, _MADE_WITH)
    if made:
        links = ", ".join(message_url(record.server_id, each.channel_id, each.message_id) for each in made)
        lines.append(language.say("Made with it: {links}", links=links))
    container = ui.Container[ui.LayoutView](ui.TextDisplay("\n".join(lines)))
    if pictures:
        container.add_item(
            ui.MediaGallery(
                *(discord.MediaGalleryItem(file, description=alt) for file, alt in pictures[:_MOST_SHOWN])
            )
        )
    container.add_item(ui.ActionRow(_button(language.say("Try it"), "try", record.id)))
    layout = ui.LayoutView(timeout=None)
    layout.add_item(container)
    files = [file for file, _ in pictures[:_MOST_SHOWN]]
    await interaction.followup.send(view=layout, files=files, ephemeral=True)


async def try_out(press: Press, record: EmbeddingRecord) -> None:
    """Make pictures of an embedding alone, as any prompt would that names it. Raises Refusal."""
    studio, prompt = press.client.studio, tried_prompt(record)
    usual = await chosen_checkpoint(press)
    known = studio.checkpoints.served(await checkpoint_for(press, [prompt], usual))
    task = usual_task(prompt, (1, 1), known.side, weighting=studio.settings.weighting, usual=known.usual)
    await submit(studio, press, task, known.name, manner=await manner_of(press, None))


def tried_prompt(record: EmbeddingRecord) -> str:
    """Say an embedding alone; a LoRA stands in a prompt that showed it before."""
    if record.is_lora and record.drawn:
        return record.drawn[-1].alt
    return record.written


def _line(language: Language, record: EmbeddingRecord) -> str:
    name, author = escape(record.name, _NAME), escape(record.author, _NAME)
    first = language.say("**{name}** by {author}", name=name, author=author)
    counts = language.say("-# used {uses} {uses:time|times}", uses=record.uses)
    if record.ratings:
        counts += language.say(
            " · {stars:.1f} of 5 stars ({ratings})", stars=record.stars, ratings=record.ratings
        )
    if record.state is EmbeddingState.PRIVATE:
        counts += language.say(" · only you may use it")
    return "\n".join(filter(None, (first, escape(record.about, _ABOUT), counts)))


def _facts(language: Language, record: EmbeddingRecord, carried: Sequence[CarryOver]) -> list[str]:
    checkpoint = record.checkpoint or record.family
    facts = [
        language.say(
            "-# a LoRA of rank {vectors}, `{written}`, made for {checkpoint}",
            vectors=record.vectors,
            written=record.written,
            checkpoint=escape(checkpoint, _NAME),
        )
        if record.is_lora
        else language.say(
            "-# {vectors} {vectors:vector|vectors}, made for {checkpoint}",
            vectors=record.vectors,
            checkpoint=escape(checkpoint, _NAME),
        ),
        *(
            language.say(
                "-# Carried over to {checkpoint}, which shows {share:.0f} % of its likeness",
                checkpoint=escape(each.checkpoint, _NAME),
                share=100 * min(1.0, each.likeness or 0.0),
            )
            for each in carried
        ),
        language.say("-# Licence: {licence}", licence=escape(record.licence or "-", _NAME)),
    ]
    if record.signed_by:
        facts.append(language.say("-# Brought from another server, whose key signed it."))
    return facts


async def _previews(
    interaction: Interaction, record: EmbeddingRecord, policy: Policy, most: int = 4
) -> list[tuple[discord.File, str]]:
    """Give the previews that the channel's policy lets be shown, each with its words."""
    checkpoint = record.checkpoint or interaction.client.studio.settings.default_checkpoint
    shown = []
    for number, preview in enumerate(record.previews[:most]):
        if file := await _shown(interaction, preview, checkpoint, policy, f"{record.id}-{number}"):
            shown.append((file, preview.alt[:_ALT] or record.name))
    return shown


async def _carried_previews(
    interaction: Interaction, carried: CarryOver, policy: Policy
) -> list[tuple[discord.File, str]]:
    """Give those that another checkpoint drew when the embedding was carried over to it."""
    job, shown = await interaction.client.studio.jobs.get(carried.job_id), []
    for number, picture in enumerate(job.pictures if job else ()):
        if picture.blob is None:
            continue
        preview = Preview(blob=picture.blob, alt=f"{carried.checkpoint}: {picture.recipe.prompt}")
        name = f"{carried.job_id}-{number}"
        if file := await _shown(interaction, preview, carried.checkpoint, policy, name):
            shown.append((file, preview.alt[:_ALT]))
    return shown


async def _shown(
    interaction: Interaction, preview: Preview, checkpoint: str, policy: Policy, name: str
) -> discord.File | None:
    """Make a file of a preview, if it is there and the policy lets it be shown."""
    studio = interaction.client.studio
    try:
        png = await studio.blobs.aget(preview.blob)
    except BlobMissing:
        return None
    known = await studio.gallery.of(interaction.guild_id)
    verdict = await studio.reviewer.judge(png, policy, preview.alt, checkpoint, known)
    return None if verdict.reasons else discord.File(io.BytesIO(png), f"{name}.png")
