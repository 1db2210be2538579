"""What trainings ask for, and what that is worth."""

from __future__ import annotations

from storage.jobs import Job
from storage.training import Caption, Example, Train, Weights
from tasks.price import price_of

TRAINING = Train(
    word="zorp",
    examples=tuple(
        Example(image=f"{place:064x}", caption="in the snow" if place else None) for place in range(3)
    ),
    seed=1,
)


def test_a_training_takes_its_steps_and_captions_cost_nothing() -> None:
    assert price_of(TRAINING) > 100
    assert price_of(Caption(training=TRAINING)) == 0
    assert TRAINING.picture_steps == 24 * TRAINING.passes
    assert Caption(training=TRAINING).picture_steps == 1


def test_all_that_is_said_is_there_to_be_judged() -> None:
    assert Caption(training=TRAINING).prompt == TRAINING.prompt == "zorp, in the snow, in the snow"
    assert Caption(training=TRAINING).sources == TRAINING.sources


def test_a_job_with_captions_travels() -> None:
    job = Job(checkpoint="pocket", reply_to="here", task=Caption(training=TRAINING))
    assert Job.model_validate_json(job.model_dump_json()) == job
    assert not job.is_training, "it takes no longer than words for a picture"


def test_a_lora_is_written_beside_what_its_thing_is_called() -> None:
    assert TRAINING.written("a hat") == "zorp"
    lora = TRAINING.model_copy(update={"weights": Weights.LORA})
    assert lora.written("a hat") == "a hat <lora:zorp:0.8>"
    assert lora.written("") == "<lora:zorp:0.8>"
