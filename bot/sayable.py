"""What of a job's words may be repeated in a channel: its policy may have become stricter since they came."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial

from bot.language import is_ours
from moderation.judge import judge_prompt
from moderation.policy import Policy
from moderation.told import Told
from moderation.verdict import Action
from storage.events import Failed, Finished, Picture, Result
from storage.jobs import Describe, Imagine, Shorten, Task
from storage.recipe import AnyRecipe
from storage.records.jobs import JobRecord
from storage.training import Caption, Train

_WITHHELD = Told("The job failed.")
_REMEMBERED = 1000
"""Judgements: the message of a job that renders is written every other second."""
_remembered: OrderedDict[tuple[object, ...], Action] = OrderedDict()


async def may_be_said(task: Task | AnyRecipe, policy: Policy, cleared: Collection[str] = ()) -> bool:
    """Say whether a channel's policy lets the words that a picture is made from be shown.

    `cleared` are the keys of reasons that are mistaken about the words of its job.
    """
    return await _action_on(task, policy, cleared) is not Action.BLOCK


async def action_on_words(record: JobRecord, policy: Policy) -> Action:
    """Say what a channel's policy, as it is now, does with all words that a job's pictures come from."""
    job = record.job
    said = [job.task, *_found(record)]
    actions = [await _action_on(each, policy, job.cleared, job.shows) for each in said]
    return max(actions, key=list(Action).index)


async def _action_on(
    task: Task | AnyRecipe, policy: Policy, cleared: Collection[str], shows: tuple[str, ...] = ()
) -> Action:
    if isinstance(task, Describe) or not (task.prompt or task.negative_prompt or task.beside or shows):
        return Action.ALLOW
    texts = task.prompt, task.negative_prompt, task.steps, (*task.beside, *shows)
    return await _action(policy, *texts, cleared=tuple(cleared))


async def sayable(record: JobRecord, policy: Policy) -> JobRecord:
    """Give the record without the words that a policy does not let be shown.

    Only for what is written about a job: of its pictures, files and buttons the record itself knows.
    """
    if record.failure is not None and not await _is_allowed(record.failure, policy):
        record = replace(record, failure=_WITHHELD)
    said = [record.job.task, *_found(record)]
    if all([await may_be_said(each, policy, record.job.cleared) for each in said]):
        return record
    pictures = tuple(_without_words(picture) for picture in record.pictures)
    job = record.job.model_copy(update={"task": _silent(record.job.task)})
    return replace(record, job=job, pictures=pictures)


async def sayable_result(result: Result, policy: Policy) -> Finished | Failed | Result:
    """Give a failure without the words that it quotes, if a policy does not let them be shown."""
    if isinstance(result, Failed) and not await _is_allowed(result.said, policy):
        return result.model_copy(update={"message": _WITHHELD, "sent": None})
    return result


async def _is_allowed(sentence: str, policy: Policy) -> bool:
    """Judge a sentence, and what it would quote in another language; one of the house may name nudity."""
    if is_ours(sentence):
        return True
    return await _action(policy, sentence, beside=tuple(_quoted(sentence))) is not Action.BLOCK


def _quoted(sentence: str) -> Iterator[str]:
    fields = sentence.fields.values() if isinstance(sentence, Told) else ()
    for words in fields:
        if isinstance(words, str):
            yield words
            yield from _quoted(words)


async def _action(
    policy: Policy,
    prompt: str,
    negative: str = "",
    steps: int | None = None,
    beside: tuple[str, ...] = (),
    cleared: tuple[str, ...] = (),
) -> Action:
    judged = policy, prompt, negative, steps, beside, cleared
    if judged not in _remembered:
        usual = {} if steps is None else {"steps": steps}
        judge = partial(judge_prompt, prompt, negative, policy, beside=beside, cleared=cleared, **usual)
        _remembered[judged] = (await asyncio.to_thread(judge)).verdict
        if len(_remembered) > _REMEMBERED:
            _remembered.popitem(last=False)
    _remembered.move_to_end(judged)
    return _remembered[judged]


def _found(record: JobRecord) -> list[AnyRecipe]:
    """List the recipes of pictures whose words are none of the member's: a worker found them."""
    task = record.job.task
    is_found = isinstance(task, Imagine) and not task.prompt
    return [picture.recipe for picture in record.pictures] if is_found else []


def _silent(task: Task) -> Task:
    match task:
        case Describe():
            return task
        case Shorten():
            return task.model_copy(update={"prompt": ""})
        case Caption():
            training = _silent(task.training)
            return task.model_copy(update={"training": training})
        case Train():
            examples = tuple(each.model_copy(update={"caption": None}) for each in task.examples)
            return task.model_copy(update={"word": "", "examples": examples})
        case _:
            return task.model_copy(update={"prompt": "", "negative_prompt": ""})


def _without_words(picture: Picture) -> Picture:
    recipe = picture.recipe.model_copy(update={"prompt": "", "negative_prompt": ""})
    return picture.model_copy(update={"recipe": recipe})
