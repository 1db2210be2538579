"""How long members wait for what is not rendering: `python -m tests.benchmarks.chat`.

The real bot talks to the Discord emulator in its own process, so the figures hold the emulator's time too;
Redis, the worker and the pocket checkpoint are real. The last line is one JSON object:

- `first_response_p95_ms`: from the command to the first answer, 20 members at the same moment.
- `to_first_step_ms`: from the command to the beginning of its first denoising step, farm idle, median.
- `to_posted_ms`: from the decoded picture in the worker to the message with it, farm idle, median.
- `outside_engine_ms`: the two together, job by job, median.
- `imagine_command_s`: `darkroom imagine` as a whole process, 20 steps, 1 picture, worker up, median.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PIL import Image
from pydantic import SecretStr

from commands.worker_process import WorkerProcess
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request, StepDone
from storage.embedded_redis import EmbeddedRedis
from storage.settings import BotSettings, Settings
from tests.bot.conftest import PATIENCE, Chat, is_result, running_worker
from tests.discord_emulator import DiscordEmulator

MEMBERS = 20
IDLE_JOBS = 15
COMMANDS = 7
PROMPT = "a red circle over the sea"


@dataclass(slots=True)
class Moments:
    """When the engine began and ended the newest picture, on time.monotonic()."""

    first_step: float = 0.0
    handed_over: float = 0.0


@contextlib.contextmanager
def watched_engine() -> Iterator[Moments]:
    """Note when the engine starts a request and when it hands the picture over, without changing either."""
    moments, submit = Moments(), Engine.submit

    def watching(engine: Engine, request: Request) -> Future[Image.Image]:
        steps: list[float] = []

        def on_step(done: StepDone) -> None:
            steps.append(time.monotonic())
            if len(steps) == 2:
                moments.first_step = steps[0] - (steps[1] - steps[0])
            if request.on_step is not None:
                request.on_step(done)

        future = submit(engine, replace(request, on_step=on_step))
        future.add_done_callback(lambda _: setattr(moments, "handed_over", time.monotonic()))
        return future

    Engine.submit = watching  # type: ignore[assignment, method-assign]
    try:
        yield moments
    finally:
        Engine.submit = submit  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def online(home: Path) -> AsyncIterator[Chat]:
    """A bot in an emulated Discord."""
    async with DiscordEmulator() as emulator:
        with emulator.redirect():
            database_url = SecretStr(f"sqlite:///{home / 'bot.db'}")
            chat = Chat(emulator, BotSettings(home=home, database_url=database_url))
            await chat.start_bot()
            try:
                yield chat
            finally:
                await chat.stop_bot()


async def idle_farm(moments: Moments, chat: Chat) -> dict[str, float]:
    """One job after another: what each of them spends outside the engine."""
    before, after = [], []
    for _ in range(IDLE_JOBS):
        asked = time.monotonic()
        run = await chat.ada.command(chat.channel, "imagine", prompt=PROMPT, count=1)
        await run.message(is_result, within=PATIENCE)
        after.append(time.monotonic() - moments.handed_over)
        before.append(moments.first_step - asked)
    together = [sum(pair) for pair in zip(before, after, strict=True)]
    return {
        "to_first_step_ms": _milliseconds(statistics.median(before)),
        "to_posted_ms": _milliseconds(statistics.median(after)),
        "outside_engine_ms": _milliseconds(statistics.median(together)),
    }


async def crowd(chat: Chat) -> dict[str, float]:
    """Twenty members press Enter together."""
    members = [chat.guild.member(f"member {number}") for number in range(MEMBERS)]
    runs = [
        await member.command(chat.channel, "imagine", prompt=PROMPT, count=1, quality="draft")
        for member in members
    ]
    latencies = [(await run.response(within=10)).latency or 0.0 for run in runs]
    await asyncio.gather(*(run.message(is_result, within=2 * PATIENCE) for run in runs))
    return {"first_response_p95_ms": _milliseconds(statistics.quantiles(latencies, n=20)[-1])}


def command_line(home: Path) -> dict[str, float]:
    """`darkroom imagine` from the shell's point of view."""
    command = [sys.executable, "-m", "darkroom", "imagine", PROMPT, "--out", str(home / "pictures")]
    seconds = []
    for _ in range(COMMANDS):
        began = time.monotonic()
        environment = {**os.environ, "DARKROOM_HOME": str(home)}
        subprocess.run(command, check=True, env=environment, capture_output=True)
        seconds.append(time.monotonic() - began)
    return {"imagine_command_s": round(statistics.median(seconds), 2)}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


async def in_chat(home: Path, measure: Callable[[Chat], Awaitable[dict[str, float]]]) -> dict[str, float]:
    """What `measure` finds in a chat where everything has run once."""
    async with online(home) as chat:
        await chat.imagine(count=1)
        return await measure(chat)


def main() -> None:
    """Measure and print. To be watched the engine must be in this process; otherwise it has its own."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder) / "redis"):
        home = Path(folder)
        settings = Settings(home=home)
        with watched_engine() as moments, running_worker(settings):
            figures = asyncio.run(in_chat(home, partial(idle_farm, moments)))
        with WorkerProcess(settings, keep=False):
            figures |= asyncio.run(in_chat(home, crowd))
            figures |= command_line(home)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
