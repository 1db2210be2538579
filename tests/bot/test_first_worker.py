"""Who asks for the operator's own checkpoint before the farm's first worker is up is told so, and waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from bot.checkpoints import says_kept
from storage.farm import Largest, WorkerCard, announce
from storage.jobs import Imagine
from storage.served import ServedCheckpoint, Usual, remember
from storage.settings import BotSettings
from tests.bot.commands.test_train import PICTURES, attached
from tests.bot.conftest import PATIENCE, Chat, only_record
from tests.discord_emulator import DiscordEmulator
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message

OWN = ServedCheckpoint(name="watercolour", hash="ab", side=192, usual=Usual(steps=8))
OTHER = ServedCheckpoint(name="oil", hash="cd", side=512)
KEPT = str(says_kept(OWN.name))


@pytest.fixture
async def early(
    emulator: DiscordEmulator,
    bot_database: SecretStr,
    tmp_path: Path,
    redis_address: str,
    connection: redis.Redis,
) -> AsyncIterator[Chat]:
    """A farm without workers, whose operator named a checkpoint of their own."""
    settings = BotSettings(
        home=tmp_path,
        redis_url=redis_address,
        database_url=bot_database,
        default_checkpoint=OWN.name,
    )
    chat = Chat(emulator, settings)
    await chat.start_bot(knows="")
    yield chat
    await chat.stop_bot()
    assert emulator.unknown_requests == []


async def asked(chat: Chat, **options: object) -> InteractionRun:
    return await chat.ada.command(chat.channel, "imagine", prompt="a tree", count=1, **options)


def is_queued(message: Message) -> bool:
    return "No worker with the checkpoint `watercolour` is running." in message.content


async def test_they_are_told_and_queued_with_what_suits_it_once_a_worker_is_there(
    early: Chat, connection: redis.Redis
) -> None:
    run = await asked(early)
    await run.message(lambda message: message.content == KEPT, within=PATIENCE)
    assert await early.studio.jobs.of_member(early.ada.id) == []
    remember(connection, OWN)
    await run.message(is_queued, within=PATIENCE)
    task = (await only_record(early)).job.task
    assert isinstance(task, Imagine)
    assert (task.width, task.height, task.steps) == (192, 192, 8)


async def test_what_then_does_not_fit_is_refused_and_costs_nothing(
    early: Chat, connection: redis.Redis
) -> None:
    run = await asked(early, size="1024x1024")
    await run.message(lambda message: message.content == KEPT, within=PATIENCE)
    largest = (Largest(checkpoint=OWN.name, pixels=512 * 512),)
    announce(
        connection,
        WorkerCard(name="one", checkpoints=(OWN.name,), device="cpu", seats=1, largest=largest),
    )
    remember(connection, OWN)
    refused = await run.message(lambda message: "at most 512x512" in message.content, within=PATIENCE)
    assert refused.ephemeral
    assert early.channel.messages == []
    assert await early.studio.jobs.of_member(early.ada.id) == []


async def test_a_farm_that_turns_out_to_serve_others_says_so(early: Chat, connection: redis.Redis) -> None:
    run = await asked(early)
    await run.message(lambda message: message.content == KEPT, within=PATIENCE)
    remember(connection, OTHER)
    refused = await run.message(lambda message: "It serves `oil`" in message.content, within=PATIENCE)
    assert refused.ephemeral


async def test_nobody_waits_for_a_name_that_the_operator_did_not_give(early: Chat) -> None:
    run = await asked(early, checkpoint="water color")
    assert "No worker is running yet" in (await run.message(within=PATIENCE)).content


async def test_if_no_worker_comes_that_is_said(early: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.first_worker._LONGEST", 0.2)
    run = await asked(early)
    said = await run.message(lambda message: "nothing was charged" in message.content, within=PATIENCE)
    assert said.ephemeral
    assert "No worker of this farm has started" in said.content


async def test_a_bot_that_is_restarted_meanwhile_says_so(early: Chat) -> None:
    run = await asked(early)
    await run.message(lambda message: message.content == KEPT, within=PATIENCE)
    await early.stop_bot()
    await early.start_bot(knows="")
    await run.message(lambda message: "I was restarted" in message.content, within=PATIENCE)


async def test_pictures_to_train_from_wait_as_well_and_in_private(
    early: Chat, connection: redis.Redis
) -> None:
    run = await early.ada.command(early.channel, "train", word="zorp", **attached(PICTURES[:3]))
    kept = await run.message(lambda message: message.content == KEPT, within=PATIENCE)
    assert kept.ephemeral
    remember(connection, OWN)
    await run.message(is_queued, within=PATIENCE)
