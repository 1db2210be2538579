"""Checkpoints that are loaded because somebody waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any, cast

import pytest

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.loading import Loading
from gpuworker.engine.ticket import Ticket
from tests.gpuworker.engine.support import failure, plain


class Store:
    """Loads when the test says so, and has room or not."""

    def __init__(self) -> None:
        self.loaded = {"here"}
        self.begun: dict[str, Future[Any]] = {}
        self.has_room = True

    def is_loaded(self, name: str) -> bool:
        return name in self.loaded

    def begin(self, name: str) -> Future[Any] | None:
        if not self.has_room:
            return None
        self.begun[name] = Future()
        return self.begun[name]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def news() -> threading.Event:
    return threading.Event()


@pytest.fixture
def loading(store: Store, news: threading.Event) -> Loading:
    return Loading(cast(CheckpointStore, store), news)


def waiting(*names: str) -> list[Ticket]:
    return [Ticket(plain(checkpoint=name)) for name in names]


def test_nothing_is_loaded_for_those_whose_checkpoint_is_there(loading: Loading, store: Store) -> None:
    loading.begin(waiting("here", "here"))
    assert store.begun == {}
    assert not loading.is_awaited


def test_the_first_that_is_missing_is_loaded_and_the_next_one_after_it(
    loading: Loading, store: Store, news: threading.Event
) -> None:
    line = waiting("here", "red", "blue")
    loading.begin(line)
    loading.begin(line)
    assert list(store.begun) == ["red"]
    assert loading.is_awaited
    store.begun["red"].set_result(None)
    assert news.is_set()
    store.loaded.add("red")
    loading.finish(line)
    loading.begin(line)
    assert list(store.begun) == ["red", "blue"]
    assert not any(ticket.settled() for ticket in line)


def test_without_room_it_is_crowded_until_there_is(loading: Loading, store: Store) -> None:
    store.has_room = False
    loading.begin(waiting("red"))
    assert loading.is_crowded
    assert loading.is_awaited
    store.has_room = True
    loading.begin(waiting("red"))
    assert not loading.is_crowded
    assert loading.is_awaited


def test_what_cannot_be_loaded_fails_those_who_wait_for_it_alone(loading: Loading, store: Store) -> None:
    first, other, second = line = waiting("red", "blue", "red")
    loading.begin(line)
    store.begun["red"].set_exception(CheckpointError("red is cut off."))
    loading.finish(line)
    for ticket in (first, second):
        assert str(failure(ticket.future)) == "red is cut off."
    assert not other.settled()
    assert not loading.is_awaited
