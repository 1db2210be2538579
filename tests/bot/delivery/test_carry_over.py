"""A server changes its checkpoint, and its words come along: drawn as before until that is done."""

from __future__ import annotations

import asyncio
import io
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from bot.delivery.carry_over import CarryingOver
from storage.carry_over import Likeness
from storage.records.carry_over import CarryOver, State
from storage.records.embeddings import EmbeddingRecord, Preview
from storage.shards import Shards
from storage.training import Example, Train
from tests.benchmarks.subjects import OBJECTS, pictures_of
from tests.bot.conftest import PATIENCE, Chat, recipe_of
from tests.bot.test_attachments import upload
from tests.bot.test_embeddings import added

DRAFT = {"count": 1, "quality": "draft"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing learned: what is told and drawn is the same."""
    monkeypatch.setattr("tasks.carry_over.STEPS", 1)
    monkeypatch.setattr("gpuworker.stages.examples._NAMES", 1)
    monkeypatch.setattr("gpuworker.training.trainer._LOOKS", 1)
    monkeypatch.setattr("bot.delivery.carry_over.INTERVAL", 0.2)


async def a_word(chat: Chat) -> EmbeddingRecord:
    """A word of Ben's with its pictures."""
    blobs = [await chat.studio.blobs.aput(upload(each).content) for each in pictures_of(OBJECTS[0], seed=1)]
    recipe = Train(word="zorbo", examples=tuple(Example(image=each) for each in blobs[:3]), seed=7)
    preview = Preview(blob=blobs[3], alt="a zorbo in the snow")
    document = recipe.model_dump(mode="json")
    return await added(chat, "zorbo", chat.ben, previews=(preview,), recipe=document)


async def ended(chat: Chat) -> CarryOver:
    async with asyncio.timeout(PATIENCE):
        while True:
            for _, each in await chat.studio.carry_overs.of_server(chat.guild.id, "pocket-2"):
                if each.state is not State.BEGUN:
                    return each
            await asyncio.sleep(0.1)


async def use_pocket_2(chat: Chat) -> str:
    owner = chat.guild.member("owner", permissions=["manage_guild"])
    return (await (await owner.command(chat.channel, "checkpoint use", name="pocket-2")).message()).content


@pytest.mark.slow
async def test_a_word_comes_along(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.carry_over.LEAST_LIKENESS", 0.0)
    word = await a_word(chat)
    said = await use_pocket_2(chat)
    assert "From now on this server draws with pocket-2" in said
    assert "LoRAs stay with the models that they were made for" in said
    carried = await ended(chat)
    assert (carried.state, carried.failure) == (State.CARRIED, None)
    recipe = recipe_of(await chat.imagine("a zorbo over the sea", **DRAFT))
    assert (recipe.checkpoint, recipe.embeddings) == ("pocket-2", {"zorbo": carried.file})
    shown = await chat.ada.command(chat.channel, "checkpoint show")
    assert "Carried over to it: zorbo." in (await shown.message()).content
    page = await chat.ada.command(chat.channel, "embeddings show", name="zorbo")
    found = await page.message(lambda message: bool(message.attachments), within=PATIENCE)
    assert len(found.attachments) == 2, "as pocket drew it, and as pocket-2 does"
    assert "Carried over to pocket-2" in found.render()
    assert carried.file != word.file


@pytest.mark.slow
async def test_a_word_that_comes_out_different_stays_with_its_checkpoint(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Likeness, "is_enough", property(lambda likeness: False))
    word = await a_word(chat)
    await use_pocket_2(chat)
    assert (await ended(chat)).state is State.UNLIKE
    message = await chat.ben.dm.wait_message(lambda message: "zorbo" in message.content, PATIENCE)
    assert "your word zorbo was trained for it, but comes out too different" in message.content
    assert Image.open(io.BytesIO(message.attachments[0].content)).height > 300
    recipe = recipe_of(await chat.imagine("a zorbo over the sea", **DRAFT))
    assert (recipe.checkpoint, recipe.embeddings) == ("pocket", {"zorbo": word.file})


async def test_of_several_processes_one_carries_over_and_that_of_the_server_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, begins = list[tuple[str, int]](), list[str]()
    servers = {1: 5, 2: 1 << 22, 3: (1 << 22) + 1}
    """Of each word but the fourth, which is gone."""

    async def untold() -> list[Any]:
        return [SimpleNamespace(embedding_id=each) for each in (*servers, 4)]

    async def get(word: int) -> Any:
        return SimpleNamespace(server_id=servers[word]) if word in servers else None

    async def begun() -> list[Any]:
        return []

    async def tell(self: Any, each: Any, record: Any) -> None:
        told.append((str(self._studio.settings.shards), each.embedding_id))

    async def begin(self: Any, room: int) -> None:
        begins.append(str(self._studio.settings.shards))

    monkeypatch.setattr(CarryingOver, "_tell", tell)
    monkeypatch.setattr(CarryingOver, "_begin", begin)
    for written in ("0/2", "1/2"):
        studio = SimpleNamespace(
            settings=SimpleNamespace(shards=Shards.read(written)),
            embeddings=SimpleNamespace(get=get),
            carry_overs=SimpleNamespace(untold=untold, begun=begun),
        )
        client: Any = SimpleNamespace(studio=studio)
        await CarryingOver(client).round()
    assert told == [("0/2", 1), ("0/2", 4), ("1/2", 2), ("1/2", 3)]
    assert begins == ["0/2"]
