"""The bot itself: a discord.py client with its studio, its commands and its loops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import discord
import redis
from discord import app_commands

from bot.actions.delete import delete_crossed
from bot.actions.embeddings import EmbeddingButton
from bot.actions.rate import rate_by_reaction
from bot.actions.reopen import ReopenButton
from bot.actions.table import ACTIONS, CASES, FORMS
from bot.blob_links import blobs_served
from bot.buttons import CaseButton, JobButton, JobMenu
from bot.channels import INVITE_PERMISSIONS
from bot.commands.blend import blend
from bot.commands.checkpoint import checkpoint
from bot.commands.credits import credits
from bot.commands.describe import describe
from bot.commands.edit import edit
from bot.commands.embeddings import embeddings
from bot.commands.gallery import gallery
from bot.commands.help import show_help
from bot.commands.history import history
from bot.commands.imagine import imagine
from bot.commands.jobs import jobs
from bot.commands.mod import mod
from bot.commands.notebook import notebook
from bot.commands.policy import policy
from bot.commands.redraw import redraw
from bot.commands.report import report
from bot.commands.settings import settings as member_settings
from bot.commands.shorten import shorten
from bot.commands.show import show
from bot.commands.taste import taste
from bot.commands.train import train
from bot.delivery.carry_over import CarryingOver
from bot.delivery.delivery import Delivery
from bot.delivery.progress import ProgressBoard
from bot.delivery.reviews import ReviewDesk
from bot.delivery.upkeep import Upkeep
from bot.doctor import not_connected
from bot.identify import turn_to_identify
from bot.marks import look_at_marks, mark_changed
from bot.promises import begin, owed, settle
from bot.refusals import Refusal, answer_error
from bot.studio import Studio, StudioClient, open_studio, ready_to_judge
from bot.suspended import refuse_suspended
from bot.translator import Languages
from bot.trouble import tell_moderators
from moderation.told import Told
from storage.blobs import BlobStoreAway
from storage.connection import connect_async
from storage.database import DatabaseAway
from storage.farm_metrics import farm_metrics
from storage.heartbeat import Heartbeat, hangs_for_long
from storage.lease import Lease, bot_of
from storage.metrics_page import MetricsNotServed, metrics_page
from storage.settings import BotSettings, SettingsError
from storage.shards import ALL

log = logging.getLogger(__name__)


_HEEDED_SECONDS = 0.2
"""After so long, what goes on has not heeded that it is cancelled."""


class LoopEnded(RuntimeError):
    """The bot cannot go on and is to be started again; the message is a sentence for the operator."""


class Commands(app_commands.CommandTree["Darkroom"]):
    """The commands; whoever is suspended is served none but those that moderators need."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Say whether a command may run; if not, the member has been told why."""
        begin(interaction)
        data: Any = interaction.data
        if interaction.type is not discord.InteractionType.application_command or data["name"] in _FREE:
            return True
        try:
            await refuse_suspended(interaction)
        except Exception as error:
            await answer_error(interaction, error)
            return False
        return True


_FREE = ("mod", "policy")


class Darkroom(StudioClient):
    """The Discord side of a farm. No privileged intents: it reads commands and presses, never messages."""

    def __init__(self, studio: Studio) -> None:
        shards = studio.settings.shards
        super().__init__(
            studio,
            ACTIONS,
            CASES,
            FORMS,
            # Who looks after all leaves it to Discord how many there are.
            shard_ids=None if shards == ALL else sorted(shards.ids),
            shard_count=None if shards == ALL else shards.count,
            intents=discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )
        self.tree = Commands(self)
        self.tree.on_error = self._on_command_error  # type: ignore[method-assign]
        self._loops: asyncio.Task[None] | None = None
        self._has_told = False
        self.has_failed = False
        """Whether one of the loops ended by itself, without which members would wait for nothing."""

    async def setup_hook(self) -> None:
        """Register commands and buttons, and start the loops."""
        self.add_dynamic_items(JobButton, JobMenu, CaseButton, ReopenButton, EmbeddingButton)
        self.tree.add_command(imagine)
        self.tree.add_command(edit)
        self.tree.add_command(blend)
        self.tree.add_command(redraw)
        self.tree.add_command(describe)
        self.tree.add_command(shorten)
        self.tree.add_command(train)
        self.tree.add_command(jobs)
        self.tree.add_command(show)
        self.tree.add_command(history)
        self.tree.add_command(credits)
        self.tree.add_command(show_help)
        self.tree.add_command(policy)
        self.tree.add_command(checkpoint)
        self.tree.add_command(embeddings)
        self.tree.add_command(notebook)
        self.tree.add_command(member_settings)
        self.tree.add_command(taste)
        self.tree.add_command(mod)
        self.tree.add_command(report)
        self.tree.add_command(gallery)
        await self.tree.set_translator(Languages())
        if self.studio.settings.shards.owns(None):
            await self.tree.sync()
        self._settling = asyncio.create_task(settle(self, await owed(self)))
        self._loops = asyncio.create_task(self._run_loops())
        self._loops.add_done_callback(self.part_ended)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the turn of a shard, among those of all processes of the bot."""
        if self.studio.settings.shards.is_all:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await turn_to_identify(self.studio.redis_async, str(self.application_id))

    async def close(self) -> None:
        """Stop the loops, then leave Discord; what was not acknowledged is delivered after the next start."""
        if self._loops is not None:
            self._loops.cancel()
            await asyncio.gather(self._loops, return_exceptions=True)
        await super().close()

    async def on_ready(self) -> None:
        """Say that members may begin, where the bot is and how to invite it."""
        assert self.user is not None
        log.info("ready: type /imagine in a server")
        log.info("%s is in %d servers; invite it with %s", self.user, len(self.guilds), self.invite_url)
        for guild in self.guilds:
            await self.on_guild_available(guild)
        if not self._has_told:
            self._has_told = True
            await tell_moderators(self)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Handle the forms that members send; discord.py itself handles commands, buttons and menus."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: Any = interaction.data
        custom_id = str(data["custom_id"])
        try:
            if (take := self.forms.get(custom_id.partition(":")[0])) is None:
                raise Refusal(Told("I do not know this form any more. Please open it again."))
            await take(interaction, custom_id)
        except Exception as error:
            await answer_error(interaction, error)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        """Hear that somebody reacted to a message: a cross removes it, hearts and thumbs rate."""
        try:
            await delete_crossed(self, reaction)
            await rate_by_reaction(self, reaction)
        except (DatabaseAway, BlobStoreAway, redis.RedisError) as error:
            log.error("message %d: a reaction comes to nothing: %s", reaction.message_id, error)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """See which channels of a server got or lost Discord's age restriction while it was out of sight."""
        await self._look_at(*guild.channels)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """See which channels of a new server are age-restricted."""
        await self._look_at(*guild.channels)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """See whether a new channel is age-restricted."""
        await self._look_at(channel)

    async def _look_at(self, *channels: discord.abc.GuildChannel) -> None:
        try:
            await look_at_marks(self, channels)
        except DatabaseAway as error:
            log.error("channels that got or lost their age restriction are not noted: %s", error)

    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Hear that a channel gets or loses Discord's age restriction."""
        try:
            await mark_changed(self, before, after)
        except DatabaseAway as error:
            log.error("channel %d: its age restriction changed, and that is not noted: %s", after.id, error)

    @property
    def invite_url(self) -> str:
        """Give the link that adds the bot to a server with exactly the permissions that it needs."""
        return discord.utils.oauth_url(self.application_id or 0, permissions=INVITE_PERMISSIONS)

    async def _run_loops(self) -> None:
        board, heartbeat = ProgressBoard(self), Heartbeat(self.studio.settings.home, "bot", loops=5)
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(board.run(partial(heartbeat.beat, "progress")))
                loops.create_task(Delivery(self, board).run(partial(heartbeat.beat, "delivery")))
                loops.create_task(ReviewDesk(self).run(partial(heartbeat.beat, "reviews")))
                loops.create_task(CarryingOver(self).run(partial(heartbeat.beat, "carry_over")))
                loops.create_task(Upkeep(self, board).run(partial(heartbeat.beat, "upkeep")))
        finally:
            heartbeat.end()

    def part_ended(self, part: asyncio.Task[None]) -> None:
        """Stop the bot, since a part of it ended without being told to."""
        if part.cancelled():
            return
        log.critical("a loop of the bot ended; the bot stops", exc_info=part.exception())
        self.has_failed = True
        self._closing = asyncio.create_task(self.close())

    async def _on_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await answer_error(interaction, cause)


@contextlib.asynccontextmanager
async def _turn(settings: BotSettings, token: str) -> AsyncIterator[asyncio.Task[None]]:
    """Stand by while another bot with the token and some of the shards is at work; none is in the block.

    Gives the task that does so, which fails when another one took over all the same.
    """
    connection = connect_async(settings)
    lease = Lease(connection, bot_of(token), settings.shards)
    try:
        with contextlib.ExitStack() as standing:
            await lease.acquire(_standing_by(settings, standing))
        async with lease.kept() as keeper:
            yield keeper
    finally:
        await connection.aclose()


def _standing_by(settings: BotSettings, standing: contextlib.ExitStack) -> Callable[[], None]:
    """Say once that another one is at work, and give signs of life while this one waits.

    It is as ready as it can be: whoever updates the bot waits for that before the other one is stopped.
    """
    heartbeat, said = Heartbeat(settings.home, "bot"), False

    def wait() -> None:
        nonlocal said
        heartbeat.beat()
        if said:
            return
        said = True
        log.warning(
            "Another bot with this token%s is at work: this one stands by, and takes over from it.",
            "" if settings.shards.is_all else " and some of these shards, or another number of them,",
        )
        hangs = partial(hangs_for_long, settings.home, "bot")
        # Where both are on one machine, the address is the other one's.
        with contextlib.suppress(MetricsNotServed):
            standing.enter_context(metrics_page(settings.metrics_address, hangs, lambda: None))

    return wait


async def _served(client: discord.Client, token: str) -> None:
    """Serve until cancelled, for which one cancellation is enough.

    discord.py drops one that comes while a shard connects anew, and would go on.
    """
    serving = asyncio.create_task(client.start(token))
    try:
        await asyncio.shield(serving)
    finally:
        while not serving.done():
            serving.cancel()
            await asyncio.wait({serving}, timeout=_HEEDED_SECONDS)


async def run_bot(settings: BotSettings) -> None:
    """Log in and serve until cancelled.

    Raises SettingsError without a token, discord.LoginFailure on a wrong one, MetricsNotServed,
    BlobsNotServed, and LoopEnded.
    """
    if settings.discord_token is None:
        raise SettingsError("No token: set DARKROOM_DISCORD_TOKEN to your bot's token.")
    token = settings.discord_token.get_secret_value()
    # What takes long comes before this one's turn, and what touches the records after it.
    reviewer = await asyncio.to_thread(ready_to_judge, settings)
    async with (
        _turn(settings, token) as lease,
        open_studio(settings, reviewer) as studio,
        blobs_served(settings, studio.blobs),
        Darkroom(studio) as client,
    ):
        lease.add_done_callback(client.part_ended)
        hangs = partial(hangs_for_long, settings.home, "bot")
        try:
            with (
                farm_metrics(settings),
                metrics_page(settings.metrics_address, hangs, partial(not_connected, client)),
            ):
                await _served(client, token)
        except Exception:
            # A client that is closed while it connects fails over that; what closed it is told below.
            if not client.has_failed:
                raise
        if client.has_failed:
            raise LoopEnded("The bot stopped, because a part of it did; the log says which and why.")
