"""Folders that are tried before the work, and files that are whole or not there."""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commands.refusals import sentence_of
from commands.terminal import Refused
from commands.writing import refuse_unwritable, write_numbered, write_whole

_LIMIT = 2**25
"""Bytes of a file, above what the probe needs."""


def test_a_folder_is_tried_without_a_trace(tmp_path: Path) -> None:
    refuse_unwritable(tmp_path / "to be" / "made")
    assert not list(tmp_path.iterdir())


def test_what_is_no_folder_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "below"):
        with pytest.raises(Refused) as refused:
            refuse_unwritable(place)
        assert sentence_of(refused.value) == f"{file} is no folder: name one that files can be written into."


def test_where_nothing_can_be_written_it_says_written() -> None:
    with pytest.raises(OSError, match="No such file") as refused:
        refuse_unwritable(Path("/proc/nope"))
    assert sentence_of(refused.value) == "/proc/nope cannot be written: No such file or directory."


def test_the_folder_in_which_one_stands_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IsADirectoryError) as refused:
        write_whole(Path(), b"data")
    assert sentence_of(refused.value) == f"{tmp_path} cannot be written: Is a directory."


def test_a_file_is_numbered_or_replaced(tmp_path: Path) -> None:
    first, second = (write_numbered(tmp_path / "new", "boat", ".png", data) for data in (b"1", b"2"))
    assert (first.name, second.name) == ("boat.png", "boat-2.png")
    write_whole(first, b"3")
    assert (first.read_bytes(), second.read_bytes()) == (b"3", b"2")
    assert len(list(first.parent.iterdir())) == 2


def test_what_is_no_plain_file_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"data")
    assert os.read(reader, 9) == b"data"
    os.close(reader)
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"data")


@pytest.mark.parametrize(
    "write",
    [lambda file, data: write_numbered(file.parent, "other", ".png", data), write_whole],
    ids=["numbered", "whole"],
)
def test_on_a_full_disk_nothing_half_written_stays(
    tmp_path: Path, write: Callable[[Path, bytes], Path], full_disk: None
) -> None:
    earlier = tmp_path / "boat.png"
    earlier.write_bytes(b"whole")
    with pytest.raises(OSError, match="too large") as refused:
        write(earlier, bytes(_LIMIT + 1))
    assert refused.value.errno == errno.EFBIG
    assert " cannot be written: " in (sentence_of(refused.value) or "")
    assert [file.name for file in tmp_path.iterdir()] == ["boat.png"]
    assert earlier.read_bytes() == b"whole"


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file may grow beyond the limit, which fails amid writing as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LIMIT, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)
