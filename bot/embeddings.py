"""The embeddings of a server in a task: found in its prompts, and named with their files for the worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.defaults import usual_checkpoint
from bot.photographed import trained_files
from bot.refusals import Refusal
from bot.studio import Interaction, Studio
from bot.wording import escape
from moderation.policy import Policy
from moderation.prompt_language.limits import loras
from moderation.prompt_language.parse import parse
from moderation.told import Told
from storage.called import called, named_in
from storage.jobs import Describe, Imagine, Shorten, Task, Upscale
from storage.records.jobs import JobRecord, RowState
from storage.records.origin import Origin
from storage.records.usable import Usable
from storage.served import ServedCheckpoint
from storage.training import Caption, Train, Weights


async def with_embeddings(
    studio: Studio, task: Task, checkpoint: str, policy: Policy, origin: Origin
) -> tuple[Task, list[int]]:
    """Give the task with the embeddings that the member may use and its prompts name, and their ids.

    A task that repeats an earlier one names the files that drew that. Raises Refusal for one that is
    withdrawn or somebody else's, and for one that does not fit the checkpoint.
    """
    if isinstance(task, Describe | Shorten | Caption | Train):
        return task, []
    usable = []
    if origin.guild_id is not None:
        usable = await _drawn_by(studio, origin.guild_id, origin.member_id, checkpoint)
    meant = [*_repeated(task, usable)]
    if policy.add_ons:
        repeated = {each.name.casefold() for each in meant}
        named = _named(task, usable)
        meant += [each for each in usable if each.name in named and each.name.casefold() not in repeated]
    _refuse_misfits(meant, studio.checkpoints.get(checkpoint))
    files = {each.name: each.file for each in meant if not each.is_lora}
    adapters = {each.name: each.file for each in meant if each.is_lora}
    return task.model_copy(update={"embeddings": files, "loras": adapters}), [each.id for each in meant]


async def checkpoint_for(interaction: Interaction, texts: Iterable[str], usual: str) -> str:
    """Give the checkpoint that draws texts where nobody chose one: the `usual` one, if it knows their words.

    It does not know a word of the server that was made for another checkpoint, before that is carried over
    to it, or if that cannot be: then the one that it was made for draws it. Raises DatabaseAway.
    """
    studio, server = interaction.client.studio, interaction.guild_id
    if server is None:
        return usual
    usable = await _drawn_by(studio, server, interaction.user.id, usual)
    named = {name for text in texts for name in _named_in(text, usable)}
    for each in (each for each in usable if each.name in named):
        known = studio.checkpoints.made_for(each.checkpoint, each.widths)
        misfits = each.widths != studio.checkpoints.served(usual).text_widths
        # Whoever chose a kindred checkpoint for themselves or a channel wants to see the word drawn by that.
        if misfits or (each.checkpoint is not None and usual == await usual_checkpoint(studio, server)):
            return known.name if known else usual
    return usual


async def _drawn_by(studio: Studio, server_id: int, member_id: int, checkpoint: str) -> list[Usable]:
    """List what a member may name, each with the file by which that checkpoint draws it, if there is one."""
    usable = await studio.embeddings.usable(server_id, member_id)
    if not usable:
        return []
    carried = await studio.carry_overs.files(server_id, checkpoint)
    known = studio.checkpoints.get(checkpoint)
    return [
        replace(each, file=carried[each.id], widths=known.text_widths, checkpoint=checkpoint)
        if known and each.id in carried
        else each
        for each in usable
    ]


def files_needed(unfinished: Iterable[JobRecord]) -> set[str]:
    """List the files of embeddings that jobs are to be drawn with."""
    tasks = (record.job.task for record in unfinished)
    return {file for task in tasks if isinstance(task, Imagine | Upscale) for file in trained_files(task)}


async def forget_withdrawn(studio: Studio) -> None:
    """Delete the files of withdrawn embeddings that neither an unfinished job nor anything else needs."""
    ids, _ = await studio.embeddings.forgettable(in_use=set())
    if not ids:
        return
    in_use = set[str]()
    # Of all servers: whose word is withdrawn in one may have brought it to another.
    async for page in studio.jobs.in_pages(RowState.QUEUED):
        in_use |= files_needed(page)
    ids, blobs = await studio.embeddings.forgettable(in_use)
    for blob in blobs:
        await studio.blobs.adelete(blob)
    if ids:
        await studio.embeddings.forget(ids)


def _repeated(task: Imagine | Upscale, usable: list[Usable]) -> list[Usable]:
    """Find those that the task names with their files. Raises Refusal for one that is not to be used."""
    by_file, files = {each.file: each for each in usable}, {**task.embeddings, **task.loras}
    before = [
        *(Usable(id=0, name=name, file=file, widths=()) for name, file in task.embeddings.items()),
        *(
            Usable(id=0, name=name, file=file, widths=(), recipe={"weights": Weights.LORA})
            for name, file in task.loras.items()
        ),
    ]
    named = _named(task, before)
    for name in sorted(named):
        if files[name] not in by_file:
            raise Refusal(
                Told(
                    "The embedding {name}, which drew this, may not be used here any more: it was withdrawn, "
                    "or it is not published. Please ask again without it.",
                    name=escape(name),
                )
            )
    # A prompt goes on naming it as it did, whatever it is called now.
    return [replace(by_file[files[name]], name=name) for name in sorted(named)]


def _named(task: Imagine | Upscale, usable: Sequence[Usable]) -> set[str]:
    texts = task.prompt, task.negative_prompt, *task.beside
    return {name for text in texts for name in _named_in(text, usable)}


def _named_in(text: str, usable: Sequence[Usable]) -> set[str]:
    """Give the names of what a text names: of embeddings as words, of LoRAs in their brackets."""
    if not usable or not text:
        return set()
    words = {each.name for each in usable if not each.is_lora}
    adapters = {each.name for each in usable if each.is_lora}
    found = named_in(text, words)
    return found | ({called(name, adapters) or "" for name, _ in loras(parse(text))} - {""})


def _refuse_misfits(meant: list[Usable], known: ServedCheckpoint | None) -> None:
    if known is None or not known.text_widths:
        return
    for each in meant:
        if each.widths != known.text_widths:
            raise Refusal(
                Told(
                    "The embedding {name} is for checkpoints of another family than {checkpoint}. "
                    "Please leave it out, or say `checkpoint:` with one that it is for.",
                    name=escape(each.name),
                    checkpoint=escape(known.name),
                )
            )
