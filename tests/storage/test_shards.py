"""Every server is in one shard, whatever was written, and what makes no sense is refused in a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.settings import BotSettings, SettingsError, read_settings
from storage.shards import ALL, Shards

SNOWFLAKES = st.integers(0, 2**63 - 1)


@st.composite
def layouts(draw: st.DrawFn) -> list[Shards]:
    """All shards of a bot, divided among processes."""
    count = draw(st.integers(1, 64))
    processes = draw(st.lists(st.integers(0, 7), min_size=count, max_size=count))
    return [
        Shards(frozenset(shard for shard, its in enumerate(processes) if its == process), count)
        for process in set(processes)
    ]


@given(layouts(), st.none() | SNOWFLAKES)
def test_every_server_is_looked_after_by_one_process(layout: list[Shards], server_id: int | None) -> None:
    assert sum(shards.owns(server_id) for shards in layout) == 1


@given(layouts())
def test_no_two_processes_meet(layout: list[Shards]) -> None:
    assert all(one.meets(other) is (one is other) for one in layout for other in layout)


@given(layouts(), layouts())
def test_who_may_have_a_server_in_common_meets(one: list[Shards], other: list[Shards]) -> None:
    for left in one:
        for right in other:
            common = any(left.owns(n << 22) and right.owns(n << 22) for n in range(left.count * right.count))
            assert left.meets(right) or not common


@given(layouts())
def test_what_is_written_is_read(layout: list[Shards]) -> None:
    for shards in layout:
        assert Shards.read(str(shards)) == shards


@given(st.text("0123456789-,/ ", max_size=12) | st.text(max_size=8))
def test_whatever_is_read_has_shards_that_there_are(written: str) -> None:
    refused = ""
    try:
        shards = Shards.read(written)
        assert 0 <= min(shards.ids) <= max(shards.ids) < shards.count
        assert Shards.read(str(shards)) == shards
    except ValueError as error:
        refused = str(error)
    assert refused.startswith("must ") or not refused


@pytest.mark.parametrize(
    ("written", "ids", "count", "again"),
    [
        ("0-3/16", {0, 1, 2, 3}, 16, "0-3/16"),
        ("3,0,1,2 / 16", {0, 1, 2, 3}, 16, "0-3/16"),
        ("0-1,8,15/16", {0, 1, 8, 15}, 16, "0-1,8,15/16"),
        ("0/1", {0}, 1, "0/1"),
    ],
)
def test_several_ways_to_write_the_same(written: str, ids: set[int], count: int, again: str) -> None:
    shards = Shards.read(written)
    assert shards == Shards(frozenset(ids), count)
    assert str(shards) == again


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("0-16/16", "numbers up to 15"),
        ("16/16", "numbers up to 15"),
        ("0-3,2-5/16", "each shard once"),
        ("3,3/16", "each shard once"),
        ("3-0/16", "lower shard of 3-0 first"),
        ("0/0", "not of 0"),
        ("0/99999999", "1 to 65536"),
        ("", "as in 0-3/16"),
        ("4", "as in 0-3/16"),
        ("/16", "as in 0-3/16"),
        ("-1/16", "as in 0-3/16"),
        ("0-/16", "as in 0-3/16"),
        ("0..3/16", "as in 0-3/16"),
        ("٠/١", "as in 0-3/16"),
    ],
)
def test_nonsense_is_told_in_a_sentence(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"^must .*{says}"):
        Shards.read(written)


@pytest.mark.usefixtures("settings_home")
def test_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BotSettings().shards == ALL
    monkeypatch.setenv("DARKROOM_DATABASE_URL", "postgresql://u:p@db/x")
    monkeypatch.setenv("DARKROOM_SHARDS", "0-3/16")
    assert str(BotSettings().shards) == "0-3/16"
    assert str(BotSettings().model_copy().shards) == "0-3/16"
    monkeypatch.setenv("DARKROOM_SHARDS", "0-3/2")
    with pytest.raises(
        SettingsError, match=r"^A setting is wrong\. DARKROOM_SHARDS: must have numbers up to 1"
    ):
        read_settings(BotSettings)


@pytest.mark.usefixtures("settings_home")
def test_sqlite_serves_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_SHARDS", "1/2")
    with pytest.raises(SettingsError, match="SQLite serves one: set DARKROOM_DATABASE_URL to a Postgres"):
        read_settings(BotSettings)
    monkeypatch.setenv("DARKROOM_SHARDS", "0-1/2")
    assert read_settings(BotSettings).shards.is_all
