"""Words that are carried over to another checkpoint: the jobs of that, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from bot.refusals import Refusal
from bot.studio import Studio, job_id_of
from bot.submission import enqueue
from bot.trained import POLICY, STAYS
from moderation.judge import judge_prompt
from moderation.policy import SFW, Policy
from moderation.told import Told
from storage.called import named_in
from storage.carry_over import Before, Drawn
from storage.events import Failed, Finished, Result
from storage.jobs import Job, Task
from storage.plain_task import MAX_PICTURES
from storage.records.carry_over import NOBODY, CarryOver, Wanted
from storage.records.embeddings import EmbeddingRecord, EmbeddingState
from storage.records.jobs import JobRecord, RowState
from storage.share import Share, Urgency
from storage.training import FEWEST_EXAMPLES, Example, Subject, Train
from tasks.carry_over import Scene, carrying, drawing, scenes

_SHARE = Share(member="carry-over", urgency=Urgency.TRAINING)
_DONE = Told("It was made for no member.")


class _Material(NamedTuple):
    """What a word is taught by, and what it drew before."""

    examples: tuple[Example, ...]
    before: tuple[Drawn, ...]


async def advance(studio: Studio, each: CarryOver, reply_to: str) -> None:
    """Submit the jobs that a carrying over needs next, if any.

    Their results go to the stream `reply_to`. Raises DatabaseAway, BlobStoreAway.
    """
    record = await studio.embeddings.get(each.embedding_id)
    if record is None or record.state is not EmbeddingState.PUBLISHED or record.file is None:
        await studio.carry_overs.forget(each.job_id)
        return
    if await studio.jobs.state(each.job_id) is not None:
        return
    try:
        like, old = _recipe(record), studio.checkpoints.made_for(record.checkpoint, record.widths)
        kept = await _kept(studio, record, like)
        if not all(kept):
            drawn = await _drawn(studio, record, each, like, reply_to)
            if drawn is None:
                return
            kept = _Material(kept.examples or drawn.examples, drawn.before)
        before = Before(checkpoint=old.name if old else record.family, drawn=kept.before)
        task = carrying(record.name, like, record.vectors, kept.examples, before)
        await _submit(studio, each.job_id, task, each.checkpoint, reply_to, _policy(record))
    except Refusal as refusal:
        await studio.carry_overs.fail(each.job_id, refusal.args[0])


async def may_begin(studio: Studio, wanted: Wanted, live: Collection[str]) -> bool:
    """Say whether an embedding can be carried over now, `live` being the checkpoints that are served.

    What fits both checkpoints and was made for nobody knows which stays as it is, and so does what was made
    on purpose for another one than the server's.
    """
    target = studio.checkpoints.get(wanted.checkpoint)
    old = studio.checkpoints.made_for(wanted.origin, wanted.widths)
    record = await studio.embeddings.get(wanted.embedding_id)
    if target is None or target.name not in live or record is None or target.text_widths == ():
        return False
    if (record.recipe or {}).get(STAYS):
        return False
    if wanted.origin is None and target.text_widths == wanted.widths:
        return False
    kept = await _kept(studio, record, _recipe(record))
    return all(kept) or (old is not None and old.name in live and not record.is_lora)


async def take(studio: Studio, record: JobRecord, result: Result) -> None:
    """Note what became of a job of this kind. May be repeated. Raises DatabaseAway, BlobStoreAway."""
    if isinstance(record.job.task, Train):
        await _note(studio, record.job.id, result)
    await studio.jobs.mark_kept(record.job.id, _DONE)


async def _note(studio: Studio, job_id: str, result: Result) -> None:
    trained = result.trained if isinstance(result, Finished) else None
    if trained is None or trained.likeness is None:
        said = result.said if isinstance(result, Failed) else _LOST
        why = said if isinstance(said, Told) else Told.remembered(said, said, {})
        await studio.carry_overs.fail(job_id, why)
        return
    draws = await studio.carry_overs.finish(job_id, trained.file, trained.likeness)
    if not draws or await studio.carry_overs.of_job(job_id) is None:
        await studio.blobs.adelete(trained.file)


_LOST = Told("What the training gave cannot be compared with what was drawn before.")


def _recipe(record: EmbeddingRecord) -> Train | None:
    try:
        return Train.model_validate(record.recipe)
    except ValidationError:
        return None  # brought from elsewhere, perhaps from another program


def _policy(record: EmbeddingRecord) -> Policy:
    """Give the policy under which a word was trained, the safest one for what was brought from elsewhere.

    What it draws is judged again wherever it is shown.
    """
    try:
        return Policy.model_validate((record.recipe or {}).get(POLICY))
    except ValidationError:
        return SFW


async def _kept(studio: Studio, record: EmbeddingRecord, like: Train | None) -> _Material:
    """Give the pictures that a word was trained from, all or none, and those that it drew."""
    examples = like.examples if like else ()
    if not all([await studio.blobs.ahas(each.image) for each in examples]):
        examples = ()
    before = tuple(
        [
            Drawn(image=each.blob, prompt=each.alt)
            for each in record.drawn
            if _shows(record, each.alt) and await studio.blobs.ahas(each.blob)
        ]
    )
    return _Material(examples, before[:MAX_PICTURES])


def _shows(record: EmbeddingRecord, prompt: str) -> bool:
    """Say whether a prompt names a word, or a LoRA."""
    return record.written in prompt if record.is_lora else bool(named_in(prompt, {record.name}))


async def _drawn(
    studio: Studio, record: EmbeddingRecord, each: CarryOver, like: Train | None, reply_to: str
) -> _Material | None:
    """Have the checkpoint that a word was made for draw it; None while it does. Raises Refusal."""
    known = studio.checkpoints.made_for(record.checkpoint, record.widths)
    if known is None:
        raise Refusal(Told("Its pictures are gone, and no checkpoint here can draw it."))
    assert record.file is not None
    made: list[tuple[Scene, JobRecord]] = []
    asked = scenes(record.name, like.subject if like else Subject.OBJECT)
    for place, scene in enumerate(asked, start=1):
        job_id = job_id_of(each.job_id, place)
        if (job := await studio.jobs.get(job_id)) is None:
            task = drawing(scene, record.name, record.file, known)
            await _submit(studio, job_id, task, known.name, reply_to, _policy(record))
        elif job.state is RowState.KEPT:
            made.append((scene, job))
    if len(made) < len(asked):
        return None
    return _material(made)


def _material(made: Sequence[tuple[Scene, JobRecord]]) -> _Material:
    """Learn from the first picture of each scene, and compare with the second. Raises Refusal."""
    examples, before = list[Example](), list[Drawn]()
    for scene, job in made:
        first, second, *_ = (*(picture.blob for picture in job.pictures), None, None)
        if first is not None:
            examples.append(Example(image=first, caption=scene.caption))
        if second is not None:
            before.append(Drawn(image=second, prompt=scene.prompt))
    if len(examples) < FEWEST_EXAMPLES or not before:
        raise Refusal(Told("Its pictures are gone, and too few that it draws may be shown."))
    return _Material(tuple(examples), tuple(before))


async def _submit(
    studio: Studio, job_id: str, task: Task, checkpoint: str, reply_to: str, policy: Policy
) -> None:
    """Record and enqueue a job that nobody asked for, and that costs nobody anything. Raises Refusal."""
    prompt = getattr(task, "prompt", "")
    if (await asyncio.to_thread(judge_prompt, prompt, "", policy)).blocked:
        raise Refusal(Told("Its words may not be drawn in every channel."))
    job = Job(
        id=job_id,
        checkpoint=checkpoint,
        policy=policy,
        reply_to=reply_to,
        share=_SHARE,
        task=task,
    )
    if await studio.jobs.add(job, NOBODY):
        await enqueue(studio, job)
