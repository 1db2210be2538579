"""Every module that does something has a test file of its name, in the mirrored room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.source import tree_of

HOUSE = Path(__file__).parents[1]
ROOMS = ("bot", "commands", "gpuworker", "moderation", "storage", "tasks")
"""The workshop `pocket/` is tested by what it trains, a test for each model."""

ELSEWHERE = {
    "bot/actions/fetch.py": ("bot/delivery/test_delivery.py", "it needs a picture that could not be posted"),
    "bot/actions/imagine.py": ("bot/commands/test_describe.py", "it needs a description to press it under"),
    "bot/actions/reopen.py": ("bot/test_marks.py", "it is pressed once a channel was closed"),
    "bot/commands/report.py": ("bot/actions/test_report.py", "its form is the one of the button"),
    "bot/captioned.py": ("bot/commands/test_train.py", "it needs a worker that captioned pictures"),
    "bot/form_fields.py": ("bot/actions/test_report.py", "forms are filled in by members"),
    "bot/held.py": ("bot/delivery/test_reviews.py", "what is held is posted or rejected there"),
    "bot/removal.py": ("bot/actions/test_delete.py", "pictures are removed with their messages"),
    "bot/suspended.py": ("bot/actions/test_decide.py", "members are suspended from a card"),
    "bot/client.py": ("bot/test_outage.py", "every test that chats with the bot runs it"),
    "bot/written_down.py": ("bot/commands/test_notebook.py", "its commands write entries down"),
    "bot/trained.py": ("bot/commands/test_train.py", "it needs a worker that trained a word"),
    "bot/actions/captions.py": ("bot/commands/test_train.py", "the command has the pictures captioned"),
    "bot/actions/train.py": ("bot/commands/test_train.py", "the command opens its form"),
    "bot/studio.py": ("bot/delivery/test_upkeep.py", "every test that chats with the bot opens one"),
    "gpuworker/families/sd1/family.py": ("gpuworker/checkpoints/test_load.py", "a record, read by loading"),
    "gpuworker/families/sd1/model.py": ("gpuworker/engine/test_families.py", "against the stock pipeline"),
    "gpuworker/families/sdxl/family.py": ("gpuworker/checkpoints/test_load.py", "a record, read by loading"),
    "gpuworker/stages/learned.py": ("gpuworker/stages/test_loras.py", "it is what a training hands over"),
    "gpuworker/training/inversion.py": ("gpuworker/training/test_trainer.py", "it is what trainers learn"),
    "gpuworker/training/learner.py": ("gpuworker/training/test_trainer.py", "trainers move by it"),
    "storage/plain_task.py": ("storage/test_jobs.py", "tasks say what else is true of them"),
    "storage/intake/__main__.py": ("storage/intake/test_cleaner.py", "the cleaner's end in another process"),
}
"""The test file of a module that has none of its name, and why it is another one."""


def modules() -> list[str]:
    """All modules that do something."""
    files = (
        file for room in ROOMS for file in (HOUSE / room).rglob("*.py") if "migrations" not in file.parts
    )
    return sorted(str(file.relative_to(HOUSE)) for file in files if does_something(file))


def does_something(file: Path) -> bool:
    """Whether a function has more in it than a docstring, which is all that those of protocols have."""
    functions = (
        node for node in ast.walk(tree_of(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(len(each.body) > (ast.get_docstring(each) is not None) for each in functions)


def test_of(module: str) -> Path:
    place = Path(module)
    name = place.parent.name if place.stem == "__init__" else place.stem
    return HOUSE / "tests" / place.parent / f"test_{name}.py"


test_of.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", modules())
def test_a_module_has_a_test_of_its_name(module: str) -> None:
    if module in ELSEWHERE:
        assert not test_of(module).exists(), "it needs no exception any more"
        assert (HOUSE / "tests" / ELSEWHERE[module][0]).exists()
    else:
        assert test_of(module).exists(), f"write {test_of(module).relative_to(HOUSE)}"


def test_there_are_no_exceptions_for_what_is_gone() -> None:
    assert ELSEWHERE.keys() <= set(modules())
