"""The settings files: where they are looked for, and what is said of one that cannot be read."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from storage import env_files, settings
from storage.env_files import unread_file
from storage.settings import BotSettings, Settings, SettingsError, misspelt, read_settings

NAMED = "# Schlüssel\nDARKROOM_DISCORD_TOKEN=abc.def\nDARKROOM_CLIP=mine\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, which has its README and its `pyproject.toml`."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    monkeypatch.setattr(env_files, "_HOUSE", folder)
    return folder


@pytest.fixture
def home(settings_home: Path, house: Path) -> Path:
    settings_home.mkdir()
    return settings_home


def test_the_folder_in_which_one_stands_has_no_say(home: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DARKROOM_CLIP=anybody's")
    assert Path.cwd() == tmp_path
    assert read_settings(Settings).clip == "pocket-clip"
    assert unread_file() == tmp_path / ".env"


def test_a_file_beside_the_readme_counts_and_one_in_the_data_folder_more(home: Path, house: Path) -> None:
    (house / ".env").write_text("DARKROOM_CLIP=house\nDARKROOM_MASKS=house\n")
    (home / ".env").write_text("DARKROOM_CLIP=home\n")
    read = read_settings(Settings)
    assert (read.clip, read.masks) == ("home", "house")


def test_an_installed_package_reads_no_file_beside_it(home: Path, house: Path) -> None:
    (house / "pyproject.toml").unlink()
    (house / ".env").write_text("DARKROOM_CLIP=house\n")
    assert read_settings(Settings).clip == "pocket-clip"


def test_the_file_beside_the_readme_may_say_where_the_data_folder_is(
    home: Path, house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DARKROOM_HOME")
    (house / ".env").write_text(f"DARKROOM_HOME={tmp_path / 'elsewhere'}\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".env").write_text("DARKROOM_CLIP=elsewhere\n")
    read = read_settings(Settings)
    assert (read.home, read.clip) == (tmp_path / "elsewhere", "elsewhere")


@pytest.mark.parametrize(
    "text",
    [
        NAMED.encode(),
        b"\xef\xbb\xbf" + NAMED.removeprefix("# Schlüssel\n").encode(),
        NAMED.replace("\n", "\r\n").encode(),
        ("\ufeff" + NAMED.replace("\n", "\r\n")).encode(),
    ],
)
def test_marks_and_line_ends_of_windows_are_fine(home: Path, text: bytes) -> None:
    (home / ".env").write_bytes(text)
    read = read_settings(BotSettings)
    assert read.clip == "mine"
    assert read.discord_token is not None
    assert read.discord_token.get_secret_value() == "abc.def"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NAMED.encode("latin-1"), "Latin-1: save it as UTF-8"),
        (NAMED.encode("utf-16"), "UTF-16: save it as UTF-8"),
        (b"DARKROOM_CLIP=\0m\0", "save it as UTF-8"),
        ("DARKROOM_CLIP=mine".encode("utf-16-le"), "save it as UTF-8"),
    ],
)
def test_another_encoding_is_a_sentence_without_the_secret(home: Path, text: bytes, said: str) -> None:
    (home / ".env").write_bytes(text)
    with pytest.raises(SettingsError) as refusal:
        read_settings(BotSettings)
    assert str(refusal.value).startswith(str(home / ".env"))
    assert said in str(refusal.value)
    assert "abc" not in str(refusal.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "DARKROOM_ALLOWANCE: 5",
        "just words",
        "DARKROOM_ALLOWANCE",
        'DARKROOM_ALLOWANCE="5',
        "DARKROOM_DISCORD_TOKEN='abc",
        "DARKROOM_DISCORD_TOKEN='abc\nDARKROOM_CLIP='x'",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_sets_nothing_is_named_without_what_stands_there(
    home: Path, wrong: str, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"# Mine\n\n\nDARKROOM_MASKS=mine\n\n{wrong}\n".replace("\n", end)
    (home / ".env").write_bytes(text.encode())
    with pytest.raises(SettingsError) as refusal:
        read_settings(BotSettings)
    assert str(refusal.value) == f"{home / '.env'}, line 6: write DARKROOM_NAME=value, and close every quote."
    assert not caplog.messages, "nobody else complains of it"


def test_a_folder_of_that_name_is_a_sentence(home: Path) -> None:
    (home / ".env").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(Settings)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DARKROOM_REDIS_ULR", "DARKROOM_REDIS_URL"),
        ("DARKROOM_DISCORD_TOKN", "DARKROOM_DISCORD_TOKEN"),
        ("DARKROOM_CHECKPOINT", "DARKROOM_CHECKPOINTS"),
        ("darkroom_hmoe", "DARKROOM_HOME"),
        ("DARKROOM_TOKEN", "DARKROOM_DISCORD_TOKEN"),
    ],
)
@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_variable_that_is_no_setting_is_told_once_with_the_one_that_is_meant(
    home: Path,
    name: str,
    meant: str,
    in_a_file: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings._warn_once.cache_clear()
    if in_a_file:
        (home / ".env").write_text(f"{name}=x\nOTHER_TOKEN=y\n")
    else:
        monkeypatch.setenv(name, "x")
    with caplog.at_level(logging.WARNING):
        read_settings(BotSettings)
        read_settings(Settings)
    (said,) = caplog.messages
    assert said.startswith(name)
    assert said.endswith(f"perhaps {meant} is meant?")
    assert (str(home / ".env") in said) is in_a_file


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DARKROM_DISCORD_TOKEN", "DARKROOM_DISCORD_TOKEN"),
        ("DARK_ROOM_CLIP", "DARKROOM_CLIP"),
        ("DARKROOMS_CLIP", "DARKROOM_CLIP"),
        ("discord_token", "DARKROOM_DISCORD_TOKEN"),
        ("REDIS_URL", "DARKROOM_REDIS_URL"),
        *((name, None) for name in ("AWS_REGION", "AWS_ENDPOINT_URL", "HF_TOKEN", "PATH", "TZ", "DARK_SKY")),
    ],
)
def test_in_our_files_the_prefix_is_looked_at_too(home: Path, name: str, meant: str | None) -> None:
    (home / ".env").write_text(f"{name}=x\n")
    said = misspelt()
    if meant is None:
        assert said == []
    else:
        assert said == [
            f"{name} in {home / '.env'} is no setting and changes nothing: perhaps {meant} is meant?"
        ]


@pytest.mark.usefixtures("home")
def test_every_setting_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in BotSettings.model_fields:
        if field != "home":
            monkeypatch.setenv(f"DARKROOM_{field.upper()}", "")
    assert misspelt() == []
