"""Carries published words over to the checkpoint of their server, a few at a time, and tells what fails."""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Callable, Sequence

import aiohttp
import discord
import redis
from PIL import Image

from bot.carry_over import advance, may_begin
from bot.language import ENGLISH, of_server
from bot.pictures import reviewed
from bot.studio import StudioClient
from bot.wording import escape
from moderation.policy import SFW
from moderation.told import Told
from storage.blobs import BlobMissing, BlobStoreAway
from storage.carry_over import LEAST_LIKENESS
from storage.database import DatabaseAway
from storage.errors import reason_of
from storage.farm import workers
from storage.records.carry_over import CarryOver, State, Wanted
from storage.records.embeddings import EmbeddingRecord
from storage.training import Train
from tasks.carry_over import side_by_side

log = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two rounds."""
AT_ONCE = 2
"""Words of the whole farm that are carried over at a time."""
_LATER = 300.0
"""Seconds until it is looked again at a word that cannot be carried over yet."""
_TRANSIENT = (discord.DiscordServerError, aiohttp.ClientError, OSError, TimeoutError, BlobStoreAway)


class CarryingOver:
    """The rounds. Every round may be repeated, and cut short: how far each word is, the records say."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client
        self._studio = client.studio
        self._later: dict[Wanted, float] = {}

    async def run(self, went_round: Callable[[], None] = lambda: None) -> None:
        """Make rounds until cancelled; tell after each."""
        while True:
            went_round()
            try:
                await self.round()
            except (DatabaseAway, redis.RedisError, *_TRANSIENT) as error:
                log.warning("words are carried over later: %s", reason_of(error))
            except Exception:
                log.exception("a round failed; the next one comes all the same")
            await asyncio.sleep(INTERVAL)

    async def round(self) -> None:
        """See to what is under way, tell what failed, and begin with others.

        Of several processes of a bot the one with the first shard has it done, and that of the word's server
        tells.
        """
        records, shards = self._studio.carry_overs, self._studio.settings.shards
        for each in await records.untold():
            record = await self._studio.embeddings.get(each.embedding_id)
            if shards.owns(record.server_id if record else None):
                await self._tell(each, record)
        if not shards.owns(None):
            return
        await self._begin(AT_ONCE - len(await records.begun()))
        for each in await records.begun():
            await advance(self._studio, each, self._client.results)

    async def _begin(self, room: int) -> None:
        wanted = await self._studio.carry_overs.wanted(self._studio.settings.default_checkpoint)
        now = time.monotonic()
        due = [each for each in wanted if self._later.get(each, 0.0) <= now]
        if not due or room <= 0:
            return
        cards = await asyncio.to_thread(workers, self._studio.redis)
        live = {name for card in cards for name in card.checkpoints}
        for each in due:
            if room > 0 and await may_begin(self._studio, each, live):
                await self._studio.carry_overs.begin(each.embedding_id, each.checkpoint)
                room -= 1
            elif room > 0:
                self._later[each] = now + _LATER

    async def _tell(self, each: CarryOver, record: EmbeddingRecord | None) -> None:
        """Tell the author of a word that its checkpoint goes on drawing it, if they take messages."""
        if record is not None:
            guild = self._client.get_guild(record.server_id)
            words = (of_server(guild) if guild else ENGLISH).of(_said(record, each))
            where = f"\n-# {discord.utils.escape_markdown(guild.name)}" if guild else ""
            sheet = await self._sheet(each, record.server_id)
            try:
                author = await self._client.fetch_user(record.owner_id)
                await (await author.create_dm()).send(
                    f"{words}{where}",
                    file=discord.File(io.BytesIO(sheet), f"{record.name}.png", description=record.name)
                    if sheet
                    else discord.utils.MISSING,
                    nonce=f"carry-{each.job_id}",
                )
            except (discord.NotFound, discord.Forbidden) as error:
                log.info("member %d takes no direct message: %s", record.owner_id, error)
        await self._studio.carry_overs.mark_told(each.job_id)

    async def _sheet(self, each: CarryOver, server_id: int) -> bytes | None:
        """Give what a word drew, and what it would draw, in one picture, as far as both may be seen."""
        training = await self._studio.jobs.get(each.job_id)
        if training is None or each.state is State.FAILED:
            return None
        task = training.job.task
        assert isinstance(task, Train)
        assert task.before is not None
        try:
            after = (await reviewed(self._studio, training, SFW)).files
            before = [await self._studio.blobs.aget(drawn.image) for drawn in task.before.drawn]
        except BlobMissing:
            return None
        gallery = await self._studio.gallery.of(server_id)
        for drawn, png in zip(task.before.drawn, before, strict=True):
            judge = self._studio.reviewer.judge
            verdict = await judge(png, SFW, drawn.prompt, task.before.checkpoint, gallery)
            if verdict.reasons:
                return None
        return await asyncio.to_thread(_beside, before, after)


def _said(record: EmbeddingRecord, each: CarryOver) -> Told:
    fields = {"word": escape(record.name), "checkpoint": escape(each.checkpoint)}
    if each.state is State.FAILED:
        return Told(
            "Your server draws with {checkpoint} now, and your word {word} could not be carried over to it: "
            "{why} The checkpoint that it was made for goes on drawing it.",
            why=each.failure or "",
            **fields,
        )
    return Told(
        "Your server draws with {checkpoint} now, and your word {word} was trained for it, but comes out too "
        "different: {share:.0f} % of its likeness is left, and {least:.0f} % are wanted. So the checkpoint "
        "that it was made for goes on drawing it. In the picture, what it drew is above, and what "
        "{checkpoint} makes of it below.",
        share=100 * (each.likeness or 0.0),
        least=100 * LEAST_LIKENESS,
        **fields,
    )


def _beside(before: Sequence[bytes], after: Sequence[bytes]) -> bytes:
    def opened(png: bytes) -> Image.Image:
        return Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB")

    side_by_side([*map(opened, before)], [*map(opened, after)]).save(file := io.BytesIO(), "PNG")
    return file.getvalue()
