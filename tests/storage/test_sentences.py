"""Sentences on their way between programs."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from moderation.told import Told
from storage.events import Failed, Result, read_result
from storage.sentences import Sent


def test_a_sentence_arrives_with_all_that_it_tells() -> None:
    known = Told("{names} and {last}", names="ink, oil", last="wax")
    said = Told(
        "There is no {kind} called {name}: those that are here are {known}.",
        kind="LoRA",
        name="x",
        known=known,
    )
    arrived = Sent.model_validate_json(Sent.of(said).model_dump_json()).said
    assert arrived == said
    assert isinstance(arrived, Told)
    assert arrived.template == said.template
    assert arrived.fields == said.fields
    inner = arrived.fields["known"]
    assert isinstance(inner, Told)
    assert inner.template == known.template


def test_what_is_mere_english_stays_so() -> None:
    assert Sent.of("No.") == Sent(english="No.")
    assert not isinstance(Sent.of("No.").said, Told)


def as_json(failed: Failed) -> str:
    return TypeAdapter[Result](Result).dump_json(failed).decode()


def test_a_failure_carries_what_its_message_was_made_of() -> None:
    said = Told("I could not find “{words}” in this picture.", words="the {hat}")
    failed = Failed(job_id="a" * 16, message=said)
    read = read_result(as_json(failed).encode())
    assert isinstance(read, Failed)
    assert read == failed
    assert read.message == said
    assert isinstance(read.said, Told)
    assert read.said.fields == {"words": "the {hat}"}


@pytest.mark.parametrize("message", ["No.", Told("I see no face in this picture.")])
def test_a_failure_without_fields_is_the_same_as_from_an_older_worker(message: str) -> None:
    failed = Failed(job_id="a" * 16, message=message)
    assert failed.sent is None
    assert failed.said == message


def test_a_failure_of_an_older_worker_is_read() -> None:
    read = read_result(b'{"kind": "failed", "job_id": "aaaaaaaaaaaaaaaa", "message": "No."}')
    assert isinstance(read, Failed)
    assert read.said == "No."


def test_a_template_from_elsewhere_is_not_filled_in() -> None:
    said = Sent(english="As it came.", template="{x:>999999999}", fields={"x": 1}).said
    assert said == "As it came."
