"""Embeddings taken to other servers and brought from them, as signed bundles; by moderators."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from bot.previews import refuse_unfit
from bot.refusals import Refusal
from bot.review import Reviewer
from bot.trained import POLICY, STAYS
from bot.wording import escape
from moderation.judge import judge_prompt
from moderation.policy import SFW
from moderation.told import Told
from storage.blobs import Blobs
from storage.bundle import Bundle, Manifest, pack, server_key, unpack
from storage.intake.cleaner import Cleaner
from storage.records.embeddings import (
    EmbeddingRecord,
    EmbeddingRecords,
    EmbeddingState,
    NewEmbedding,
    Preview,
)
from storage.records.gallery import GalleryRecords
from storage.records.usable import is_lora
from storage.served import ServedCheckpoint
from tasks.embeddings import MOST_ABOUT, Licence, checked_name

_AS_THEY_ARE = ("name", "author", "about", "family", "checkpoint", "widths")
MOST_EACH = 100
"""Embeddings of one member in a server."""
_MOST_AUTHOR = 64


class Room(NamedTuple):
    """What bundles are packed from and taken into; a bot has it, and so has the command line."""

    records: EmbeddingRecords
    gallery: GalleryRecords
    blobs: Blobs
    reviewer: Reviewer
    cleaner: Cleaner
    checkpoints: Collection[ServedCheckpoint]


def refuse_unshared(record: EmbeddingRecord) -> None:
    """Raise Refusal if the author of an embedding does not let it be taken along."""
    refuse_shared_here_alone(record.licence, record.shared)
    if not record.shared or record.state is not EmbeddingState.PUBLISHED or record.file is None:
        raise Refusal(
            Told(
                "The author of {name} has not agreed to that: `/embeddings publish` asks them, with `share`.",
                name=escape(record.name),
            )
        )


def refuse_shared_here_alone(licence: str, shared: bool) -> None:
    """Raise Refusal for an embedding that is for one server only, and all the same to be taken to others."""
    if shared and licence == Licence.HERE:
        raise Refusal(
            Told(
                "“{licence}” does not let it be taken to other servers: please choose another licence, or "
                "leave out `share`.",
                licence=licence,
            )
        )


def training_alone(recipe: dict[str, Any] | None) -> dict[str, Any] | None:
    """Give how something was trained, without what concerns the server where that was."""
    return (
        None if recipe is None else {key: said for key, said in recipe.items() if key not in (POLICY, STAYS)}
    )


async def packed(room: Room, record: EmbeddingRecord, home: Path) -> bytes:
    """Pack an embedding or a LoRA. Raises Refusal if its author does not let it be taken along."""
    refuse_unshared(record)
    assert record.file is not None
    manifest = Manifest(
        **{name: getattr(record, name) for name in _AS_THEY_ARE},
        author_id=record.owner_id,
        licence=record.licence,
        recipe=training_alone(record.recipe),
        consent=True,
        alts=tuple(preview.alt for preview in record.previews),
        brought=tuple(place for place, preview in enumerate(record.previews) if preview.brought),
        files={},
    )
    previews = [await room.blobs.aget(preview.blob) for preview in record.previews]
    file = await room.blobs.aget(record.file)
    return pack(Bundle(manifest=manifest, file=file, previews=tuple(previews)), server_key(home))


async def taken_in(
    room: Room, data: bytes, server_id: int, name: str | None = None, *, may_shadow: bool = False
) -> EmbeddingRecord:
    """Publish the embedding of a bundle in a server, under its own name or another one.

    All of it is cleaned and judged as if a member had brought it. With `may_shadow` it may take the place of
    a word that prompts use already. Raises BundleError, IntakeError, NotAName,
    NameTaken and Refusal.
    """
    bundle = unpack(data)
    said = bundle.manifest
    refuse_shared_here_alone(said.licence, said.consent)
    weights, known = await _weights(room, bundle)
    author, about = (" ".join(text.split()) for text in (said.author, said.about))
    for words in (author, about, said.licence, *said.alts):
        if words and judge_prompt(words[:MOST_ABOUT], "", SFW).blocked:
            raise Refusal(Told("What the bundle says of its embedding is not allowed here."))
    previews, gallery = [], await room.gallery.of(server_id)
    for place, (png, alt) in enumerate(zip(bundle.previews, said.alts, strict=False)):
        cleaned = (await room.cleaner.take_in(png)).picture
        await refuse_unfit(room.reviewer, cleaned, alt, known.name, gallery)
        blob, brought = await room.blobs.aput(cleaned), place in said.brought
        previews.append(Preview(blob=blob, alt=alt[:MOST_ABOUT], brought=brought))
    new = NewEmbedding(
        server_id=server_id,
        name=checked_name(name or said.name, may_shadow=may_shadow),
        owner_id=said.author_id,
        author=author[:_MOST_AUTHOR],
        about=about[:MOST_ABOUT],
        family=known.family or known.name,
        checkpoint=said.checkpoint,
        widths=known.text_widths,
        vectors=weights.vectors,
        file=await room.blobs.aput(weights.file),
        previews=tuple(previews),
        recipe=training_alone(said.recipe),
        licence=said.licence[:_MOST_AUTHOR],
        shared=said.consent,
        signed_by=bundle.signed_by,
        state=EmbeddingState.PUBLISHED,
    )
    return await add(room.records, new)


class _Weights(NamedTuple):
    """A cleaned file, and how many vectors or which rank it has."""

    file: bytes
    vectors: int


async def _weights(room: Room, bundle: Bundle) -> tuple[_Weights, ServedCheckpoint]:
    """Clean what a bundle says that it holds, and give a checkpoint that it is for. Raises as `taken_in`."""
    said = bundle.manifest
    if not is_lora(said.recipe):
        taken = await room.cleaner.take_embedding(bundle.file)
        return _Weights(taken.file, taken.vectors), fitting(taken.widths, room.checkpoints)
    lora = await room.cleaner.take_lora(bundle.file)
    for known in room.checkpoints:
        if (known.family, known.text_widths) == (said.family, said.widths):
            return _Weights(lora.file, lora.rank), known
    raise Refusal(
        Told(
            "This LoRA is for checkpoints such as {checkpoint}, and there is none of that family here.",
            checkpoint=escape(said.checkpoint or said.family, _MOST_AUTHOR),
        )
    )


async def add(records: EmbeddingRecords, new: NewEmbedding) -> EmbeddingRecord:
    """Add an embedding. Raises NameTaken, and Refusal if its owner has too many."""
    if await records.count(new.server_id, new.owner_id) >= MOST_EACH:
        raise Refusal(
            Told(
                "A member has at most {most} embeddings in a server. Please withdraw one first.",
                most=MOST_EACH,
            )
        )
    return await records.add(new)


def fitting(widths: tuple[int, ...], checkpoints: Collection[ServedCheckpoint]) -> ServedCheckpoint:
    """Give the first checkpoint whose text towers have these widths. Raises Refusal if there is none."""
    for known in checkpoints:
        if known.text_widths == widths:
            return known
    raise Refusal(
        Told(
            "This embedding is for text towers {widths} wide, and no checkpoint here has such: it is for "
            "another family.",
            widths=" and ".join(map(str, widths)),
        )
    )
