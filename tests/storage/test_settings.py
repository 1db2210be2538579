from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from storage.settings import BotSettings, Settings


def test_everything_lies_under_home(settings_home: Path) -> None:
    settings = BotSettings()
    assert settings.home == settings_home
    assert settings.redis_folder == settings_home / "redis"
    assert settings.blobs_place == str(settings_home / "blobs")
    assert settings.checkpoints_folder == settings_home / "checkpoints"
    assert settings.database_address == f"sqlite+aiosqlite:///{settings_home}/darkroom.db"
    assert not settings_home.exists(), "reading settings writes nothing"


def test_home_is_expanded(settings_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_HOME", "~/pictures")
    assert Settings().home == Path.home() / "pictures"


def test_dotenv_is_read_and_strangers_in_it_are_ignored(settings_home: Path) -> None:
    settings_home.mkdir()
    (settings_home / ".env").write_text(
        "DARKROOM_DEFAULT_CHECKPOINT=mine\nDARKROOM_DISCORD_TOKEN=secret\nOTHER=1\n"
    )
    assert Settings().default_checkpoint == "mine"
    token = BotSettings().discord_token
    assert token is not None
    assert token.get_secret_value() == "secret"


@pytest.mark.usefixtures("settings_home")
def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_REDIS_URL", "")
    assert Settings().redis_url is None


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgres://u:p@db/x", "postgresql+asyncpg://u:p@db/x"),
        ("postgresql://u:p@db/x", "postgresql+asyncpg://u:p@db/x"),
        ("postgresql+asyncpg://u:p@db/x", "postgresql+asyncpg://u:p@db/x"),
        ("postgresql://u:p@db/x?sslmode=require", "postgresql+asyncpg://u:p@db/x?sslmode=require"),
        ("sqlite:////srv/x.db", "sqlite+aiosqlite:////srv/x.db"),
    ],
)
@pytest.mark.usefixtures("settings_home")
def test_database_urls_mean_their_async_driver(
    given: str, understood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_DATABASE_URL", given)
    assert BotSettings().database_address == understood


@pytest.mark.parametrize(
    "address",
    [
        "redis://localhost",
        "redis://:p%23ss@localhost:6379/15",
        "rediss://user:word@redis.example:6380/0?ssl_cert_reqs=none",
        "unix:///run/redis.sock?db=2",
        "redis://[::1]:6379/0",
    ],
)
@pytest.mark.usefixtures("settings_home")
def test_addresses_of_redis_are_taken_as_they_are(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_REDIS_URL", address)
    assert Settings().redis_url == address


@pytest.mark.usefixtures("settings_home")
def test_memory_is_said_with_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_MEMORY", "6 GB")
    assert Settings().memory == 6_000_000_000
    monkeypatch.setenv("DARKROOM_MEMORY", "512MiB")
    assert Settings().memory == 512 * 2**20


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DARKROOM_DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:p@db:hunter2/x"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:p@db:99999/x"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:hunter2@[::1/x"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:p@db/x?sslmode=require&channel_binding=hunter2"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:p?hunter2@db/x"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:p@db/x?sslmode=hunter2"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:p@db/x?sslrootcert=/nowhere/hunter2.pem"),
        ("DARKROOM_DATABASE_URL", "postgresql://u:p@db/x?connect_timeout=hunter2"),
        ("DARKROOM_REDIS_URL", "localhost:6379"),
        ("DARKROOM_REDIS_URL", "redis://localhost:hunter2/0"),
        ("DARKROOM_REDIS_URL", "redis://localhost:99999/0"),
        ("DARKROOM_REDIS_URL", "redis://:hunter2#1@localhost:6379/0"),
        ("DARKROOM_REDIS_URL", "redis://:hunter2/1@localhost:6379/0"),
        ("DARKROOM_REDIS_URL", "redis://localhost:6379/jobs"),
        ("DARKROOM_REDIS_URL", "redis://localhost:6379/0?patience=3"),
        ("DARKROOM_REDIS_URL", "rediss://localhost:6379/0?ssl_cert_reqs=perhaps"),
        ("DARKROOM_REDIS_URL", "redis://[::1:6379/0"),
        ("DARKROOM_BLOBS", "gs://bucket"),
        ("DARKROOM_BLOBS", "https://bot:hunter2"),
        ("DARKROOM_SERVE_BLOBS", "hunter2"),
        ("DARKROOM_MEMORY", "6"),
    ],
)
@pytest.mark.usefixtures("settings_home")
def test_what_makes_no_sense_is_refused_without_showing_secrets(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refusal:
        BotSettings()
    assert "must" in refusal.value.errors()[0]["msg"]
    assert "hunter2" not in refusal.value.errors()[0]["msg"]
    assert "hunter2" not in str(refusal.value)


@pytest.mark.usefixtures("settings_home")
def test_the_blobs_of_a_bot_are_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_BLOBS", "https://bot.example")
    assert BotSettings().blobs_place == Settings().blobs_place == "https://bot.example", "doctor reads both"
    monkeypatch.setenv("DARKROOM_DISCORD_TOKEN", "hunter2")
    with pytest.raises(ValidationError, match="can be deleted"):
        BotSettings()


@pytest.mark.usefixtures("settings_home")
def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_DISCORD_TOKEN", "hunter2")
    monkeypatch.setenv("DARKROOM_DATABASE_URL", "postgres://u:hunter2@db/x")
    assert "hunter2" not in repr(BotSettings())
    assert "hunter2" not in Settings().model_dump_json()
