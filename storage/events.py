"""What a worker reports: progress while it works (lossy), and the result when it is done (durable)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import redis
import redis.asyncio
from pydantic import ConfigDict, Field, PositiveInt, TypeAdapter, ValidationError, model_validator

from moderation.bodies import Body, Goof
from moderation.findings import Findings
from moderation.told import Told
from moderation.verdict import Verdict
from storage.attempts import attempts_key
from storage.carry_over import Likeness
from storage.clip_vector import ClipVector
from storage.jobs import Job, JobId
from storage.recipe import AnyRecipe
from storage.sentences import Sent
from storage.shards import ALL, Shards
from storage.signing import WrongSignature, signer_of
from storage.values import Travelling
from storage.versions import recognising_news

log = logging.getLogger(__name__)

BOT_RESULTS = "darkroom:results:bot"
"""The stream that bots of earlier versions share; `results_of` names that of each."""
PROGRESS = "darkroom:progress"

_REPLY_SECONDS = 60 * 60
_PUBLISHED_SECONDS = 7 * 24 * 60 * 60
"""How long a second result of the same job is recognised. RQ's last retry is over long before that."""
_BLOCK_MS = 5_000


class Progress(Travelling):
    """How far a job is: `step` of `steps` over all its pictures.

    `reply_to` is the stream of its result; earlier workers leave it out. `again` says that some came out as
    the policy does not allow, and are made another time. `preview` is a small JPEG of them side by side;
    base64 in JSON.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    job_id: JobId
    reply_to: str = ""
    step: int
    steps: int
    again: bool = False
    preview: bytes | None = None


class Scores(Travelling):
    """The scores by which a picture was ranked among the others of its job.

    `agreement` is how well it goes with its words: -1 to 1, the cosine of CLIP's two vectors. `bodies` are
    the figures in it, None if their parts could not be counted. `aesthetics` is the mark that people would
    give it on LAION's scale from 1 to 10, None without a model that predicts it. `taste` is by how many
    logits its member likes it better than the mean of the others, None where nothing is known of that.
    """

    agreement: float
    bodies: tuple[Body, ...] | None = None
    aesthetics: float | None = None
    taste: float | None = None


class Discarded(Travelling):
    """A picture that was made and not handed over, because somebody in it was drawn wrong.

    `blob` is the SHA-256 under which the PNG is stored, which passed all other rules. `size` is its width and
    height in pixels, in which the boxes of the `goofs` are.
    """

    blob: str
    recipe: AnyRecipe
    size: tuple[PositiveInt, PositiveInt]
    goofs: tuple[Goof, ...]


class Picture(Travelling):
    """One picture that a job made.

    `blob` is the SHA-256 under which the PNG is stored, or None when the verdict did not let it leave the
    worker. It has `scores` where the best of several were asked for. `discarded` are those that were made in
    its place before; itself, too, if it is no better. `look` is what CLIP sees in it, where the job asks for
    that.
    """

    blob: str | None
    recipe: AnyRecipe
    findings: Findings
    verdict: Verdict
    scores: Scores | None = None
    look: ClipVector | None = None
    discarded: tuple[Discarded, ...] = ()

    @property
    def is_discarded(self) -> bool:
        """Say whether it was not handed over because somebody in it was drawn wrong."""
        return self.blob is None and {reason.rule for reason in self.verdict.reasons} == {"anatomy"}


class Association(Travelling):
    """A word or phrase, and how well it goes with a picture: -1 to 1, the cosine of CLIP's two vectors."""

    phrase: str
    agreement: float


class Description(Travelling):
    """What a picture of `size` (width and height in pixels) shows, in words.

    `words` are ranked, the best first; `prompt` is put together from some of them. Of a prompt that is
    shortened the `words` stand in its order, each with how far it takes the prompt from what it would say
    without it, 0 to 2, and `size` is the usual one. Of pictures to train a word from there are `captions`, in
    their order, and nothing else; `size` is that of the first.
    """

    words: tuple[Association, ...]
    prompt: str
    size: tuple[int, int]
    captions: tuple[str, ...] = ()


class Trained(Travelling):
    """A word that was trained: `file` is the blob of a safetensors file with its vectors, `bytes` long.

    `examples` are the blobs of what it learned from, squares of the pictures that were given, and `captions`
    what was said of them. `losses` are the mean losses of equal parts of the training, from the first.
    Of a LoRA `vectors` is the rank, and `phrase` what its thing is called beside it in a prompt, if anything.
    `widths` are those of the text towers that the vectors are for. `likeness` is that of a word that was
    carried over; None if nothing of what it drew before may be shown.
    """

    word: str
    file: str
    bytes: int
    vectors: int
    widths: tuple[int, ...]
    examples: tuple[str, ...]
    captions: tuple[str, ...]
    losses: tuple[float, ...]
    likeness: Likeness | None = None
    phrase: str = ""


class Finished(Travelling):
    """The job is done. `seconds` is the time in the worker.

    `pictures` stand in the order of its noises, or the best first where only the best were asked for.
    """

    kind: Literal["finished"] = "finished"
    job_id: JobId
    pictures: tuple[Picture, ...] = ()
    description: Description | None = None
    trained: Trained | None = None
    seconds: float


class Failed(Travelling):
    """The job could not be done; `message` is a sentence for the member.

    It travels in English; `sent` is what it can be said from in other languages.
    """

    kind: Literal["failed"] = "failed"
    job_id: JobId
    message: str
    sent: Sent | None = None

    @model_validator(mode="before")
    @classmethod
    def _remember(cls, data: Any) -> Any:
        message = data.get("message") if isinstance(data, dict) else None
        # Without fields the English sentence itself is enough.
        if isinstance(message, Told) and message.fields:
            return data | {"sent": Sent.of(message)}
        return data

    @property
    def said(self) -> str:
        """Give the message, `Told` if it has fields."""
        return self.message if self.sent is None else self.sent.said


class Cancelled(Travelling):
    """The job was stopped because its member or a moderator asked for it."""

    kind: Literal["cancelled"] = "cancelled"
    job_id: JobId


Result = Annotated[Finished | Failed | Cancelled, Field(discriminator="kind")]

_RESULT: TypeAdapter[Finished | Failed | Cancelled] = TypeAdapter(Result)


def results_of(application_id: int, shards: Shards = ALL) -> str:
    """Name the stream of a bot, by the application that it is in Discord: one farm serves several bots.

    A process that looks after some of its shards has a stream of its own.
    """
    return f"{BOT_RESULTS}:{application_id}" + ("" if shards.is_all else f":{shards}")


def _is_of_bot(stream: str) -> bool:
    """Say whether a bot reads a stream; every other one belongs to one command and expires."""
    return stream == BOT_RESULTS or stream.startswith(f"{BOT_RESULTS}:")


def publish_progress(redis: redis.Redis, progress: Progress) -> None:
    """Publish progress to whoever listens; nobody has to."""
    redis.publish(PROGRESS, signer_of(redis).sign_json("progress", progress.model_dump_json()))


async def listen_progress(redis: redis.asyncio.Redis) -> AsyncIterator[Progress]:
    """Yield the progress of all jobs, for ever. What is published while Redis is away is missed."""
    pause = 0.1
    while True:
        try:
            async with redis.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(PROGRESS)
                while True:
                    message = await channel.get_message(timeout=5.0)
                    pause = 0.1
                    if message is None:
                        continue
                    try:
                        signer_of(redis).check_json("progress", message["data"])
                        yield Progress.model_validate_json(message["data"])
                    except (ValidationError, WrongSignature) as error:
                        log.warning("A progress message cannot be read and is skipped: %s", error)
        except _GONE as error:
            log.warning("Progress is not heard while Redis is away: %s", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)


_GONE = (redis.ConnectionError, redis.TimeoutError)


def result_key(job_id: str) -> str:
    """Name the key that exists once the job's result has been published."""
    return f"darkroom:result:{job_id}"


_PUBLISH_ONCE = """
redis.call('DEL', KEYS[3])
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then
    return 0
end
redis.call('XADD', KEYS[2], '*', 'result', ARGV[1])
if ARGV[3] ~= '' then
    redis.call('EXPIRE', KEYS[2], ARGV[3])
else
    -- A worker of an earlier version knows of one bot only, and lets the streams of the others expire.
    redis.call('PERSIST', KEYS[2])
end
return 1
"""


def publish_result(redis: redis.Redis, job: Job, result: Result) -> bool:
    """Put the result on the job's stream, once for each job: False when one was there already.

    A job can run twice: when its worker was taken for dead, or died between publishing and telling RQ.
    """
    return reply(redis, job.id, job.reply_to, result)


def reply(redis: redis.Redis, job_id: str, stream: str, result: Result) -> bool:
    """Do the same for a job that cannot be read, of which only the id and the stream are known."""
    expires = "" if _is_of_bot(stream) else str(_REPLY_SECONDS)
    published = redis.eval(
        _PUBLISH_ONCE,
        3,
        result_key(job_id),
        stream,
        attempts_key(job_id),
        signer_of(redis).sign_json("result", _RESULT.dump_json(result).decode()),
        str(_PUBLISHED_SECONDS),
        expires,
    )
    return bool(published)


def was_published(redis: redis.Redis, job_id: str) -> bool:
    """Say whether the job's result is out, so that rendering it again would be wasted."""
    return bool(redis.exists(result_key(job_id)))


class _Addressed(Travelling):
    """What a result says in every version."""

    job_id: JobId


def read_result(said: bytes) -> Finished | Failed | Cancelled:
    """Read a result. Raises TooNew if a newer worker wrote it, and ValidationError if it is no result."""
    _Addressed.model_validate_json(said)
    with recognising_news("result", Told("This Darkroom is older than the worker")):
        return _RESULT.validate_json(said)


def job_of_result(said: bytes) -> str | None:
    """Give the id of the job that a result of any version is about, or None if it names none."""
    try:
        return _Addressed.model_validate_json(said).job_id
    except ValidationError:
        return None


def wait_result(redis: redis.Redis, stream: str, timeout: float) -> Finished | Failed | Cancelled | None:
    """Wait for the one result of a command's own stream; None after `timeout` seconds.

    Raises TooNew, and WrongSignature.
    """
    give_up = time.monotonic() + timeout
    while (left := give_up - time.monotonic()) > 0:
        block = max(1, min(_BLOCK_MS, int(left * 1000)))
        for _, fields in stream_entries(redis.xread({stream: "0"}, count=1, block=block)):
            signer_of(redis).check_json("result", fields[b"result"])
            return read_result(fields[b"result"])
    return None


def forget_result(redis: redis.Redis, job_id: str) -> None:
    """Allow another result of the job to be published, because the first was lost on its way."""
    redis.delete(result_key(job_id))


def stream_entries(answer: Any) -> list[tuple[str, dict[bytes, bytes]]]:
    """Unpack the answer to XREAD on one stream: `[[stream, entries]]`, or `[]` when there are none."""
    return stream_fields(answer[0][1]) if answer else []


def stream_fields(found: Any) -> list[tuple[str, dict[bytes, bytes]]]:
    """Unpack entries: the id and the fields of each."""
    # An entry that was deleted comes without its fields, or in XAUTOCLAIM of Redis 6 as nothing at all.
    return [(entry_id.decode(), fields or {}) for entry_id, fields in found if entry_id is not None]
