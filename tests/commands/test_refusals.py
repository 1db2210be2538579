"""What an operator is told when a command is not done, whatever went wrong."""

from __future__ import annotations

import importlib
import itertools
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom
from commands.refusals import SENTENCES, sentence_of
from commands.terminal import Refused, about
from storage.intake import IntakeError
from storage.sizes import TooLarge
from tests.commands.conftest import a_scene
from tests.conftest import small_disk
from tests.storage.redis_servers import in_state


@pytest.mark.parametrize("name", SENTENCES)
def test_each_name_in_the_table_is_that_of_an_exception(name: str) -> None:
    module, _, kind = name.rpartition(".")
    found = getattr(importlib.import_module(module), kind)
    assert issubclass(found, Exception)
    assert f"{found.__module__}.{found.__qualname__}" == name, "the class lies elsewhere now"


def test_a_kind_of_what_is_known_is_known_and_the_rest_is_not() -> None:
    class Special(TooLarge):
        """A kind of one that has a sentence."""

    assert sentence_of(Special("It is\n too large.")) == "It is too large."
    assert sentence_of(KeyError("seed")) is None


def test_a_sentence_begins_with_what_it_is_about() -> None:
    with pytest.raises(IntakeError) as caught, about("farm"), about(Path("photo.jpg")):
        raise IntakeError("The picture is damaged.")
    assert sentence_of(caught.value) == "farm: photo.jpg: The picture is damaged."
    with pytest.raises(OSError, match="No such file") as missing, about("the photo"):
        Path("/nowhere/photo.jpg").read_bytes()
    assert sentence_of(missing.value) == "the photo cannot be read: No such file or directory."
    with pytest.raises(UnicodeDecodeError) as other, about(Path("captions.txt")):
        b"caf\xe9".decode()
    assert sentence_of(other.value) == "captions.txt is not UTF-8 text: save it as UTF-8."
    with pytest.raises(OSError, match="File exists") as written:
        Path(__file__).mkdir()
    assert sentence_of(written.value) == f"{__file__} cannot be written: File exists."


def test_a_full_disk_of_which_no_file_is_named_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path))
    with small_disk(tmp_path, "size=64k"):
        with pytest.raises(OSError, match="No space") as full, (tmp_path / "full").open("wb", 0) as file:
            file.writelines(itertools.repeat(bytes(4096)))
        assert sentence_of(full.value) == f"{tmp_path} cannot be written: No space left on device."


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["imagine", "a naked woman", "--json"], 1, "nudity"),
        (["imagine", "a tree", "--json", "--policy", "lax"], 1, "'lax'"),
        (["imagine", "a tree", "--quality", "best", "--json"], 2, "draft, standard or fine"),
        (["imagine", "a tree", "--checkpoint", "sd-15", "--json"], 1, "sd-15"),
        (["inspect", "missing.png", "--json"], 1, "missing.png cannot be read"),
        (["paint", "--json"], 2, "no command paint"),
    ],
)
def test_with_json_a_refusal_is_json_too(
    run: CliRunner, arguments: list[str], status: int, said: str
) -> None:
    done = run.invoke(darkroom.app, arguments)
    assert done.exit_code == status
    answer = json.loads(done.stdout)
    assert list(answer) == ["error"]
    assert said in answer["error"]
    assert done.stderr == answer["error"] + "\n"


def test_what_nobody_foresaw_begins_with_a_sentence(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> None:
        raise ZeroDivisionError("of the house")

    monkeypatch.setattr("moderation.policy.load_policy", fails)
    done = run.invoke(darkroom.app, ["check-prompt", "a tree"])
    assert done.exit_code == 1
    first, *rest = done.stderr.splitlines()
    assert first.startswith("Something went wrong that nobody foresaw (ZeroDivisionError: of the house)")
    assert "Traceback (most recent call last):" in rest
    assert done.stdout == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("wrong password", "asks for a password"),
        ("full", "is full"),
        ("read-only", "is a replica"),
        ("wrong port", "nobody listens there"),
        ("web server", "is not Redis"),
        ("unknown name", "cannot be found"),
    ],
)
def test_every_command_that_needs_redis_says_what_is_wrong_with_it(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, said: str
) -> None:
    scene = str(a_scene(tmp_path))
    monkeypatch.setattr("commands.services.START_TOGETHER_SECONDS", 0.5)
    commands = [
        ["imagine", "a tree"],
        ["edit", scene, "--from", "the sea", "--to", "the snow"],
        ["outpaint", scene, "--up", "8", "--prompt", "the sea"],
        ["faces", scene],
        ["upscale", scene],
        ["describe", scene],
        ["bot"],
        ["worker"],
    ]
    with in_state(state) as address:
        monkeypatch.setenv("DARKROOM_REDIS_URL", address)
        # The bot goes on without a Redis that may come yet: it answers members, and their jobs wait.
        for command in [each for each in commands if each != ["bot"] or state != "wrong port"]:
            done = run.invoke(darkroom.app, command)
            assert done.exit_code == 1
            line = done.stderr.strip().splitlines()[-1]
            assert said in line
            assert address.replace(":s3cr3t@", "") in line
            assert len(done.stderr.strip().splitlines()) == 1 or command in (["bot"], ["worker"])


def test_a_redis_that_loads_is_told_of(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_state("loading") as address:
        monkeypatch.setenv("DARKROOM_REDIS_URL", address)
        done = run.invoke(darkroom.app, ["imagine", "a tree"])
    assert (done.exit_code, "is still loading" in done.stderr) == (1, True)


def test_the_doctor_tells_of_redis_and_of_everything_else(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_state("full") as address:
        monkeypatch.setenv("DARKROOM_REDIS_URL", address)
        done = run.invoke(darkroom.app, ["doctor", "--json"])
    checks = {check["part"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 1
    assert checks["Redis"]["state"] == "broken"
    assert "is full: raise its maxmemory" in checks["Redis"]["says"]
    assert checks["checkpoint pocket"]["state"] == checks["database"]["state"] == "fine"


def test_refused_is_told_as_it_was_raised() -> None:
    assert sentence_of(Refused("No.")) == "No."
