"""The operator sees the jobs that were given up, and what they asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import redis
from typer.testing import CliRunner

import darkroom
from storage.set_aside import jobs_set_aside, set_aside
from tests.conftest import a_job


def test_jobs_that_were_set_aside_are_listed_with_what_they_asked_for(
    run: CliRunner,
    home: Path,
    connection: redis.Redis,
    redis_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DARKROOM_REDIS_URL", redis_address)
    empty = run.invoke(darkroom.app, ["jobs", "set-aside"])
    assert (empty.exit_code, empty.stdout) == (0, "No job was set aside.\n")
    job = a_job()
    set_aside(connection, job.id, job.model_dump(mode="json"), 3)
    set_aside(connection, "[odd]", {}, 3)
    shown = run.invoke(darkroom.app, ["jobs", "set-aside"])
    assert shown.exit_code == 0, shown.output
    assert f"{job.id} " in shown.stdout
    assert "3 workers died: imagine with pocket, 128x128" in shown.stdout
    assert "a red circle over the sea" in shown.stdout
    assert "[odd]" in shown.stdout
    said = run.invoke(darkroom.app, ["jobs", "set-aside", "--json", "--forget"])
    rows = {row["id"]: row for row in map(json.loads, said.stdout.splitlines())}
    assert rows[job.id]["job"] == job.model_dump(mode="json")
    assert jobs_set_aside(connection) == []
