"""The checkpoints that the bot knows of."""

from __future__ import annotations

import pytest

from bot.checkpoints import KnownCheckpoints
from bot.refusals import Refusal
from storage.redis_trouble import Trouble
from storage.served import ServedCheckpoint


def known(*names: str) -> KnownCheckpoints:
    checkpoints = KnownCheckpoints()
    checkpoints.learn({name: ServedCheckpoint(name=name, hash="ab", side=128) for name in names})
    return checkpoints


def test_what_discord_cannot_offer_is_left_out() -> None:
    names = [f"model-{number:02}" for number in range(45)]
    offered = known("m" * 101, *names).matching("M")
    assert offered == names[:25]


def test_a_wrong_name_is_refused_with_the_nearest_in_a_sentence_that_fits() -> None:
    checkpoints = known(*(f"model-{number}-{'x' * 300}" for number in range(500)), "pocket")
    with pytest.raises(Refusal) as refused:
        checkpoints.served("poket")
    assert "`pocket`" in str(refused.value)
    assert "and 496 more" in str(refused.value)
    assert len(str(refused.value)) < 600


def test_without_a_worker_that_is_said() -> None:
    with pytest.raises(Refusal, match="No worker is running yet"):
        known().served("painted")


def test_what_ships_is_known_before_the_first_worker_is_up() -> None:
    """The first member of a new server was told that there is no checkpoint."""
    assert known().served("pocket").side == 128
    with pytest.raises(Refusal, match="It serves `painted`"):
        known("painted").served("pocket")


def test_a_farm_that_cannot_be_asked_is_not_said_to_have_no_worker() -> None:
    checkpoints = KnownCheckpoints()
    checkpoints.trouble = Trouble.LOADING
    with pytest.raises(Refusal, match=r"still reads what it keeps\. Please try again soon"):
        checkpoints.served("painted")
    checkpoints.learn({})
    with pytest.raises(Refusal, match="No worker is running yet"):
        checkpoints.served("painted")
