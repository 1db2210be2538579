"""What each button and each choice does."""

from __future__ import annotations

import asyncio
import io
from functools import partial

import discord
import redis

from bot import wording
from bot.buttons import Action, Press, picture_view
from bot.channels import policy_of
from bot.chosen import GONE, chosen_index, record_of, shown_index, shown_picture
from bot.delivery.pictures import allowed, picture_file, png_size
from bot.editing import open_form
from bot.refusals import Refusal
from bot.submission import submit
from bot.weight_strip import weight_strip
from storage.blobs import BlobMissing, BlobStoreAway
from storage.events import Cancelled, publish_result
from storage.jobs import (
    MAX_PICTURES,
    Describe,
    Faces,
    Factor,
    Imagine,
    JobId,
    Noise,
    Task,
    TooLarge,
    Variation,
    new_seed,
)
from storage.recipe import sampled
from storage.records.jobs import JobRecord, RowState
from tasks.detail import with_detail
from tasks.faces import new_faces
from tasks.outpaint import Growth, NothingToPaint, outpainting
from tasks.presets import Distance, usual_task
from tasks.ranks import ranks_message
from tasks.upscale import larger

NO_SOURCE = "The picture that this one was made from is no longer kept, so it cannot be made again."
CHANGED = (
    "The checkpoint is no longer as it was when it made this picture, so it cannot be made again. "
    "Reroll makes a new one."
)


async def show(press: Press, job_id: JobId, index: int | None) -> None:
    """U: post that picture alone, in full size."""
    record = await record_of(press, job_id)
    chosen = await shown_index(press, record, index)
    await press.response.defer(thinking=True)
    try:
        file = await picture_file(press.client.studio, record, [chosen], press.filesize_limit)
    except (BlobMissing, BlobStoreAway) as error:
        raise Refusal(str(error)) from error
    await press.edit_original_response(
        content=wording.single(record, chosen, _pressed_url(press)),
        attachments=[file],
        view=picture_view(record.job, chosen),
    )


async def subtle(press: Press, job_id: JobId, index: int | None) -> None:
    """V: four pictures that differ a little from the chosen one."""
    await _vary(press, job_id, index, Distance.SUBTLE)


async def strong(press: Press, job_id: JobId, index: int | None) -> None:
    """V: four pictures that differ a lot from the chosen one, around the same composition."""
    await _vary(press, job_id, index, Distance.STRONG)


async def reroll(press: Press, job_id: JobId, index: int | None) -> None:
    """The same words and settings with fresh seeds: as many pictures as before, or one in place of one."""
    record = await record_of(press, job_id)
    task = _imagined(record)
    count, best = (len(task.noises), task.best) if index is None else (1, None)
    await _with_noises(press, record, task, tuple(Noise(seed=new_seed()) for _ in range(count)), best)


async def again(press: Press, job_id: JobId, index: int | None) -> None:
    """The chosen picture once more, to the letter of its recipe."""
    studio = press.client.studio
    record = await record_of(press, job_id)
    recipe = record.pictures[await shown_index(press, record, index)].recipe
    known = studio.checkpoints.get(recipe.checkpoint)
    if known is not None and recipe.checkpoint_hash not in (None, known.hash):
        raise Refusal(CHANGED)
    try:
        kept = [await studio.blobs.ahas(source) for source in recipe.sources]
    except BlobStoreAway as error:
        raise Refusal(str(error)) from error
    if not all(kept):
        raise Refusal(NO_SOURCE)
    await _submit(press, record, recipe.again())


async def twice(press: Press, job_id: JobId, index: int | None) -> None:
    """2x: the chosen picture, twice as wide and as high."""
    await _upscale(press, job_id, index, 2)


async def fourfold(press: Press, job_id: JobId, index: int | None) -> None:
    """4x: the chosen picture, four times as wide and as high."""
    await _upscale(press, job_id, index, 4)


async def detail(press: Press, job_id: JobId, index: int | None) -> None:
    """Detail 2x: twice as wide and as high, and drawn over by the checkpoint, tile by tile."""
    record, made_by, blob = await shown_picture(press, job_id, index)
    known = press.client.studio.checkpoints.get(record.job.checkpoint)
    if known is None:
        raise Refusal(GONE)
    enlarged = larger(blob, 2, made_by)
    await _submit(press, record, with_detail(enlarged, sampled(made_by), known.side, new_seed()))


async def outpaint(press: Press, job_id: JobId, index: int | None, growth: Growth) -> None:
    """Paint what is beyond the borders of the chosen picture, in its words and steps."""
    studio = press.client.studio
    record, made_by, blob = await shown_picture(press, job_id, index)
    recipe, known = sampled(made_by), studio.checkpoints.get(record.job.checkpoint)
    if recipe is None or known is None:
        raise Refusal(GONE)
    try:
        size = png_size(await studio.blobs.aget(blob))
        noise = Noise(seed=new_seed())
        task = outpainting(recipe, blob, size, growth.margins(size), known.side, noise)
    except (BlobMissing, BlobStoreAway, NothingToPaint, TooLarge) as error:
        raise Refusal(str(error)) from error
    await _submit(press, record, task)


async def faces(press: Press, job_id: JobId, index: int | None) -> None:
    """Render the faces in the chosen picture again, with all of the checkpoint's pixels for each."""
    record, made_by, blob = await shown_picture(press, job_id, index)
    recipe, known = sampled(made_by), press.client.studio.checkpoints.get(record.job.checkpoint)
    if recipe is None or known is None:
        raise Refusal(GONE)
    task = new_faces(recipe, blob, Faces(), known.side, Noise(seed=new_seed()))
    await _submit(press, record, task)


async def describe(press: Press, job_id: JobId, index: int | None) -> None:
    """Find the words that go with a picture."""
    record, _, blob = await shown_picture(press, job_id, index)
    await _submit(press, record, Describe(image=blob))


async def imagine(press: Press, job_id: JobId, index: int | None) -> None:
    """Pictures from the prompt that describes one, in its shape."""
    record = await record_of(press, job_id)
    known = press.client.studio.checkpoints.get(record.job.checkpoint)
    if record.description is None or known is None:
        raise Refusal(GONE)
    task = usual_task(record.description.prompt, record.description.size, known.side)
    await _submit(press, record, task)


async def explain(press: Press, job_id: JobId, index: int | None) -> None:
    """Show the member who pressed how the prompt was read."""
    task = _imagined(await record_of(press, job_id))
    strip = await asyncio.to_thread(weight_strip, task.prompt, task.steps)
    png = io.BytesIO()
    strip.save(png, "PNG")
    png.seek(0)
    file = discord.File(png, filename="how-it-was-read.png")
    await press.response.send_message(wording.LEGEND, file=file, ephemeral=True)


async def ranks(press: Press, job_id: JobId, index: int | None) -> None:
    """Tell the member who pressed by what the best pictures were ranked."""
    record = await record_of(press, job_id)
    shown = allowed(record.pictures, await policy_of(press.client.studio, press.channel))
    said = ranks_message([record.pictures[place] for place in shown], len(_imagined(record).noises))
    await press.response.send_message(said, ephemeral=True)


async def delete(press: Press, job_id: JobId, index: int | None) -> None:
    """Take the message away; for the member who asked for it, and for moderators."""
    record = await press.client.studio.jobs.get(job_id)
    asked_by = {record.origin.member_id} if record else set()
    if press.message is not None and press.message.interaction_metadata is not None:
        asked_by.add(press.message.interaction_metadata.user.id)
    _only_for(press, asked_by, "delete it")
    await press.response.defer()
    await press.delete_original_response()


async def cancel(press: Press, job_id: JobId, index: int | None) -> None:
    """Stop a job that waits or renders; for the member who asked for it, and for moderators."""
    studio = press.client.studio
    record = await record_of(press, job_id)
    _only_for(press, {record.origin.member_id}, "cancel it")
    if record.state is not RowState.QUEUED:
        raise Refusal("This job is already done; there is nothing left to cancel.")
    job = record.job

    def work() -> None:
        if studio.queue.cancel(job):
            publish_result(studio.redis, job, Cancelled(job_id=job.id))

    await press.response.defer(ephemeral=True)
    try:
        await asyncio.to_thread(work)
    except redis.RedisError as error:
        raise Refusal("The queue cannot be reached right now. Please press Cancel again soon.") from error


async def fetch(press: Press, job_id: JobId, index: int | None) -> None:
    """Hand a member the pictures that could not be posted."""
    record = await record_of(press, job_id)
    _only_for(press, {record.origin.member_id}, "fetch it", moderators=False)
    shown = allowed(record.pictures, await policy_of(press.client.studio, press.channel))
    if not shown:
        raise Refusal(wording.withheld_sentence(len(record.pictures), len(record.pictures)))
    await press.response.defer(ephemeral=True, thinking=True)
    file = await picture_file(press.client.studio, record, shown, press.filesize_limit)
    await press.edit_original_response(content=wording.title(record.job.task), attachments=[file])


ACTIONS: dict[str, Action] = {
    **{
        action.__name__: action
        for action in (
            *(show, subtle, strong, reroll, again, twice, fourfold, detail),
            *(faces, describe, imagine, explain, ranks, delete, cancel, fetch),
        )
    },
    "edit": open_form,
    **{growth.value: partial(outpaint, growth=growth) for growth in Growth},
}


async def _vary(press: Press, job_id: JobId, index: int | None, distance: Distance) -> None:
    record = await record_of(press, job_id)
    task = _imagined(record)
    recipe = sampled(record.pictures[chosen_index(record, index)].recipe)
    assert recipe is not None, "what was imagined has been sampled"
    parent = recipe.noise
    noises = tuple(
        Noise(
            seed=parent.seed,
            variations=(*parent.variations, Variation(seed=new_seed(), strength=distance.strength)),
        )
        for _ in range(MAX_PICTURES)
    )
    await _with_noises(press, record, task, noises)


async def _with_noises(
    press: Press, record: JobRecord, task: Imagine, noises: tuple[Noise, ...], best: int | None = None
) -> None:
    """The same task with other noises, as the job of the member who pressed."""
    await _submit(press, record, task.model_copy(update={"noises": noises, "best": best}))


async def _upscale(press: Press, job_id: JobId, index: int | None, factor: Factor) -> None:
    record, made_by, blob = await shown_picture(press, job_id, index)
    await _submit(press, record, larger(blob, factor, made_by))


async def _submit(press: Press, record: JobRecord, task: Task) -> None:
    """A job of the member who pressed, on the checkpoint of the one before."""
    source = press.message.id if press.message else None
    await submit(press.client.studio, press, task, record.job.checkpoint, source)


def _imagined(record: JobRecord) -> Imagine:
    if not isinstance(record.job.task, Imagine):
        raise Refusal(GONE)
    return record.job.task


def _only_for(press: Press, member_ids: set[int], what: str, *, moderators: bool = True) -> None:
    if press.user.id in member_ids or (moderators and press.permissions.manage_messages):
        return
    who = (
        "The member who asked for this, or a moderator,"
        if moderators
        else "Only the member who asked for this"
    )
    raise Refusal(f"{who} may {what}.")


def _pressed_url(press: Press) -> str | None:
    if press.message is None or press.channel_id is None:
        return None
    return wording.message_url(press.guild_id, press.channel_id, press.message.id)
