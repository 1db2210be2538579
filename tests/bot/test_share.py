from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import discord
import pytest
from pydantic import SecretStr, ValidationError

from bot.share import share_of, urgency_of
from storage.settings import BotSettings
from storage.share import Urgency
from storage.training import Example, Train
from tests.conftest import a_job


def member(number: int, *roles: int) -> discord.Member:
    found = Mock(spec=discord.Member, id=number)
    found.roles = [Mock(id=role) for role in roles]
    return found


@pytest.fixture
def settings(settings_home: Path) -> BotSettings:
    return BotSettings(home=settings_home, discord_token=SecretStr("secret"), weights={7: 2, 8: 0.5})


def test_the_heaviest_role_counts_and_others_weigh_one(settings: BotSettings) -> None:
    assert share_of(settings, member(1, 3, 7, 8)).weight == 2
    assert share_of(settings, member(1, 3, 8)).weight == 0.5
    assert share_of(settings, member(1, 3)).weight == 1
    assert share_of(settings, Mock(spec=discord.User, id=1)).weight == 1


def test_members_have_names_that_do_not_say_who_they_are(settings: BotSettings) -> None:
    names = [share_of(settings, member(number)).member for number in (1, 2, 1)]
    assert names[0] == names[2] != names[1]
    other = settings.model_copy(update={"discord_token": SecretStr("another")})
    assert share_of(other, member(1)).member != names[0]


def test_the_first_jobs_of_a_wish_are_waited_for_and_trainings_are_not() -> None:
    drawn, example = a_job().task, Example(image="0" * 64)
    trained = Train(word="zorp", examples=(example,) * 3, seed=1)
    assert [urgency_of(drawn, place) for place in (0, 3, 4)] == [0, 0, Urgency.BULK]
    assert urgency_of(trained, 0) is Urgency.TRAINING


def test_a_weight_must_let_everybody_have_something(settings_home: Path) -> None:
    with pytest.raises(ValidationError):
        BotSettings(home=settings_home, weights={7: 0})
