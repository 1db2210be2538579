"""Whoever mistypes a setting is told which one, and what it must be."""

from __future__ import annotations

from contextlib import suppress

import pytest
from pydantic_settings import EnvSettingsSource, NoDecode

from storage.settings import BotSettings, SettingsError, read_settings
from storage.wrong_settings import EXAMPLES

SOURCE = EnvSettingsSource(BotSettings)
WITH_PARTS = {
    name
    for name, field in BotSettings.model_fields.items()
    if SOURCE.field_is_complex(field) and NoDecode not in field.metadata
}


def test_each_setting_with_parts_has_an_example_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(EXAMPLES) == WITH_PARTS
    for name, example in EXAMPLES.items():
        monkeypatch.setenv(f"DARKROOM_{name.upper()}", example)
    assert read_settings(BotSettings).weights == {123456789012345678: 2}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LIMITS", "member=3", 'DARKROOM_LIMITS: must be as in {"member": 100, "server": 5000}'),
        ("GRANTS", "hunter2", 'DARKROOM_GRANTS: must be as in {"once": 10000, "day": 50000}'),
        ("WEIGHTS", "{1: hunter2}", 'DARKROOM_WEIGHTS: must be as in {"123456789012345678": 2}'),
        ("LIMITS", '{"member": 0}', "DARKROOM_LIMITS (member): Input should be greater than or equal to 1"),
        ("LIMITS", '{"membr": 3}', "DARKROOM_LIMITS (membr): Extra inputs are not permitted, as in {"),
        ("LIMITS", "3", "DARKROOM_LIMITS: "),
        ("MEMORY", "hunter2", "DARKROOM_MEMORY: "),
        ("REDIS_URL", "hunter2:6379", "DARKROOM_REDIS_URL: must start with redis://"),
        ("TRAINING_SHARE", "2", "DARKROOM_TRAINING_SHARE: Input should be less than or equal to 1"),
    ],
)
@pytest.mark.usefixtures("settings_home")
def test_the_one_that_is_wrong_is_named_and_no_other(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DARKROOM_{name}", value)
    with pytest.raises(SettingsError) as refusal:
        read_settings(BotSettings)
    said = str(refusal.value)
    assert said.startswith(f"A setting is wrong. {says}")
    assert said.count("DARKROOM_") == 1
    assert "hunter2" not in said


@pytest.mark.parametrize("name", BotSettings.model_fields)
@pytest.mark.usefixtures("settings_home")
def test_none_ends_in_anything_but_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DARKROOM_{name.upper()}", "}{")
    with suppress(SettingsError):
        read_settings(BotSettings)
