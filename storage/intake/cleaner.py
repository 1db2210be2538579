"""Members' files cleaned in processes of their own.

Decoding takes seconds of a processor, and files made to harm may crash a decoder or fill the memory. So
whoever answers people hands the files over, waits without blocking anything, and survives whatever becomes of
them. The processes are given nothing but the files: no settings, no tokens. `storage.intake.__main__` is
their side.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from moderation.told import Told
from storage.intake.embedding import TakenEmbedding
from storage.intake.lora import TakenLora
from storage.intake.other_programs import ForeignRecipe
from storage.intake.refused import IntakeError, damaged
from storage.intake.taken import Taken
from storage.recipe import AnyRecipe
from storage.recipe_file import recipes_from
from storage.sentences import Sent

Answer = tuple[dict[str, Any], list[bytes]]
"""What a process says, and the cleaned files."""

log = logging.getLogger(__name__)

_RECIPE: TypeAdapter[AnyRecipe] = TypeAdapter(AnyRecipe)
_PATIENCE = 40.0
"""Seconds for one file and its mask; the slowest that are taken need about four."""
_FILES_EACH = 200
"""Files after which a process is replaced by a fresh one."""
_LARGEST_ANSWER = 64_000_000
"""Bytes of the cleaned files."""
_LONGEST_WORDS = 2000
"""Bytes of the line that says what becomes of a file."""
_PASSED_ON = {"PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LANG", "LC_ALL"}
_TOO_LONG = Told("The picture takes too long to read: save it as a common PNG or JPEG.")
_NO_WORD = Told("The embedding takes too long to read: please send another one.")
_STOPPING = Told("I am about to be restarted: send the picture again in a minute.")
_HOUSE = Path(__file__).resolve().parents[2]


class Cleaner:
    """`take_in` and `take_mask` for an event loop; the files wait for one of a few processes.

    A process is started when it is first needed, and is stopped when it takes too long or dies.
    """

    def __init__(self, processes: int | None = None, patience: float = _PATIENCE) -> None:
        """Plan for so many processes; None means as many as there are processors, up to four."""
        self._patience = patience
        self._places = asyncio.Semaphore(processes or min(4, os.cpu_count() or 1))
        self._resting: list[_Process] = []
        self._working: set[_Process] = set()
        self._closed = False

    async def take_in(self, picture: bytes, mask: bytes | None = None) -> Taken:
        """Clean a picture and its mask, as `storage.intake.take_in` does. Raises IntakeError."""
        files = [picture] if mask is None else [picture, mask]
        said, (cleaned, recipes, *masks) = await self._asked({"do": "take_in"}, files)
        size, original = _size(said["size"]), _size(said["original"])
        return Taken(cleaned, masks[0] if masks else None, size, original, recipes_from(recipes))

    async def take_mask(self, mask: bytes, size: tuple[int, int]) -> bytes:
        """Clean a mask for a picture of that size, as `storage.intake.take_mask` does. Raises IntakeError."""
        _, (cleaned,) = await self._asked({"do": "take_mask", "size": size}, [mask])
        return cleaned

    async def read_recipe(self, picture: bytes) -> AnyRecipe | ForeignRecipe | None:
        """Read the first recipe in a picture, ours or another program's. Raises IntakeError."""
        _, (found,) = await self._asked({"do": "read_recipe"}, [picture])
        said = json.loads(found)
        if said["own"] is not None:
            return _RECIPE.validate_python(said["own"])
        return None if said["foreign"] is None else ForeignRecipe.model_validate(said["foreign"])

    async def take_embedding(self, file: bytes) -> TakenEmbedding:
        """Clean an embedding, as `storage.intake.embedding.take_embedding` does. Raises IntakeError."""
        said, (cleaned,) = await self._asked({"do": "take_embedding"}, [file])
        widths = tuple(map(int, said["widths"]))
        return TakenEmbedding(cleaned, widths, int(said["vectors"]), str(said["word"]))

    async def take_lora(self, file: bytes) -> TakenLora:
        """Clean a LoRA, as `storage.intake.lora.take_lora` does. Raises IntakeError."""
        said, (cleaned,) = await self._asked({"do": "take_lora"}, [file])
        return TakenLora(cleaned, int(said["rank"]))

    async def aclose(self) -> None:
        """Stop the processes; files that they were cleaning are refused."""
        self._closed = True
        for process in (*self._resting, *self._working):
            await process.stop()
        self._resting.clear()

    async def _asked(self, question: dict[str, Any], files: list[bytes]) -> Answer:
        async with self._places:
            answer = None
            if self._resting:
                # One that rested may have died meanwhile, of no fault of these files.
                answer = await self._answer(self._resting.pop(), question, files)
            if answer is None and self._closed:
                raise IntakeError(_STOPPING)
            said, cleaned = answer or await self._answer(await _Process.start(), question, files) or ({}, [])
        if (refused := said.get("refused")) is not None:
            raise IntakeError(Sent.model_validate(refused).said)
        if not cleaned:
            raise damaged("embedding" if _is_embedding(question) else "picture")
        return said, cleaned

    async def _answer(self, process: _Process, question: dict[str, Any], files: list[bytes]) -> Answer | None:
        """Give what a process answers, None when it breaks; then let it rest, or stop it."""
        self._working.add(process)
        try:
            async with asyncio.timeout(self._patience):
                answer = await process.ask(question, files)
        except TimeoutError as error:
            await process.stop()
            log.warning("a file of %d bytes took longer than %g s", len(files[0]), self._patience)
            raise IntakeError(_NO_WORD if _is_embedding(question) else _TOO_LONG) from error
        except (OSError, asyncio.IncompleteReadError, ValueError, KeyError, TypeError):
            status = await process.stop()
            log.warning("a process that cleaned a file of %d bytes ended: %s", len(files[0]), status)
            return None
        except BaseException:
            await process.stop()
            raise
        finally:
            self._working.discard(process)
        if process.files < _FILES_EACH and not self._closed:
            self._resting.append(process)
        else:
            await process.stop()
        return answer


def _is_embedding(question: Mapping[str, Any]) -> bool:
    return bool(question["do"] == "take_embedding")


class _Process:
    """One process, and how many files it has done."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.files = 0

    @classmethod
    async def start(cls) -> _Process:
        environment = {"OPENBLAS_NUM_THREADS": "1"}
        environment |= {name: value for name, value in os.environ.items() if name in _PASSED_ON}
        path = [str(_HOUSE), environment.get("PYTHONPATH", "")]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "storage.intake",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, path))},
            # The keys that stop a program in the terminal are for the one that waits for this.
            start_new_session=True,
            limit=2**20,
        )
        return cls(process)

    async def ask(self, question: dict[str, Any], files: list[bytes]) -> Answer:
        """Give the answer. Raises OSError, ValueError and the like when the process is broken."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.files += 1
        line = json.dumps(question | {"lengths": [len(file) for file in files]}) + "\n"
        self._process.stdin.writelines((line.encode(), *files))
        await self._process.stdin.drain()
        answer = await self._process.stdout.readline()
        if not answer.endswith(b"\n") or len(answer) > _LONGEST_WORDS:
            raise ValueError("no answer")
        said = json.loads(answer)
        lengths = [int(length) for length in said["lengths"]]
        if not all(length >= 0 for length in lengths) or sum(lengths) > _LARGEST_ANSWER:
            raise ValueError("an impossible length")
        return said, [await self._process.stdout.readexactly(length) for length in lengths]

    async def stop(self) -> int:
        """End it, and give its exit status, or the one that it had already ended with."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()


def _size(said: list[int]) -> tuple[int, int]:
    across, down = said
    return int(across), int(down)
