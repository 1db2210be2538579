"""The manifests for Kubernetes, by its own schemas and by what Darkroom's parts need."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import redis
import yaml
from typer.testing import CliRunner

import darkroom
from storage.queue import queue_of, training_queue_of
from storage.running import running_key
from storage.settings import BotSettings
from storage.shards import Shards
from tests.docker.test_compose import divide_all

FOLDER = Path(__file__).parents[2] / "docker" / "kubernetes"
DOCUMENTS: list[dict[str, Any]] = list(yaml.safe_load_all((FOLDER / "darkroom.yaml").read_text()))
SHARDS: list[dict[str, Any]] = list(yaml.safe_load_all((FOLDER / "shards" / "bots.yaml").read_text()))
DEPLOYMENTS = {
    each["metadata"]["name"]: each for each in (*DOCUMENTS, *SHARDS) if each["kind"] == "Deployment"
}
BOTS = sorted(name for name in DEPLOYMENTS if name.startswith("darkroom-bot"))
KEDA: list[dict[str, Any]] = list(yaml.safe_load_all((FOLDER / "keda.yaml").read_text()))


def container(name: str) -> dict[str, Any]:
    (found,) = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "document", [*DOCUMENTS, *SHARDS], ids=lambda each: each["kind"] + each["metadata"]["name"]
)
def test_kubernetes_knows_every_field(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.34", strict=True)


def test_each_part_is_given_what_is_its_own_and_the_bots_secrets_are_no_workers() -> None:
    made = re.findall(r"create secret generic (\S+)((?:.*\\\n#)*.*)", (FOLDER / "darkroom.yaml").read_text())
    secrets = {name: dict(re.findall(r"--from-literal=(\w+)=(\S+)", text)) for name, text in made}
    own = {"DARKROOM_REDIS_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert set(secrets["darkroom"]) == {"DARKROOM_QUEUE_KEY", "DARKROOM_BLOBS", "AWS_REGION"}
    assert set(secrets["darkroom-worker"]) == own
    assert set(secrets["darkroom-bot"]) == own | {"DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL"}
    for name in ("bot", "worker"):
        assert secrets[f"darkroom-{name}"]["DARKROOM_REDIS_URL"] == f"rediss://{name}:..."
    for name in DEPLOYMENTS:
        given = [each["secretRef"]["name"] for each in container(name)["envFrom"]]
        assert given == ["darkroom", "darkroom-bot" if name in BOTS else "darkroom-worker"]


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_each_part_runs_a_command_that_there_is_with_settings_that_there_are(name: str) -> None:
    part = container(name)
    assert CliRunner().invoke(darkroom.app, [*part["args"], "--help"]).exit_code == 0
    for variable in part["env"]:
        assert variable["name"].removeprefix("DARKROOM_").lower() in BotSettings.model_fields
    (port,) = part["ports"]
    probes = [part[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe")]
    assert [each["path"] for each in probes] == ["/ready", "/health"]
    assert {each["port"] for each in probes} == {"metrics"}
    assert str(port["containerPort"]) in str(part["env"])


@pytest.mark.parametrize("name", BOTS)
def test_a_new_bot_stands_by_before_the_old_one_is_stopped(name: str) -> None:
    spec = DEPLOYMENTS[name]["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_processes_of_the_bot_divide_all_shards_among_them_and_differ_in_nothing_else() -> None:
    shares, rest = [], []
    for each in SHARDS:
        name = each["metadata"]["name"]
        given = {variable["name"]: variable["value"] for variable in container(name)["env"]}
        shares.append(Shards.read(shards := given["DARKROOM_SHARDS"]))
        part = each["metadata"]["labels"]["part"]
        assert each["spec"]["selector"]["matchLabels"] == each["metadata"]["labels"]
        rest.append(str(each).replace(shards, "").replace(name, "").replace(repr(part), ""))
    assert divide_all(shares)
    assert len(shares) > 1
    assert len(set(rest)) == 1
    parts = [each["metadata"]["labels"]["part"] for each in DEPLOYMENTS.values()]
    assert len(set(parts)) == len(parts), "none has another's pods"


def test_workers_are_counted_by_what_waits_and_what_is_under_way_as_rq_keeps_them() -> None:
    (scaled,) = [each for each in KEDA if each["kind"] == "ScaledObject"]
    assert scaled["spec"]["scaleTargetRef"]["name"] in DEPLOYMENTS
    triggers, nowhere = scaled["spec"]["triggers"], redis.Redis()
    lanes = [lane("pocket", nowhere) for lane in (queue_of, training_queue_of)]
    counted = [key for lane in lanes for key in (lane.key, running_key(lane))]
    assert [each["metadata"]["listName"] for each in triggers] == counted
    (login,) = [each for each in KEDA if each["kind"] == "TriggerAuthentication"]
    assert {each["authenticationRef"]["name"] for each in triggers} == {login["metadata"]["name"]}
    given = {each["parameter"]: each["key"] for each in login["spec"]["secretTargetRef"]}
    assert given == {name: name for name in ("address", "username", "password")}, "Redis has users"
    told = (FOLDER / "keda.yaml").read_text()
    assert all(f"--from-literal={name}=" in told for name in given)
