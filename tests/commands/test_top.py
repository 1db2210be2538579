"""`darkroom top`, as an operator sees it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import redis
from rich.console import Console
from typer.testing import CliRunner

import darkroom
from commands.top import view_of
from storage.farm import announce
from storage.overview import overview
from storage.queue import JobQueue
from storage.share import Share, Urgency
from tests.conftest import a_job
from tests.storage.test_farm import a_card


@pytest.fixture
def busy(
    connection: redis.Redis, redis_address: str, settings_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_REDIS_URL", redis_address)
    JobQueue(connection).enqueue(a_job())
    announce(connection, a_card("[bold]gpu-1", speed=30))


def test_queues_and_workers_are_shown(busy: None, connection: redis.Redis) -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(view_of(overview(connection)))
    shown = console.export_text()
    assert [word for word in ("pocket", "[bold]gpu-1", "0 results wait") if word not in shown] == []
    (queue,) = [line.split("│")[1:-1] for line in shown.splitlines() if line.startswith("│ pocket")]
    assert [cell.strip() for cell in queue][:4] == ["pocket", "1", "0, 0, 0", "0"]


def test_the_batch_of_each_worker_is_shown(busy: None, connection: redis.Redis) -> None:
    announce(connection, a_card("gpu-2").model_copy(update={"batch": 7}))
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(view_of(overview(connection)))
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in console.export_text().splitlines()]
    assert {row[0]: row[3] for row in rows if len(row) == 5} == {"[bold]gpu-1": "0", "gpu-2": "7"}


def test_who_asks_for_most_is_shown(busy: None, connection: redis.Redis) -> None:
    queue = JobQueue(connection)
    queue.enqueue(a_job().model_copy(update={"share": Share(member="[b]somebody", urgency=Urgency.BULK)}))
    queue.lines(["pocket"])
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(view_of(overview(connection)))
    shown = console.export_text()
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines()]
    assert ["[b]somebody", "1"] in rows
    assert ["nobody in particular", "1"] in rows
    assert ["pocket", "2", "1, 0, 0", "0"] in [row[:4] for row in rows]


def test_json_is_one_look(busy: None) -> None:
    done = CliRunner().invoke(darkroom.app, ["top", "--json"])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["lines"][0]["checkpoint"] == "pocket"
    assert told["workers"][0]["seats"] == 8


def test_once_ends_by_itself(busy: None) -> None:
    done = CliRunner().invoke(darkroom.app, ["top", "--once"])
    assert (done.exit_code, "Queues" in done.stdout) == (0, True)
