"""What ships for Prometheus and Grafana: it asks for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from prometheus_client import REGISTRY

import storage.metrics
from storage.farm_metrics import FarmMetrics
from storage.served import ServedCheckpoint, remember

FOLDER = Path(__file__).parents[2] / "docker" / "metrics"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
FARM: dict[str, Any] = yaml.safe_load((FOLDER.parent / "compose.metrics.yaml").read_text())


def names_and_labels(connection: redis.Redis) -> dict[str, set[str]]:
    """Every metric of a bot and a worker, with its labels."""
    remember(connection, ServedCheckpoint(name="pocket", hash="0" * 64, side=128))
    told = [*REGISTRY.collect(), *FarmMetrics(connection).collect()]
    counted = {metric.name: metric for metric in told if metric.name.startswith("darkroom_")}
    ours = vars(storage.metrics).values()
    labels = {each._name: set(each._labelnames) for each in ours if hasattr(each, "_labelnames")}
    return {
        name: labels.get(name, {label for sample in metric.samples for label in sample.labels})
        for name, metric in counted.items()
    }


def test_every_panel_asks_for_metrics_and_labels_that_there_are(connection: redis.Redis) -> None:
    known = names_and_labels(connection)
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            asked = re.findall(r"darkroom_[a-z_]+", target["expr"])
            assert asked, target
            for name in asked:
                base = re.sub(r"_(bucket|sum|count|total)$", "", name)
                assert base in known, name
                shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
                # Prometheus adds whom it asked.
                assert shown <= known[base] | {"instance"}, (name, shown)


def test_every_metric_is_on_a_panel(connection: redis.Redis) -> None:
    said = json.dumps(DASHBOARD)
    unseen = {name for name in names_and_labels(connection) if name not in said}
    assert unseen == {
        "darkroom_redis_up",
        "darkroom_running_jobs",
        "darkroom_seats",
        "darkroom_undelivered_results",
    }


def services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER.parent / name).read_text())["services"]
    return found


def merged(*names: str) -> dict[str, tuple[dict[str, str], dict[str, Any]]]:
    """The environments and the networks of our services, as Compose puts them together from several files."""
    base = services("compose.yaml")
    parts: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
    for name, service in (pair for file in names for pair in services(file).items()):
        if name.partition("-")[0] not in ("bot", "worker"):
            continue
        environment, networks = parts.setdefault(name, ({}, {}))
        for each in (base[service["extends"]["service"]] if "extends" in service else {}, service):
            environment.update(each.get("environment", {}))
            joined = each.get("networks", [])
            networks.update(joined if isinstance(joined, dict) else {network: {} for network in joined})
    return parts


@pytest.mark.parametrize(
    ("also", "parts"),
    [
        ((), {"bot", "worker"}),
        (("compose.shards.yaml", "compose.gpu.yaml"), {"bot", "bot-2", "worker"}),
        (("compose.gpus.yaml",), {"bot", "worker", "worker-1"}),
    ],
)
def test_prometheus_reads_each_bot_and_worker_where_it_serves(also: tuple[str, ...], parts: set[str]) -> None:
    read = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())["scrape_configs"]
    asked = {
        name: found["port"] for job in read for found in job["dns_sd_configs"] for name in found["names"]
    }
    found = merged("compose.yaml", *also, "compose.metrics.yaml")
    assert set(found) == parts
    for name, (environment, networks) in found.items():
        # Prometheus is in the network `default` alone.
        known = {name, *networks["default"].get("aliases", ())}
        assert [environment["DARKROOM_METRICS"]] == [f"0.0.0.0:{asked[each]}" for each in known & set(asked)]


def test_grafana_is_given_files_that_there_are() -> None:
    for service in ("prometheus", "grafana"):
        for volume in FARM["services"][service]["volumes"]:
            source = volume.partition(":")[0]
            assert source in FARM["volumes"] or (FOLDER.parent / source).is_file()
    provided = yaml.safe_load((FOLDER / "datasource.yaml").read_text())["datasources"]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {provided[0]["uid"]}
