"""The store of pictures that ships in compose.yaml, run here: its own command, on ports that are free."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.storage.redis_servers import free_port

DOCKER = Path(__file__).parents[2] / "docker"
FARM: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICE: dict[str, Any] = FARM["services"]["pictures"]
SECONDS = 180.0
"""Within which it is healthy."""
STOP_SECONDS = float(SERVICE["stop_grace_period"].removesuffix("s"))
"""After which Docker kills it."""
_USUAL = {"s3": "8333", "filer": "8888", "master": "9333", "volume": "8080"}
_BETWEEN = 10_000
"""From each port to another one, at which a part speaks gRPC."""


def filled_in(said: str, chosen: Mapping[str, str]) -> str:
    """Do what Compose does to a value: choices or usual ones are put in, and $$ is a dollar."""
    found = re.compile(r"(?<!\$)\$\{(\w+)(?::\?[^}]*|:-([^}]*))?\}")
    return found.sub(lambda each: chosen.get(each[1]) or each[2], said).replace("$$", "$")


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where the store is here, which has a folder and ports of its own in a container."""

    folder: Path
    ports: Mapping[str, str]

    @classmethod
    def anywhere(cls, folder: Path) -> StorePlace:
        """Find free ports."""
        return cls(folder, {part: str(free_port(_BETWEEN)) for part in _USUAL})

    @property
    def command(self) -> list[str]:
        """What the container runs, as it is run here: without the image's change of the user."""
        (line,) = SERVICE["command"]
        assert "exec /entrypoint.sh server" in line
        line = line.replace("/entrypoint.sh", "weed -logtostderr=true")
        given = " ".join(f"-{part}.port={port}" for part, port in self.ports.items())
        return [*SERVICE["entrypoint"], f"{self.here(line)} {given}"]

    def here(self, said: str) -> str:
        """Put what is here into something that is said in the container, or of it."""
        for part, port in _USUAL.items():
            said = re.sub(rf"(127\.0\.0\.1|pictures):{port}\b", f"127.0.0.1:{self.ports[part]}", said)
        said = said.replace("/etc/seaweedfs/s3.json", str(self.users_file))
        return said.replace("=/data", f"={self.folder / 'data'}")

    @property
    def users_file(self) -> Path:
        """The file in which the store reads its users."""
        return self.folder / "s3.json"

    def prepare(self, users: str) -> None:
        """Make what is mounted into the container."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.users_file.write_text(users)

    def tidy(self) -> None:
        """Remove what it leaves behind outside of its folder: its sockets."""
        for kind, port in (("s3", self.ports["s3"]), ("s3-grpc", str(int(self.ports["s3"]) + _BETWEEN))):
            Path(f"/tmp/seaweedfs-{kind}-{port}.sock").unlink(missing_ok=True)

    def environment(self, user: str, key: str) -> dict[str, str]:
        """What leads a user there."""
        said = FARM["services"][user if user in FARM["services"] else "bot"]["environment"]
        given = {name: self.here(value) for name, value in said.items() if name.startswith("AWS_")}
        return given | {"AWS_ACCESS_KEY_ID": user, "AWS_SECRET_ACCESS_KEY": key}


def environment() -> dict[str, str]:
    """The machine's own, with the programs of this Python's environment and without keys of S3."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**mine, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def users_of_compose(chosen: Mapping[str, str]) -> str:
    """Give the file of users as Compose mounts it."""
    content = FARM["configs"]["pictures"]["content"]
    users = filled_in(content, chosen)
    json.loads(users)
    return users


def is_healthy(place: StorePlace) -> bool:
    """Run the container's check."""
    kind, line = SERVICE["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    return (
        subprocess.run(["sh", "-c", place.here(line)], capture_output=True, env=environment()).returncode == 0
    )


@contextlib.contextmanager
def served(place: StorePlace, users: str) -> Iterator[None]:
    """Run the store while the block runs, and stop it as Docker does: it ends by itself."""
    place.prepare(users)
    with (place.folder / "log").open("ab") as log:
        # In a session of its own: what it has started goes with it, as with a container.
        process = subprocess.Popen(
            place.command,
            env={**environment(), "TMPDIR": str(place.folder)},  # where its shell writes a log
            stdout=log,
            stderr=log,
            cwd=place.folder,
            start_new_session=True,
        )
    try:
        give_up = time.monotonic() + SECONDS
        while not is_healthy(place):
            assert process.poll() is None, (place.folder / "log").read_text()[-2000:]
            assert time.monotonic() < give_up, (place.folder / "log").read_text()[-2000:]
            time.sleep(0.3)
        yield
        process.terminate()
        assert process.wait(STOP_SECONDS) == 0
    finally:
        end_session(process.pid)
        process.wait()
        place.tidy()


def end_session(leader: int) -> None:
    """Kill all that a process has started in its session, as Docker does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
