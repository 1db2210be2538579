"""What the commands, buttons and deliveries of one bot share: records, queue, blobs and the client."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import discord
import redis
from redis.asyncio import Redis as AsyncRedis

from bot.checkpoints import KnownCheckpoints
from bot.review import Reviewer
from bot.together import Together
from moderation.judge import read_lists, take_names
from storage.blobs import Blobs
from storage.connection import connect, connect_async
from storage.database import Database
from storage.events import results_of
from storage.farm import Wait, expected_waits, most_pixels_of
from storage.intake.cleaner import Cleaner
from storage.jobs import Job, JobId
from storage.queue import JobQueue
from storage.records.audit import AuditRecords
from storage.records.carry_over import CarryOverRecords
from storage.records.consents import ConsentRecords
from storage.records.defaults import DefaultsRecords
from storage.records.embeddings import EmbeddingRecords
from storage.records.gallery import GalleryRecords
from storage.records.jobs import JobRecord, JobRecords
from storage.records.ledger import Ledger
from storage.records.lineage import Lineage
from storage.records.marks import MarkRecords
from storage.records.notebook import NotebookRecords
from storage.records.open_jobs import OpenJobs
from storage.records.policies import PolicyRecords
from storage.records.promises import PromiseRecords
from storage.records.reviews import ReviewRecords
from storage.records.showings import Showings
from storage.records.shown_words import ShownWords
from storage.records.suspensions import SuspensionRecords
from storage.records.taste import TasteRecords
from storage.redis_trouble import trouble_of, write_and_read
from storage.served import served
from storage.settings import BotSettings

_MOST_ARRIVING = 6
_MOST_TAKEN = 8


@dataclass(slots=True)
class Studio:
    """The storage room as the bot uses it. RQ is synchronous: call `queue` from a thread."""

    settings: BotSettings
    jobs: JobRecords
    open_jobs: OpenJobs
    ledger: Ledger
    policies: PolicyRecords
    marks: MarkRecords
    embeddings: EmbeddingRecords
    carry_overs: CarryOverRecords
    lineage: Lineage
    shown_words: ShownWords
    notebook: NotebookRecords
    defaults: DefaultsRecords
    taste: TasteRecords
    gallery: GalleryRecords
    reviews: ReviewRecords
    suspensions: SuspensionRecords
    consents: ConsentRecords
    showings: Showings
    promises: PromiseRecords
    audit: AuditRecords
    redis: redis.Redis
    redis_async: AsyncRedis
    queue: JobQueue
    blobs: Blobs
    reviewer: Reviewer
    cleaner: Cleaner
    checkpoints: KnownCheckpoints = field(default_factory=KnownCheckpoints)
    arriving: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_ARRIVING))
    """Limits how many of members' pictures are fetched or cleaned at once: each may be two files of 12 MB."""
    taking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_TAKEN))
    """Limits how many jobs are judged and recorded at once."""
    marking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Looks at one change of a channel's age restriction after another, as they came."""
    reviews_changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set where a review was opened or decided, so that nobody waits for the next round of the desk."""
    waits: Together[Job, Wait] = field(init=False)
    """Estimates the waits of jobs that are about to be enqueued. Raises `redis.RedisError`."""
    most_pixels: Together[str, int | None] = field(init=False)
    """Says how large a picture may be with a checkpoint, as `most_pixels_of` does."""

    def __post_init__(self) -> None:
        self.waits = Together(self._waits)
        self.most_pixels = Together(partial(most_pixels_of, self.redis))

    def _waits(self, jobs: Sequence[Job]) -> Sequence[Wait]:
        write_and_read(self.redis)
        return expected_waits(self.redis, self.queue, jobs)

    async def learn_checkpoints(self) -> None:
        """Hear which checkpoints the farm serves. Raises `redis.RedisError`."""
        self.checkpoints.learn(await asyncio.to_thread(served, self.redis))


def ready_to_judge(settings: BotSettings) -> Reviewer:
    """Load the detectors and read the lists, which takes seconds. Raises ListError."""
    take_names(settings.names)
    read_lists()
    return Reviewer.load()


@contextlib.asynccontextmanager
async def open_studio(settings: BotSettings, reviewer: Reviewer | None = None) -> AsyncIterator[Studio]:
    """Open the records, the queue and the blobs that the settings name; close them in the end.

    Records of an earlier version are brought up to date, so no bot of that one may be at work.
    """
    if reviewer is None:
        reviewer = await asyncio.to_thread(ready_to_judge, settings)
    database = await Database.open(settings.database_address)
    # A member waits for what the queue says, and the loops try again by themselves.
    connection, connection_async = connect(settings, patience=0.5), connect_async(settings)
    cleaner = Cleaner()
    try:
        studio = _studio(settings, reviewer, cleaner, database, connection, connection_async)
        # A member may type before the first round of the upkeep; while Redis is away, that one tries again.
        try:
            await studio.learn_checkpoints()
        except redis.RedisError as error:
            studio.checkpoints.trouble = trouble_of(error)
        yield studio
    finally:
        await cleaner.aclose()
        await connection_async.aclose()
        connection.close()
        await database.close()


def _studio(
    settings: BotSettings,
    reviewer: Reviewer,
    cleaner: Cleaner,
    database: Database,
    connection: redis.Redis,
    connection_async: AsyncRedis,
) -> Studio:
    """Fit a studio together over open connections. Raises `BlobStoreAway`."""
    ledger = Ledger(database, settings.allowance, settings.grants)
    return Studio(
        settings=settings,
        cleaner=cleaner,
        jobs=JobRecords(database, ledger),
        open_jobs=OpenJobs(database),
        ledger=ledger,
        policies=PolicyRecords(database),
        marks=MarkRecords(database),
        embeddings=EmbeddingRecords(database),
        carry_overs=CarryOverRecords(database),
        lineage=Lineage(database),
        shown_words=ShownWords(database),
        notebook=NotebookRecords(database),
        defaults=DefaultsRecords(database),
        taste=TasteRecords(database),
        gallery=GalleryRecords(database),
        reviews=ReviewRecords(database),
        suspensions=SuspensionRecords(database),
        consents=ConsentRecords(database),
        showings=Showings(database),
        promises=PromiseRecords(database),
        audit=AuditRecords(database),
        redis=connection,
        redis_async=connection_async,
        queue=JobQueue(connection),
        blobs=Blobs.open(settings),
        reviewer=reviewer,
    )


def job_id_of(token: str, place: int = 0) -> JobId:
    """Give the id of the job that an interaction becomes, or of the one at a place if it becomes several.

    It follows from the token: an interaction that is delivered twice becomes the same jobs.
    """
    return hashlib.sha256(f"{token}:{place}".encode() if place else token.encode()).hexdigest()[:16]


class StudioClient(discord.AutoShardedClient):
    """A discord.py client with its studio, and with what its buttons, menus and forms do.

    `actions` are called by name with the press, the job and the index of a picture, and `cases` with the
    press and the number of a review or a suspension; `forms` handle what a member filled in, by how the
    form's custom_id begins, up to the first colon.
    """

    def __init__(
        self,
        studio: Studio,
        actions: Mapping[str, Action],
        cases: Mapping[str, CaseAction],
        forms: Mapping[str, Form],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.studio = studio
        self.actions = actions
        self.cases = cases
        self.forms = forms

    @property
    def results(self) -> str:
        """Name the stream that takes the results of what members ask here; known once it has logged in."""
        return results_of(self.application_id or 0, self.studio.settings.shards)

    def answer_of(self, record: JobRecord) -> discord.Webhook:
        """Give the interaction's own webhook, which edits its answer without permissions in the channel."""
        return discord.Webhook.partial(self.application_id or 0, record.origin.token or "", client=self)

    def answer_id(self, record: JobRecord) -> int:
        """Give the id of the message about a job, or Discord's word for an interaction's answer.

        Where the id was never learnt, that is the message of the interaction's first job; no message is 0.
        """
        if record.message_id is not None:
            return record.message_id
        return ORIGINAL if record.job.id == job_id_of(record.origin.token or "") else 0


Interaction: TypeAlias = "discord.Interaction[StudioClient]"
Press: TypeAlias = Interaction
"""An interaction of somebody who pressed a button or chose from a menu."""
Action: TypeAlias = Callable[[Press, JobId, int | None], Awaitable[None]]
CaseAction: TypeAlias = Callable[[Press, int], Awaitable[None]]
Form: TypeAlias = Callable[[Interaction, str], Awaitable[None]]

ORIGINAL: Any = "@original"
"""Discord's word for the id of an interaction's answer."""
