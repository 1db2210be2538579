"""The desk: brings open cases to the moderators' channel, and does and tells what was decided."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import aiohttp
import discord

from bot import wording
from bot.actions.under_picture import picture_view
from bot.cards import card_of
from bot.channels import channel_now, standing_of
from bot.language import ENGLISH, Language, of_server
from bot.pictures import picture_file, reviewed
from bot.removal import delete_unneeded, remove_pictures
from bot.studio import StudioClient
from moderation.refused import FLOOR
from moderation.told import Told
from storage.blobs import BlobMissing, BlobStoreAway
from storage.database import DatabaseAway
from storage.errors import reason_of
from storage.records.consents import Consent
from storage.records.jobs import JobRecord
from storage.records.reviews import Kind, Review, State
from storage.records.showings import Showing

log = logging.getLogger(__name__)

INTERVAL = 3.0
"""Seconds between two rounds when nothing happens."""
_LEFT_ALONE = 300.0
"""Seconds until what failed is tried again."""
_TRANSIENT = (discord.DiscordServerError, aiohttp.ClientError, OSError, TimeoutError, BlobStoreAway)
_NONCE = "review-{what}-{number}"
_NOT_POSTED = Told(
    "A moderator looked at a picture that waited here, and it is not posted. It cost you nothing."
)
_STAYS_BACK = Told("A moderator looked at your picture that was kept back here, and it stays kept back.")


class ReviewDesk:
    """The rounds. Every round may be repeated, and cut short: a case is done with when the records say so."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client
        self._studio = client.studio
        self._closed: dict[int, float] = {}
        self._failed: dict[int, float] = {}
        """Until when channels that took no card, and cases that failed, are left alone."""
        self._follows: Mapping[Kind, Callable[[Review], Awaitable[None]]] = {
            Kind.REPORT: self._after_report,
            Kind.EMBEDDING: self._after_embedding,
            Kind.HELD: self._after_held,
            Kind.WITHHELD: self._after_held,
            Kind.ATTEMPT: self._after_words,
            Kind.APPEAL: self._after_words,
            Kind.CONSENT: self._after_consent,
            Kind.SUSPENSION: self._after_suspension,
        }

    async def run(self, went_round: Callable[[], None] = lambda: None) -> None:
        """Make rounds until cancelled, at once where something changed; tell after each."""
        changed = self._studio.reviews_changed
        while True:
            went_round()
            changed.clear()
            try:
                await self.round()
            except DatabaseAway as error:
                log.warning("the records cannot be read: %s", reason_of(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), INTERVAL)

    async def round(self) -> None:
        """Send the cards that are missing, and see to what was decided. Raises DatabaseAway."""
        shards = self._studio.settings.shards
        for review, channel_id in await self._studio.reviews.without_card(shards):
            await self._try(review, partial(self._send_card, review, channel_id))
        for review in await self._studio.reviews.untold(shards):
            await self._try(review, partial(self._finish, review))

    async def _try(self, review: Review, work: Callable[[], Awaitable[None]]) -> None:
        """Do something that a later round may do again; one case that fails hinders no other."""
        if time.monotonic() < self._failed.get(review.id, 0.0):
            return
        try:
            await work()
        except DatabaseAway:
            raise
        except _TRANSIENT as error:
            log.warning("review %d waits: %s", review.id, reason_of(error))
        except Exception:
            log.exception("review %d: a round failed", review.id)
            self._failed[review.id] = time.monotonic() + _LEFT_ALONE

    async def _send_card(self, review: Review, channel_id: int) -> None:
        if time.monotonic() < self._closed.get(channel_id, 0.0):
            return
        card = await card_of(self._studio, self._language(review), review)
        channel = self._client.get_partial_messageable(channel_id, guild_id=review.case.server_id)
        try:
            message = await channel.send(
                card.content,
                view=card.view or discord.utils.MISSING,
                file=card.file or discord.utils.MISSING,
                # Another kind of case, or another channel, is another card.
                nonce=f"c{review.id}-{review.case.kind[:2]}-{channel_id % 10**9}",
                suppress_embeds=True,
            )
        except (discord.NotFound, discord.Forbidden) as error:
            log.warning("channel %d takes no cards, `/mod channel` names another: %s", channel_id, error)
            self._closed[channel_id] = time.monotonic() + _LEFT_ALONE
            return
        await self._studio.reviews.set_card(review, channel_id, message.id)

    async def _finish(self, review: Review) -> None:
        """Do what follows from a decision, mark its card, and note that all of it is done."""
        await self._follows[review.case.kind](review)
        await self._mark_card(review)
        if review.case.job_id is not None and review.state is State.REJECTED:
            await delete_unneeded(self._studio, review.case.job_id)
        await self._studio.reviews.mark_told(review.id)

    async def _mark_card(self, review: Review) -> None:
        if review.card_channel_id is None or review.card_message_id is None:
            return
        channel = self._client.get_partial_messageable(review.card_channel_id)
        card = await card_of(self._studio, self._language(review), review)
        with contextlib.suppress(discord.NotFound, discord.Forbidden):
            await channel.get_partial_message(review.card_message_id).edit(
                content=card.content, attachments=[], view=None
            )

    async def _after_report(self, review: Review) -> None:
        case = review.case
        assert case.job_id is not None, "only pictures are reported"
        if review.state is State.REJECTED:
            reported = Showing(case.channel_id, case.message_id or 0)
            await remove_pictures(self._client, case.job_id, reported)
            said = Told("Moderators have looked at the picture that you reported, and removed it. Thank you.")
            await self._tell(
                review, case.member_id, Told("A moderator removed a picture of yours, after a report.")
            )
        else:
            said = Told(
                "Moderators have looked at the picture that you reported, and leave it where it is. "
                "Thank you."
            )
        for report in await self._studio.reviews.reports(review.id):
            await self._tell(review, report.member_id, said)

    async def _after_embedding(self, review: Review) -> None:
        case = review.case
        name = discord.utils.escape_markdown(str(case.about["name"]))
        if review.state is State.REJECTED:
            await self._studio.embeddings.withdraw(case.about["embedding"])
            gone = Told("A moderator withdrew your embedding {name}, after a report.", name=name)
            await self._tell(review, case.member_id, gone)
            said = Told(
                "Moderators have looked at the embedding {name} that you reported, and withdrew it. "
                "Thank you.",
                name=name,
            )
        else:
            said = Told(
                "Moderators have looked at the embedding {name} that you reported, and it stays. Thank you.",
                name=name,
            )
        for report in await self._studio.reviews.reports(review.id):
            await self._tell(review, report.member_id, said)

    async def _after_held(self, review: Review) -> None:
        """Post a held picture, or say that it is not posted.

        What a held picture costs is decided here and nowhere else: nothing, posted or not. Its job was told
        about it before, and charged for what was shown then.
        """
        case = review.case
        record = await self._studio.jobs.get(case.job_id or "")
        if record is None or case.index is None:
            return
        language = wording.language_of(record)
        if review.state is State.REJECTED and review.decided_by == case.member_id:
            return  # whose picture it is has withdrawn it
        if review.state is State.REJECTED:
            no = _STAYS_BACK if case.kind is Kind.WITHHELD else _NOT_POSTED
            if record.origin.manner.is_secret:
                await self._tell(review, case.member_id, no)
            else:
                await self._say_there(review, language, no)
            return
        if not await self._post(review, record, case.index):
            gone = Told(
                "A moderator approved a picture of yours, but it cannot be posted any more: its channel or "
                "the picture is gone, or the channel's policy has changed. It cost you nothing."
            )
            await self._tell(review, case.member_id, gone)

    async def _post(self, review: Review, record: JobRecord, index: int) -> bool:
        """Post a picture where it was asked for, as the channel's policy wants now; False if it cannot be.

        What is for nobody but its member comes in a direct message.
        """
        language, secret = wording.language_of(record), record.origin.manner.is_secret
        if (channel := await channel_now(self._client, review.case.channel_id)) is None:
            return False
        standing = await standing_of(self._studio, channel, review.case.member_id)
        policy = standing.in_direct_messages if secret else standing.policy
        try:
            pictures = await reviewed(self._studio, record, policy, [index])
        except BlobMissing:
            return False
        if not pictures.shown:
            return False
        guild = self._client.get_guild(review.case.server_id)
        limit = guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        settings = wording.settings(language, record.pictures[index].recipe)
        try:
            there = await self._directly_to(review.case.member_id) if secret else channel
            message = await there.send(
                wording.fit(f"{wording.addressed(pictures.said)}\n-# {settings}"),
                file=await picture_file(language, pictures, limit),
                view=picture_view(language, record.job, index),
                nonce=_NONCE.format(what="post", number=review.id),
                suppress_embeds=True,
                allowed_mentions=discord.AllowedMentions(users=[discord.Object(review.case.member_id)]),
            )
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("channel %d takes no pictures: %s", review.case.channel_id, error)
            return False
        shown = message.channel.id, message.id, review.case.member_id
        await self._studio.showings.add(record.job.id, [index], *shown)
        return True

    async def _after_words(self, review: Review) -> None:
        case, by = review.case, review.decided_by
        is_mistake = review.state is State.APPROVED
        if is_mistake and by is not None and FLOOR & set(case.about.get("rules", ())):
            # A case from before its reasons were part of its key has the key of its words alone.
            words = case.about.get("words", case.key)
            await self._studio.suspensions.forgive(words, case.server_id, by)
        where = f"<#{case.channel_id}>"
        if is_mistake:
            said = Told(
                "A moderator read the words that were refused in {channel}: you may have them drawn. Please "
                "ask for the same picture there again.",
                channel=where,
            )
        elif case.kind is Kind.APPEAL:
            said = Told(
                "A moderator read the words that were refused in {channel}: they stay refused.", channel=where
            )
        else:
            return
        await self._tell(review, case.member_id, said)

    async def _after_consent(self, review: Review) -> None:
        case, by, name = review.case, review.decided_by, str(review.case.about["name"])
        shown = discord.utils.escape_markdown(name)
        if review.state is State.APPROVED and by is not None:
            consent = Consent(case.server_id, case.member_id, name)
            await self._studio.consents.give(consent, by, f"review:{review.id}")
            said = Told(
                "A moderator confirmed that you are {name}: you may have yourself drawn by name now, and "
                "nobody else may. `/policy consent` with `end` takes that back.",
                name=shown,
            )
        else:
            said = Told("A moderator did not confirm that you are {name}: it stays refused.", name=shown)
        await self._tell(review, case.member_id, said)

    async def _after_suspension(self, review: Review) -> None:
        case, by = review.case, review.decided_by
        if review.state is State.APPROVED and by is not None:
            await self._studio.suspensions.lift(case.server_id, case.member_id, by)
            said = Told("A moderator ended your suspension.")
        else:
            said = Told("A moderator looked at your suspension, and it stays.")
        await self._tell(review, case.member_id, said)

    async def _tell(self, review: Review, member_id: int, said: Told) -> None:
        """Send a direct message; whoever takes none, or has left, is told nothing."""
        try:
            dm = await self._directly_to(member_id)
            guild = self._client.get_guild(review.case.server_id)
            words = self._language(review).of(said)
            where = f"-# {discord.utils.escape_markdown(guild.name)}" if guild else ""
            await dm.send(
                f"{words}\n{where}",
                nonce=_NONCE.format(what=member_id % 10**6, number=review.id),
            )
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("member %d takes no direct message: %s", member_id, error)

    async def _directly_to(self, member_id: int) -> discord.DMChannel:
        """Open the direct messages of a member. Raises discord.NotFound, discord.Forbidden."""
        return await (await self._client.fetch_user(member_id)).create_dm()

    async def _say_there(self, review: Review, language: Language, said: Told) -> None:
        """Say something in the channel that a case is about, to its member; else in a direct message."""
        channel, member = await channel_now(self._client, review.case.channel_id), review.case.member_id
        try:
            if channel is not None:
                await channel.send(
                    f"<@{member}> {language.of(said)}",
                    nonce=_NONCE.format(what="no", number=review.id),
                    allowed_mentions=discord.AllowedMentions(users=[discord.Object(member)]),
                )
                return
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("channel %d: nothing can be said there: %s", review.case.channel_id, error)
        await self._tell(review, member, said)

    def _language(self, review: Review) -> Language:
        guild = self._client.get_guild(review.case.server_id)
        return of_server(guild) if guild else ENGLISH
