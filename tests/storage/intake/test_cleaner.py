"""Files cleaned in other processes: the same as at home, whatever becomes of the processes."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from storage.intake import IntakeError, take_in, take_mask
from storage.intake.cleaner import Cleaner
from storage.intake.other_programs import ForeignRecipe
from storage.recipe_file import to_png
from tests.storage.intake.files import scene, written
from tests.storage.intake.other_programs.files import PARAMETERS, png
from tests.storage.recipes import RECIPE

PICTURE = written(scene())
HOLED = scene().convert("RGBA")
HOLED.paste((0, 0, 0, 0), (4, 4, 20, 20))


def heavy() -> bytes:
    """A photo that takes about half a second."""
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    return written(Image.fromarray(noise).resize((3200, 3200), Image.Resampling.BICUBIC), "JPEG")


@pytest.fixture
async def cleaner() -> AsyncIterator[Cleaner]:
    running = Cleaner(processes=2)
    yield running
    await running.aclose()
    assert processes() == []


def processes() -> list[psutil.Process]:
    """Those that clean for this one."""
    children = psutil.Process().children()
    return [each for each in children if "storage.intake" in each.cmdline()]


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every process that is started stand still, so that it never answers."""
    start = asyncio.create_subprocess_exec

    async def start_frozen(*command: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await start(*command, **options)
        process.send_signal(signal.SIGSTOP)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_frozen)


async def begun() -> psutil.Process:
    """The first process, once it stands still."""
    async with asyncio.timeout(60):
        while not (found := processes()) or found[0].status() != psutil.STATUS_STOPPED:
            await asyncio.sleep(0.01)
    return found[0]


async def test_what_comes_back_is_the_same(cleaner: Cleaner) -> None:
    mask = Image.new("L", scene().size)
    mask.paste(255, (1, 1, 9, 9))
    assert await cleaner.take_in(PICTURE) == take_in(PICTURE)
    assert await cleaner.take_in(written(HOLED)) == take_in(written(HOLED))
    assert await cleaner.take_in(PICTURE, written(mask)) == take_in(PICTURE, written(mask))
    assert await cleaner.take_mask(written(mask), scene().size) == take_mask(written(mask), scene().size)
    assert len(processes()) == 1


@pytest.mark.parametrize("data", [b"", b"MZ, a program", PICTURE[:40], written(Image.new("RGBA", (9, 9)))])
async def test_refusals_are_the_same_sentences(cleaner: Cleaner, data: bytes) -> None:
    with pytest.raises(IntakeError) as here:
        take_in(data)
    with pytest.raises(IntakeError) as there:
        await cleaner.take_in(data)
    assert str(there.value) == str(here.value)
    assert await cleaner.take_in(PICTURE) == take_in(PICTURE)


async def test_a_process_that_dies_takes_one_file_with_it(
    cleaner: Cleaner, frozen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed = asyncio.create_task(cleaner.take_in(PICTURE))
    (await begun()).kill()
    with pytest.raises(IntakeError, match="damaged"):
        await doomed
    monkeypatch.undo()
    assert await cleaner.take_in(PICTURE) == take_in(PICTURE)


async def test_a_process_that_dies_at_rest_is_replaced(cleaner: Cleaner) -> None:
    await cleaner.take_in(PICTURE)
    (process,) = processes()
    process.kill()
    assert await cleaner.take_in(PICTURE) == take_in(PICTURE)


async def test_what_takes_too_long_is_stopped() -> None:
    hasty = Cleaner(patience=0.01)
    with pytest.raises(IntakeError, match="too long"):
        await hasty.take_in(PICTURE)
    with pytest.raises(IntakeError, match="embedding takes too long"):
        await hasty.take_embedding(PICTURE)
    assert processes() == []
    await hasty.aclose()


async def test_who_no_longer_waits_leaves_no_process_behind(
    cleaner: Cleaner, frozen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = asyncio.create_task(cleaner.take_in(PICTURE))
    await begun()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert processes() == []
    monkeypatch.undo()
    assert await cleaner.take_in(PICTURE) == take_in(PICTURE)


async def test_what_is_being_cleaned_when_it_is_closed_is_told_so(cleaner: Cleaner, frozen: None) -> None:
    working = asyncio.create_task(cleaner.take_in(PICTURE))
    await begun()
    await cleaner.aclose()
    with pytest.raises(IntakeError):
        await working
    assert processes() == []
    with pytest.raises(IntakeError, match="restarted"):
        await cleaner.take_in(PICTURE)


async def test_a_process_knows_no_secrets_and_has_bounds(
    cleaner: Cleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_DISCORD_TOKEN", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    await cleaner.take_in(PICTURE)
    (process,) = processes()
    assert "secret" not in process.environ().values()
    assert process.rlimit(psutil.RLIMIT_AS)[1] == 2 * 2**30
    assert process.rlimit(psutil.RLIMIT_FSIZE)[1] == 0
    assert process.nice() > psutil.Process().nice() or process.nice() == 19


async def test_processes_run_nothing_of_the_folder_that_one_stands_in(
    cleaner: Cleaner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PIL.py", "numpy.py", "json.py", "storage.py"):
        (tmp_path / name).write_text("raise SystemExit('a file of the folder was run')")
    monkeypatch.chdir(tmp_path)
    assert await cleaner.take_in(PICTURE) == take_in(PICTURE)


@pytest.mark.slow
async def test_eight_heavy_files_do_not_hold_up_the_loop(cleaner: Cleaner) -> None:
    files = [heavy()] * 8
    busy, rounds = 0.0, 0
    grown = psutil.Process().memory_info().rss
    waiting = asyncio.gather(*(cleaner.take_in(file) for file in files))
    while not waiting.done():
        begun_at = time.thread_time()
        await asyncio.sleep(0.02)
        busy, rounds = max(busy, time.thread_time() - begun_at), rounds + 1
        assert len(processes()) <= 2
    assert {taken.size for taken in await waiting} == {(2048, 2048)}
    # Neither by computing nor by waiting; of a clock, a busy machine would take as much.
    assert busy < 0.25, "seconds that the loop had no time for something else"
    assert rounds > 3 * len(files), "the loop goes round while a file is cleaned"
    assert psutil.Process().memory_info().rss - grown < 250e6


async def test_recipes_are_read_there_too(cleaner: Cleaner) -> None:
    ours = to_png(scene(), RECIPE)
    assert await cleaner.read_recipe(ours) == RECIPE
    foreign = await cleaner.read_recipe(png({"parameters": PARAMETERS}))
    assert isinstance(foreign, ForeignRecipe)
    assert (foreign.program, foreign.seed) == ("A1111", 1234)
    assert await cleaner.read_recipe(PICTURE) is None
    assert await cleaner.read_recipe(b"MZ, a program") is None
