"""What a worker has at hand, played ahead."""

from __future__ import annotations

import math

import pytest

from storage.shelf import OVERDUE, TURN, Shelf


def a_shelf(*loaded: str, displaces: tuple[str, ...] = ()) -> Shelf:
    return Shelf(list(loaded), set(displaces), loading=5.0)


@pytest.mark.parametrize(
    ("queue", "held", "idle", "loads"),
    [
        ("here", True, True, 0),
        ("free", False, False, 0),
        ("free", True, False, 1),
        ("crowded", False, True, 0),
        ("crowded", True, True, 2),
        ("crowded", True, False, OVERDUE),
        ("crowded", False, False, OVERDUE),
    ],
)
def test_what_would_displace_something_is_left_alone_longest(
    queue: str, held: bool, idle: bool, loads: float
) -> None:
    shelf = a_shelf("here", displaces=("crowded",))
    assert shelf.patience(queue, 0.0, held=held, idle=idle, demand={"here": 0.19}) == loads * shelf.loading


def test_an_idle_worker_keeps_what_it_would_have_to_load_again_at_once() -> None:
    shelf = a_shelf("here", displaces=("crowded",))
    demand = {"here": 0.2, "crowded": 1.0}
    assert shelf.patience("crowded", 0.0, held=False, idle=True, demand=demand) == 4 * shelf.loading
    assert shelf.patience("free", 0.0, held=False, idle=True, demand=demand) == 0


def test_what_is_loaded_can_be_used_at_once_and_the_rest_when_it_is() -> None:
    shelf = a_shelf("here", displaces=("crowded",))
    assert shelf.take("here", {"here"}, now=7, rest=3) == 7
    assert shelf.take("free", {"here"}, now=7, rest=3) == 12
    assert shelf.take("free", {"here", "free"}, now=9, rest=3) == 12, "the second one waits for the same"
    assert shelf.take("free", {"here", "free"}, now=20, rest=3) == 20


def test_the_least_recently_used_that_nobody_uses_makes_room() -> None:
    shelf = a_shelf("first", "second", displaces=("crowded",))
    shelf.take("first", {"first"}, now=0, rest=0)
    assert shelf.take("crowded", {"first", "crowded"}, now=0, rest=9) == 5
    assert (shelf.loaded, shelf.displaces) == (["first", "crowded"], {"second"})
    assert shelf.take("second", {"first", "crowded", "second"}, now=6, rest=9) == 20, "both are in use"
    assert shelf.loaded == ["crowded", "second"]


def test_what_was_loaded_has_its_turn_first() -> None:
    shelf = a_shelf("here", displaces=("crowded",))
    shelf.take("crowded", {"crowded"}, now=0, rest=0)
    assert shelf.turn_ends == 5 + TURN * 5 == 35
    assert shelf.patience("here", 34, held=False, idle=False, demand={}) == math.inf
    assert shelf.patience("here", 35, held=False, idle=False, demand={}) == OVERDUE * 5
    assert shelf.patience("here", 6, held=False, idle=True, demand={}) == 0
