"""The process that cleans files for another one: questions on standard input, answers on standard output.

A question is a line of JSON, followed by as many files as it has `lengths`; so is an answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from typing import Any

from moderation.told import told_of
from storage.intake import IntakeError, take_in, take_mask
from storage.intake.embedding import take_embedding
from storage.intake.lora import take_lora
from storage.intake.other_programs import read_foreign
from storage.recipe_file import recipes_json, recipes_told
from storage.sentences import Sent

_MOST_MEMORY = 2 * 2**30
"""Bytes of address space. The largest pictures with the largest masks need about half."""
_LONGEST_WORD = 64
_POLITENESS = 5
"""Whoever answers people comes first."""


def main() -> None:
    """Answer until there are no more questions."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    _confine()
    while line := questions.readline():
        question = json.loads(line)
        files = [questions.read(length) for length in question["lengths"]]
        said, cleaned = _answer(question, files)
        answers.write(json.dumps(said | {"lengths": [len(file) for file in cleaned]}).encode() + b"\n")
        answers.writelines(cleaned)
        answers.flush()


def _answer(question: dict[str, Any], files: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    try:
        if question["do"] == "take_mask":
            across, down = question["size"]
            return {}, [take_mask(files[0], (across, down))]
        if question["do"] == "read_recipe":
            return {}, [recipe_json(files[0])]
        if question["do"] == "take_embedding":
            file, widths, vectors, word = take_embedding(files[0])
            return {"widths": widths, "vectors": vectors, "word": word[:_LONGEST_WORD]}, [file]
        if question["do"] == "take_lora":
            lora, rank = take_lora(files[0])
            return {"rank": rank}, [lora]
        taken = take_in(*files)
    except IntakeError as error:
        return {"refused": Sent.of(told_of(error)).model_dump()}, []
    cleaned = [taken.picture, recipes_json(taken.recipes), *([taken.mask] if taken.mask else [])]
    return {"size": taken.size, "original": taken.original}, cleaned


def recipe_json(data: bytes) -> bytes:
    """Give the recipe in a picture: one of ours, or else what another program wrote, or null."""
    own = next(iter(recipes_told(data)), None)
    foreign = read_foreign(data) if own is None else None
    parts = (("own", own), ("foreign", foreign))
    return json.dumps({name: part and part.model_dump(mode="json") for name, part in parts}).encode()


def _confine() -> None:
    """Take from this process what it does not need: memory without limit, files of its own, the terminal."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        # libtiff writes of every odd file; nothing but answers may stand among the answers.
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_POLITENESS)
    for limited, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            # Not every system has every limit.
            resource.setrlimit(limited, (most, most))


if __name__ == "__main__":
    main()
