"""The buttons and menus under messages: they live in their custom_ids and the database, past any restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import discord
from discord import ui

from bot.refusals import answer_error
from moderation.prompt_language.explanation import has_syntax
from moderation.prompt_language.parse import parse
from storage.jobs import Imagine, Job, JobId, Upscale
from tasks.outpaint import Growth
from tasks.presets import Distance

if TYPE_CHECKING:
    from bot.client import Darkroom

Press: TypeAlias = "discord.Interaction[Darkroom]"
Action: TypeAlias = Callable[[Press, str, int | None], Awaitable[None]]


class JobButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"^dr:(?P<action>[a-z]+):(?P<job>[0-9a-f]{16})(?::(?P<index>[0-9]))?$",
):
    """A button that says what to do (`action`), with which job and, where it matters, which picture."""

    def __init__(self, button: ui.Button[Any], action: str, job_id: JobId, index: int | None) -> None:
        super().__init__(button)
        self.action = action
        self.job_id = job_id
        self.index = index

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the button back from a press."""
        assert isinstance(item, ui.Button)
        index = match["index"]
        return cls(item, match["action"], match["job"], None if index is None else int(index))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says; what goes wrong is told to the member who pressed."""
        try:
            await interaction.client.actions[self.action](interaction, self.job_id, self.index)
        except Exception as error:
            await answer_error(interaction, error)


class JobMenu(
    ui.DynamicItem[ui.Select[Any]],
    template=r"^drm:(?P<job>[0-9a-f]{16}):(?P<index>[0-9])$",
):
    """A menu of what can be done with one picture of a job: the value of a choice is an action."""

    def __init__(self, menu: ui.Select[Any], job_id: JobId, index: int) -> None:
        super().__init__(menu)
        self.job_id = job_id
        self.index = index

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the menu back from a choice."""
        assert isinstance(item, ui.Select)
        return cls(item, match["job"], int(match["index"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was chosen; what goes wrong is told to the member who chose."""
        try:
            await interaction.client.actions[self.item.values[0]](interaction, self.job_id, self.index)
        except Exception as error:
            await answer_error(interaction, error)


def job_button(
    action: str,
    job_id: JobId,
    index: int | None = None,
    *,
    label: str | None = None,
    emoji: str | None = None,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    row: int | None = None,
) -> JobButton:
    """Make a button for a message that is about to be sent."""
    custom_id = f"dr:{action}:{job_id}" + ("" if index is None else f":{index}")
    return JobButton(
        ui.Button(label=label, emoji=emoji, style=style, row=row, custom_id=custom_id), action, job_id, index
    )


def cancel_view(job_id: JobId) -> ui.View:
    """The button under a job that waits or renders."""
    return _view([job_button("cancel", job_id, label="Cancel")])


def pictures_view(job: Job, shown: Sequence[int]) -> ui.View:
    """The buttons under a job's answer; `shown` are the indices of the pictures that were posted."""
    if isinstance(job.task, Upscale):
        return larger_view(job.id, shown[0]) if shown else _view([_delete(job.id)])
    if not shown:
        return _view([_reroll(job.id), _delete(job.id)])
    return picture_view(job, shown[0]) if job.task.pictures == 1 else grid_view(job, shown)


def grid_view(job: Job, shown: Sequence[int]) -> ui.View:
    """U: that picture alone. V: variations of it, subtle and strong. Then reroll and the like."""
    buttons = [_reroll(job.id, row=3), *_explain(job, row=3), *_ranks(job, row=3), _delete(job.id, row=3)]
    for place, index in enumerate(shown, start=1):
        buttons.append(
            job_button("show", job.id, index, label=f"U{place}", style=discord.ButtonStyle.primary, row=0)
        )
        buttons.append(job_button(Distance.SUBTLE, job.id, index, label=f"V{place} subtle", row=1))
        buttons.append(job_button(Distance.STRONG, job.id, index, label=f"V{place} strong", row=2))
    return _view(buttons)


def picture_view(job: Job, index: int) -> ui.View:
    """The buttons under a single picture."""
    return _view(
        [
            job_button(Distance.SUBTLE, job.id, index, label="Vary subtle", row=0),
            job_button(Distance.STRONG, job.id, index, label="Vary strong", row=0),
            _reroll(job.id, index, row=0),
            _again(job.id, index, row=0),
            *_upscales(job.id, index, row=1),
            _faces(job.id, index, row=1),
            _edit(job.id, index, row=1),
            _outpaint(job.id, index, row=2),
            _describe(job.id, index, row=3),
            *_explain(job, row=3),
            *_ranks(job, row=3),
            _delete(job.id, row=3),
        ]
    )


def larger_view(job_id: JobId, index: int) -> ui.View:
    """The buttons under a picture that was made larger."""
    return _view(
        [
            *_upscales(job_id, index, row=0),
            _faces(job_id, index, row=0),
            _edit(job_id, index, row=0),
            _outpaint(job_id, index, row=1),
            _describe(job_id, index, row=2),
            _again(job_id, index, row=2),
            _delete(job_id, row=2),
        ]
    )


def description_view(job_id: JobId, *, has_prompt: bool) -> ui.View:
    """The buttons under what a picture shows."""
    imagine = job_button("imagine", job_id, label="Imagine this", style=discord.ButtonStyle.primary)
    return _view([*([imagine] if has_prompt else []), _delete(job_id)])


def _upscales(job_id: JobId, index: int, row: int) -> list[JobButton]:
    labels = {"twice": "2x", "fourfold": "4x", "detail": "Detail 2x"}
    return [job_button(action, job_id, index, label=label, row=row) for action, label in labels.items()]


def _faces(job_id: JobId, index: int, row: int) -> JobButton:
    return job_button("faces", job_id, index, label="Faces", row=row)


def _edit(job_id: JobId, index: int, row: int) -> JobButton:
    return job_button("edit", job_id, index, label="Edit", row=row)


def _describe(job_id: JobId, index: int, row: int) -> JobButton:
    return job_button("describe", job_id, index, label="Describe", row=row)


def _outpaint(job_id: JobId, index: int, row: int) -> JobMenu:
    choices = [discord.SelectOption(label=growth.label, value=growth) for growth in Growth]
    menu: ui.Select[Any] = ui.Select(
        custom_id=f"drm:{job_id}:{index}", placeholder="Outpaint …", options=choices, row=row
    )
    return JobMenu(menu, job_id, index)


def _reroll(job_id: JobId, index: int | None = None, row: int | None = None) -> JobButton:
    return job_button("reroll", job_id, index, label="Reroll", emoji="🔁", row=row)


def _again(job_id: JobId, index: int, row: int) -> JobButton:
    return job_button("again", job_id, index, label="Same again", row=row)


def _explain(job: Job, row: int | None = None) -> list[JobButton]:
    """Nothing where a prompt is only words: those were read as they stand there."""
    if not isinstance(job.task, Imagine) or not has_syntax(parse(job.task.prompt)):
        return []
    return [job_button("explain", job.id, label="How was it read?", row=row)]


def _ranks(job: Job, row: int | None = None) -> list[JobButton]:
    """Nothing where all pictures are shown that were made."""
    if not isinstance(job.task, Imagine) or job.task.best is None:
        return []
    return [job_button("ranks", job.id, label="How were they ranked?", row=row)]


def _delete(job_id: JobId, row: int | None = None) -> JobButton:
    return job_button("delete", job_id, label="Delete", emoji="🗑️", style=discord.ButtonStyle.danger, row=row)


def _view(items: Sequence[JobButton | JobMenu]) -> ui.View:
    view = ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view
