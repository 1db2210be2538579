"""`darkroom embeddings`: listed, written into a bundle, and taken into another server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from darkroom import app
from storage.blobs import Blobs
from storage.carry_over import Likeness
from storage.connection import connect
from storage.database import Database
from storage.embedded_redis import EmbeddedRedis
from storage.records.carry_over import CarryOverRecords
from storage.records.embeddings import EmbeddingRecords, EmbeddingState, NewEmbedding
from storage.served import ServedCheckpoint, remember
from storage.settings import BotSettings
from tests.bot.test_embeddings import red_circle

WIDTH = 128


@pytest.fixture
def settings(settings_home: Path) -> BotSettings:
    return BotSettings(home=settings_home)


async def store(settings: BotSettings) -> None:
    database = await Database.open(settings.database_address)
    new = NewEmbedding(
        server_id=1,
        name="zorbo",
        owner_id=7,
        author="Ada",
        family="sd1",
        widths=(WIDTH,),
        vectors=2,
        file=await Blobs.open(settings).aput(red_circle()),
        licence="CC0-1.0",
        shared=True,
        state=EmbeddingState.PUBLISHED,
    )
    await EmbeddingRecords(database).add(new)
    await database.close()


def test_a_word_is_taken_from_one_server_to_another(settings: BotSettings, tmp_path: Path) -> None:
    asyncio.run(store(settings))
    run, bundle = CliRunner(), tmp_path / "zorbo.zip"
    listed = run.invoke(app, ["embeddings", "list", "--server", "1", "--json"])
    assert json.loads(listed.stdout)["name"] == "zorbo"
    missing = run.invoke(app, ["embeddings", "export", "gorbo", str(bundle), "--server", "1"])
    assert missing.exit_code == 1
    assert run.invoke(app, ["embeddings", "export", "zorbo", str(bundle), "--server", "1"]).exit_code == 0
    with EmbeddedRedis(settings.redis_folder):
        known = ServedCheckpoint(name="pocket", hash="ab", side=128, family="sd1", text_widths=(WIDTH,))
        remember(connect(settings), known)
        taken = run.invoke(app, ["embeddings", "import", str(bundle), "--server", "2"])
        assert "zorbo by Ada, signed by the key" in taken.stdout
        again = run.invoke(app, ["embeddings", "import", str(bundle), "--server", "2"])
        assert again.exit_code == 1
    assert "zorbo by Ada (CC0-1.0)" in run.invoke(app, ["embeddings", "list", "--server", "2"]).stdout


def test_what_was_carried_over_is_listed_and_tried_again(settings: BotSettings) -> None:
    asyncio.run(store(settings))
    asyncio.run(carried(settings))
    run, there = CliRunner(), ["embeddings", "carry-over", "--server", "1", "--checkpoint", "pocket-2"]
    assert "zorbo: unlike, 40% of its likeness" in run.invoke(app, there).stdout
    assert run.invoke(app, [*there, "--again", "gorbo"]).exit_code == 1
    listed = run.invoke(app, [*there, "--again", "zorbo", "--json"]).stdout
    assert json.loads(listed)["likeness"] == 0.4
    assert run.invoke(app, there).stdout == ""


async def carried(settings: BotSettings) -> None:
    database = await Database.open(settings.database_address)
    records = CarryOverRecords(database)
    await records.begin(1, "pocket-2")
    (begun,) = await records.begun()
    await records.finish(begun.job_id, "0" * 64, Likeness(before=0.5, after=0.2))
    await database.close()
