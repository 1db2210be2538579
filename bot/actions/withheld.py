"""Appeal: have pictures that were kept back rendered once more, for a moderator to look at."""

from __future__ import annotations

import hashlib

from bot.actions.again import CHANGED, NO_SOURCE
from bot.actions.chosen import GONE, WORDS_WITHHELD, only_for, record_of
from bot.buttons import JobButton, job_button
from bot.channels import standing_of
from bot.defaults import handed_on
from bot.language import Language
from bot.moderators import refuse_outside_servers
from bot.pictures import reviewed
from bot.promises import promise
from bot.refusals import Refusal
from bot.sayable import may_be_said
from bot.studio import Press, Studio
from bot.submission import Appeal, submit_appeal
from moderation.told import Told
from storage.jobs import Imagine, JobId, Task
from storage.recipe import AnyRecipe
from storage.records.jobs import JobRecord

_ALREADY = Told(
    "You have appealed this already, and each picture is looked at once. What the moderators decide is said "
    "where you asked for it."
)
_STRICTER = Told(
    "This channel's policy is stricter now than when the picture was made, so there is nothing to appeal: "
    "please ask the moderators about the policy."
)
_NOTHING = Told(
    "Nothing of this can be appealed any more: what was kept back is refused in every channel, or this "
    "channel's policy allows it now, and Reroll makes it again."
)


def button(language: Language, job_id: JobId) -> JobButton:
    """Make the button."""
    return job_button("withheld", job_id, label=language.say("Appeal"), row=4)


async def withheld(press: Press, job_id: JobId, index: int | None) -> None:
    """Render what was kept back of a job again by its recipes, and bring it before the moderators.

    Nobody but them sees it before one has approved it. Of each job this is done once, for its member, where
    the policy is not stricter than it was.
    """
    refuse_outside_servers(press)
    studio, record = press.client.studio, await record_of(press, job_id)
    only_for(press, {record.origin.member_id}, Told("appeal"))
    if await studio.jobs.state(_appeal_id(job_id, 0)) is not None:
        raise Refusal(_ALREADY)
    manner = await handed_on(press, record)
    policy = (await standing_of(studio, press.channel, press.user.id)).when_handed(manner)
    if not policy.is_as_open_as(record.job.policy):
        raise Refusal(_STRICTER)
    await promise(press, ephemeral=manner.is_secret)
    recipes = [record.pictures[each].recipe for each in (await reviewed(studio, record, policy)).appealable]
    if not recipes:
        raise Refusal(_NOTHING)
    for recipe in recipes:
        await _refuse_changed(studio, recipe)
        if not await may_be_said(recipe, policy, record.job.cleared):
            raise Refusal(WORDS_WITHHELD)
    tasks = _tasks(record, recipes)
    ids = [_appeal_id(job_id, place) for place in range(len(tasks))]
    await submit_appeal(press, record, tasks, Appeal(ids, record.job.cleared))


def _appeal_id(job_id: JobId, place: int) -> JobId:
    """Give the id of the job that renders pictures of another one for review: there is only one of each."""
    return hashlib.sha256(f"appeal:{job_id}:{place}".encode()).hexdigest()[:16]


async def _refuse_changed(studio: Studio, recipe: AnyRecipe) -> None:
    """Raise Refusal where a recipe would not make the same picture any more."""
    known = studio.checkpoints.get(recipe.checkpoint)
    if known is None:
        raise Refusal(GONE)
    if recipe.checkpoint_hash not in (None, known.hash):
        raise Refusal(CHANGED)
    if not all([await studio.blobs.ahas(source) for source in recipe.sources]):
        raise Refusal(NO_SOURCE)


def _tasks(record: JobRecord, recipes: list[AnyRecipe]) -> list[Task]:
    """Give the tasks that make the same pictures: as few as can be, as most differ only in their noise.

    People in them are looked at as before, since they may be why a picture was kept back.
    """
    tasks: list[Task] = []
    for recipe in recipes:
        task: Task = recipe.again()
        if isinstance(task, Imagine):
            asked = record.job.task
            anatomy = asked.anatomy if isinstance(asked, Imagine) else None
            task = task.model_copy(update={"anatomy": anatomy})
            last = tasks[-1] if tasks else None
            if isinstance(last, Imagine) and last.model_copy(update={"noises": task.noises}) == task:
                tasks[-1] = last.model_copy(update={"noises": (*last.noises, *task.noises)})
                continue
        tasks.append(task)
    return tasks
