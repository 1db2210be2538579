"""Pictures that share passes: which may, and how many."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.group import Group, group_key
from gpuworker.engine.plan import Plan
from gpuworker.engine.rows import RowLimit
from gpuworker.engine.ticket import Ticket
from tests.gpuworker.engine.support import plain


class Bare:
    """A checkpoint that notes that its LoRAs went before passes were measured."""

    bare = False

    def wear_nothing(self) -> None:
        self.bare = True


def a_group(limit: int) -> tuple[Group, Bare, list[bool]]:
    checkpoint, planned = Bare(), list[bool]()

    def make_plan() -> Plan:
        planned.append(checkpoint.bare)
        return Plan(RowLimit(limit), RowLimit(1))

    return Group(cast(Checkpoint, checkpoint), make_plan), checkpoint, planned


def running(rows: int, settled: bool = False) -> Any:
    return SimpleNamespace(rows=rows, ticket=SimpleNamespace(settled=lambda: settled))


@pytest.mark.parametrize(
    ("changes", "together"),
    [
        ({"steps": 9, "guidance_scale": 1.0, "prompt": "a boat", "seed": 4}, True),
        ({"width": 128}, False),
        ({"height": 128}, False),
        ({"checkpoint": "tiny-v"}, False),
        ({"prompt": "a boat <lora:ink:0.5>"}, False),
    ],
    ids=["settings", "width", "height", "checkpoint", "lora"],
)
def test_what_passes_depend_on_parts_groups_and_nothing_else(changes: dict[str, Any], together: bool) -> None:
    assert (group_key(Ticket(plain())) == group_key(Ticket(plain(**changes)))) is together


def test_there_is_room_for_another_two_rows_or_for_a_first_picture_of_any() -> None:
    group, _, _ = a_group(limit=5)
    group.renders = [running(3)]
    assert group.has_room()
    group.renders.append(running(1))
    assert not group.has_room()
    alone, _, _ = a_group(limit=1)
    assert alone.has_room(), "a picture of more rows than fit takes several passes"


def test_it_is_planned_once_and_without_loras() -> None:
    group, _, planned = a_group(limit=4)
    assert group.plan is group.plan
    assert planned == [True]


def test_the_settled_leave() -> None:
    group, _, _ = a_group(limit=4)
    stays = running(2)
    group.renders = [running(2, settled=True), stays]
    group.drop_settled()
    assert group.renders == [stays]
