"""A ticket is settled once, by whoever comes first."""

from __future__ import annotations

import time

import pytest
import torch
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.engine.errors import DeadlineExceeded, Lacking, RenderError
from gpuworker.engine.ticket import Ticket
from tests.gpuworker.engine.support import failure, plain

PICTURE = Image.new("RGB", (8, 8))


def test_the_first_answer_holds() -> None:
    ticket = Ticket(plain())
    assert not ticket.settled()
    ticket.succeed(PICTURE)
    ticket.fail(ValueError("too late"))
    assert ticket.settled()
    assert ticket.future.result(0) is PICTURE


def test_a_cancelled_one_takes_no_answer() -> None:
    ticket = Ticket(plain())
    assert ticket.future.cancel()
    ticket.succeed(PICTURE)
    assert ticket.settled()
    assert ticket.future.cancelled()


def test_it_can_be_cancelled_until_the_picture_is_there() -> None:
    ticket = Ticket(plain())
    ticket.settled()
    assert ticket.future.cancel()
    done = Ticket(plain())
    done.succeed(PICTURE)
    assert not done.future.cancel()


def test_a_deadline_that_passed_settles_it() -> None:
    late, early = Ticket(plain(deadline=time.monotonic())), Ticket(plain(deadline=time.monotonic() + 60))
    assert late.settled()
    assert not early.settled()
    assert isinstance(failure(late.future), DeadlineExceeded)


@pytest.mark.parametrize("error", [RenderError("a sentence"), CheckpointError("a sentence"), KeyError("x")])
def test_what_fails_inside_is_its_own_failure(error: Exception) -> None:
    ticket = Ticket(plain())
    with ticket.alone():
        raise error
    assert failure(ticket.future) is error


def test_out_of_memory_names_the_size() -> None:
    ticket = Ticket(plain(width=512, height=64))
    with ticket.alone():
        raise torch.OutOfMemoryError("CUDA out of memory.")
    assert isinstance(failed := failure(ticket.future), Lacking)
    assert str(failed).startswith("A picture of 512 x 64 does not fit")


def test_the_end_of_the_thread_is_no_failure_of_a_picture() -> None:
    ticket = Ticket(plain())
    with pytest.raises(SystemExit), ticket.alone():
        raise SystemExit
    assert not ticket.future.done()


def test_the_loras_of_its_prompt_are_known() -> None:
    assert Ticket(plain(prompt="a house <lora:ink:0.5>")).loras == (("ink", 0.5),)
    assert Ticket(plain()).loras == ()
