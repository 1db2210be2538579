"""The farm that ships: who is given what, who waits for whom, and whose the volumes are."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import darkroom
from commands.services import UP_SECONDS
from storage.heartbeat import Heartbeat, Part
from storage.redis_trouble import try_redis
from storage.settings import BotSettings, Settings
from storage.shards import Shards
from tests.docker.pictures_store import filled_in
from tests.storage.tls import speaking_tls

HOUSE = Path(__file__).parents[2]
DOCKERFILE = (HOUSE / "docker" / "Dockerfile").read_text()
FARM: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.yaml").read_text())
GPU: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.gpu.yaml").read_text())
GPUS: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.gpus.yaml").read_text())
SHARDS: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.shards.yaml").read_text())
LINKS: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.links.yaml").read_text())
ELSEWHERE: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.worker.yaml").read_text())
SERVICES: dict[str, Any] = FARM["services"]
OURS = ("bot", "worker")


def divide_all(shares: Sequence[Shards]) -> bool:
    """Whether each shard of a bot is in one share."""
    (count,) = {share.count for share in shares}
    return sorted(shard for share in shares for shard in share.ids) == list(range(count))


def test_a_worker_is_given_no_secret_but_the_queues_and_its_own_of_the_pictures() -> None:
    environment = SERVICES["worker"]["environment"]
    ours = {name for name in environment if not name.startswith("AWS_")}
    told = {"DARKROOM_METRICS", "DARKROOM_LOGS"}
    assert ours - told == {"DARKROOM_REDIS_URL", "DARKROOM_QUEUE_KEY", "DARKROOM_BLOBS"}
    assert re.search("POSTGRES|DISCORD|BOT_", str(environment)) is None


@pytest.mark.parametrize(("name", "kind"), [("bot", BotSettings), ("worker", Settings)])
def test_what_is_set_is_a_setting_and_makes_sense(
    name: str, kind: type[Settings], settings_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {
        "DARKROOM_QUEUE_KEY": "k" * 64,
        "DARKROOM_DISCORD_TOKEN": "token",
        "POSTGRES_PASSWORD": "secret",
    }
    chosen |= {"BOT_REDIS_PASSWORD": "the-bots", "WORKER_REDIS_PASSWORD": "the-workers"}
    ours = {
        name: value for name, value in SERVICES[name]["environment"].items() if name.startswith("DARKROOM_")
    }
    for variable, value in ours.items():
        monkeypatch.setenv(variable, filled_in(value, chosen))
    assert kind().redis_url == f"redis://{name}:the-{name}s@redis:6379/0"
    assert kind().blobs_place == "s3://darkroom"
    monkeypatch.setenv("DARKROOM_BLOBS", filled_in(ours["DARKROOM_BLOBS"], {"DARKROOM_BLOBS": "/blobs"}))
    assert kind().blobs_place == "/blobs"
    fields = {variable.removeprefix("DARKROOM_").lower() for variable in ours}
    assert fields <= set(kind.model_fields)


def test_bot_and_workers_are_users_of_redis_of_their_own(tmp_path: Path) -> None:
    """By the container's own command, and no user can do more than docker/users.acl lets it."""
    service, made = SERVICES["redis"], tmp_path / "users.acl"
    assert service["entrypoint"] == ["sh", "-c"]
    (line,) = service["command"]
    assert "exec redis-server --appendonly yes --aclfile /tmp/users.acl" in line
    (given,) = service["configs"]
    shipped = HOUSE / "docker" / FARM["configs"][given["source"]]["file"]
    line = line.replace(given["target"], str(shipped)).replace("/tmp/users.acl", str(made))
    line = line.replace("exec redis-server", "true").replace("$$", "$")
    passwords = {"BOT_PASSWORD": "b1", "WORKER_PASSWORD": "w2"}
    assert set(passwords) <= set(service["environment"])
    subprocess.run(["sh", "-c", line], env={**os.environ, **passwords}, check=True)
    assert made.stat().st_mode & 0o077 == 0
    rest = [each for each in shipped.read_text().splitlines() if not each.startswith("user keda ")]
    wanted = "\n".join(rest).replace("BOT_PASSWORD", "b1").replace("WORKER_PASSWORD", "w2")
    assert made.read_text().strip() == wanted
    for name in ("BOT", "WORKER"):
        assert service["environment"][f"{name}_PASSWORD"].startswith(f"${{{name}_REDIS_PASSWORD:?")
    assert all("ports" not in service for service in SERVICES.values()), "nobody outside reaches Redis"


def test_everything_is_started_again_and_those_that_are_needed_are_waited_for() -> None:
    assert {service["restart"] for service in SERVICES.values()} == {"unless-stopped"}
    assert SERVICES["bot"]["depends_on"] == {
        "redis": {"condition": "service_healthy"},
        "postgres": {"condition": "service_healthy"},
        "pictures": {"condition": "service_healthy"},
    }
    assert SERVICES["worker"]["depends_on"] == {
        "redis": {"condition": "service_healthy"},
        "pictures": {"condition": "service_healthy"},
    }
    for name in ("redis", "postgres", "pictures"):
        assert SERVICES[name]["healthcheck"]["test"], "or nobody would ever be waited for"


@pytest.mark.parametrize("name", OURS)
def test_a_part_that_hangs_is_shown_as_unhealthy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, *command = SERVICES[name]["healthcheck"]["test"]
    assert (kind, command[0]) == ("CMD", "darkroom")
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path))
    assert CliRunner().invoke(darkroom.app, command[1:]).exit_code == 1
    part: Part = "bot" if name == "bot" else "worker"
    Heartbeat(tmp_path, part).beat()
    assert CliRunner().invoke(darkroom.app, command[1:]).exit_code == 0


def test_bot_and_worker_share_the_folder_that_a_setting_chooses() -> None:
    assert len({SERVICES[name]["environment"]["DARKROOM_BLOBS"] for name in OURS}) == 1
    assert all("blobs:/blobs" in SERVICES[name]["volumes"] for name in OURS)


def test_volumes_belong_to_the_user_who_writes_them() -> None:
    """A new volume takes its owner from the folder in the image that it covers."""
    made = re.search(r"install --directory --owner=darkroom --group=darkroom (.*)", DOCKERFILE)
    assert made is not None
    mounted = {volume.split(":")[1] for name in OURS for volume in SERVICES[name]["volumes"]}
    assert mounted <= set(made[1].split())
    assert DOCKERFILE.index(made[0]) < DOCKERFILE.index("USER 1000"), "root makes them"
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert used == set(FARM["volumes"])


def test_a_farm_without_a_gpu_is_one_file_and_with_a_gpu_it_is_two() -> None:
    assert "nvidia" not in str(FARM)
    (device,) = GPU["services"]["worker"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert set(GPU["services"]) == {"worker"}


def test_cuda_is_in_the_image_of_workers_with_a_gpu_alone() -> None:
    stages = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))
    assert list(stages)[-1] == "cpu", "that is what is built where no stage is named"
    assert {name: "/whl/cpu" in stage for name, stage in stages.items() if name != "code"} == {
        "cuda": False,
        "cpu": True,
    }
    needed = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]["dependencies"]
    (torch,) = (each for each in needed if each.startswith("torch>"))
    assert f'"{torch}" --index-url' in stages["cpu"]
    with_gpu = [*GPU["services"].values(), *GPUS["services"].values()]
    without = [SERVICES[name] for name in OURS]
    assert {(each["build"]["target"], each["image"]) for each in without} == {("cpu", "darkroom")}
    assert {(each["build"]["target"], each["image"]) for each in with_gpu} == {("cuda", "darkroom-cuda")}


def test_a_version_is_said_of_every_image() -> None:
    images = {each["image"] for each in (*SERVICES.values(), LINKS["services"]["caddy"])} | set(
        re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    )
    ours = {"darkroom", "code"}
    assert all(re.search(r":v?\d+\.\d+", image) for image in images - ours), images


def test_with_several_gpus_each_has_a_worker_of_its_own() -> None:
    cards = []
    for name, service in GPUS["services"].items():
        assert name == "worker" or service["extends"] == {"file": "compose.yaml", "service": "worker"}
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        cards += device["device_ids"]
    assert cards == [str(number) for number in range(len(GPUS["services"]))]
    assert len(cards) > 1


def test_processes_of_the_bot_divide_all_shards_among_them() -> None:
    shares = []
    for name, service in SHARDS["services"].items():
        assert name == "bot" or service["extends"] == {"file": "compose.yaml", "service": "bot"}
        shares.append(Shards.read(service["environment"]["DARKROOM_SHARDS"]))
    assert len(shares) > 1
    assert divide_all(shares)


def test_a_worker_elsewhere_is_the_farms_but_for_what_it_is_told(
    settings_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (worker,) = ELSEWHERE["services"].values()
    told = worker["environment"]
    known = SERVICES["worker"]["environment"]
    assert set(told) == {name for name in known if name.startswith("DARKROOM_")}
    assert {name for name in told if ":?" in told[name]} == {
        "DARKROOM_REDIS_URL",
        "DARKROOM_QUEUE_KEY",
        "DARKROOM_BLOBS",
    }
    for name in ("build", "image", "command", "restart", "healthcheck"):
        assert worker[name] == SERVICES["worker"][name]
    assert set(worker["volumes"]) <= set(SERVICES["worker"]["volumes"])
    monkeypatch.setenv("DARKROOM_BLOBS", f"https://{chosen_host()}")
    assert Settings().blobs_place == "https://farm.example"


def test_workers_elsewhere_reach_redis_by_a_certificate_that_the_manual_has_made(
    tmp_path: Path, redis_address: str
) -> None:
    """By its own command: a client that has a copy believes it, for the name that is in it."""
    redis, farms, workers = LINKS["services"]["redis"], LINKS["secrets"], ELSEWHERE["secrets"]
    typed = re.search(r"openssl req (.*\\\n#.*)", (HOUSE / "docker" / "compose.links.yaml").read_text())
    assert typed is not None
    words = typed[0].replace("\\\n#", "").replace("farm.example", "localhost").split()
    files = {words[words.index(option) + 1] for option in ("-keyout", "-out")}
    assert files == {f"docker/{secret['file']}" for secret in farms.values()}
    (tmp_path / "docker").mkdir()
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=True)
    options = redis["environment"]["REDIS_TLS"].split()
    given = {options[options.index(f"--tls-{each}-file") + 1] for each in ("cert", "key")}
    assert given == {f"/run/secrets/{secret}" for secret in redis["secrets"]}
    port = options[options.index("--tls-port") + 1]
    assert redis["ports"] == [f"{port}:{port}"]
    told = (HOUSE / "docker" / "compose.worker.yaml").read_text()
    (place,) = (f"/run/secrets/{secret}" for secret in workers)
    assert f"@{chosen_host()}:{port}/0?ssl_ca_certs={place}\n" in told
    assert SERVICES["redis"]["command"][-1].endswith("$$REDIS_TLS"), "that is how it gets there"
    both = tmp_path / "both.pem"
    both.write_text("".join((tmp_path / each).read_text() for each in sorted(files)))
    with speaking_tls(redis_address, both) as open_port:
        try_redis(f"rediss://localhost:{open_port}/0?ssl_ca_certs={tmp_path}/docker/redis.crt")


def chosen_host() -> str:
    """What the operator is told to choose, by which Caddy serves what the bot does."""
    bot, caddy = LINKS["services"]["bot"], LINKS["services"]["caddy"]
    command = re.fullmatch(
        r"caddy reverse-proxy --from \$\{FARM_HOST:\?.* as (\S+)\} --to bot:(\d+)", caddy["command"]
    )
    assert command is not None
    assert bot["environment"] == {"DARKROOM_SERVE_BLOBS": f"0.0.0.0:{command[2]}"}
    assert "DARKROOM_BLOBS=https://" + command[1] in (HOUSE / "docs" / "farm.md").read_text()
    return command[1]


def test_the_image_holds_every_package_and_only_what_is_there() -> None:
    copied = set()
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = line.split()
        copied |= set(sources)
    assert all((HOUSE / source).exists() for source in copied)
    find = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    assert {pattern.rstrip("*") for pattern in find["include"]} <= copied
    ignored = (HOUSE / ".dockerignore").read_text().splitlines()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied


def test_docker_waits_longer_than_anything_takes_to_stop() -> None:
    usual = 10.0
    assert all("stop_grace_period" not in SERVICES[name] for name in OURS)
    assert usual > UP_SECONDS
