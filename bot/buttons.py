"""Buttons and menus under messages: they live in their custom_ids and the records, and survive restarts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.language import Language
from bot.refusals import Refusal, answer_error
from moderation.told import Told
from storage.jobs import JobId


class JobButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"^dr:(?P<action>[a-z]+):(?P<job>[0-9a-f]{16})(?::(?P<index>[0-9]))?$",
):
    """A button that says what to do (`action`), with which job and, if it matters, which picture."""

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
        """Do what the button says; whoever pressed is told what goes wrong."""
        try:
            await _do(self.action, interaction, self.job_id, self.index)
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
        """Do what was chosen; whoever chose is told what goes wrong."""
        try:
            await _do(self.item.values[0], interaction, self.job_id, self.index)
        except Exception as error:
            await answer_error(interaction, error)


class CaseButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"^drv:(?P<action>[a-z]+):(?P<number>[0-9]{1,9})$",
):
    """A button about something that moderators decide, by the number of its review or suspension."""

    def __init__(self, button: ui.Button[Any], action: str, number: int) -> None:
        super().__init__(button)
        self.action = action
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the button back from a press."""
        assert isinstance(item, ui.Button)
        return cls(item, match["action"], int(match["number"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says; whoever pressed is told what goes wrong."""
        try:
            if (action := interaction.client.cases.get(self.action)) is None:
                raise Refusal(_UNKNOWN)
            await action(interaction, self.number)
        except Exception as error:
            await answer_error(interaction, error)


_UNKNOWN = Told("I do not know this button any more. Please make a new picture and press there.")


async def _do(name: str, interaction: discord.Interaction[Any], job_id: JobId, index: int | None) -> None:
    if (action := interaction.client.actions.get(name)) is None:
        raise Refusal(_UNKNOWN)
    await action(interaction, job_id, index)


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


def case_button(
    action: str,
    number: int,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> CaseButton:
    """Make a button about a review or a suspension for a message that is about to be sent."""
    return CaseButton(ui.Button(label=label, style=style, custom_id=f"drv:{action}:{number}"), action, number)


def job_menu(
    job_id: JobId, index: int, placeholder: str, choices: Sequence[discord.SelectOption], row: int | None
) -> JobMenu:
    """Make a menu for a message that is about to be sent; the values of its choices are actions."""
    menu: ui.Select[Any] = ui.Select(
        custom_id=f"drm:{job_id}:{index}", placeholder=placeholder, options=list(choices), row=row
    )
    return JobMenu(menu, job_id, index)


def view_of(items: Sequence[JobButton | JobMenu | CaseButton]) -> ui.View:
    """Put buttons and menus under a message, for as long as it is there."""
    view = ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def cancel_button(job_id: JobId, label: str) -> JobButton:
    """Make the button that stops a job: every job has it, even before there is a picture to act on."""
    return job_button("cancel", job_id, label=label)


def cancel_view(language: Language, job_id: JobId) -> ui.View:
    """Put that button under a job that waits or renders."""
    return view_of([cancel_button(job_id, language.say("Cancel"))])
