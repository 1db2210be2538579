"""A server that speaks as much of the Hugging Face Hub's protocol as downloads need, and fails on demand."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Serves `files`, by `repository/path`.

    `cuts` are the numbers of bytes after which the next answers break off; `status` is answered to every GET
    when it is set. `asked` has the path and the Range header of every GET so far.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    cuts: list[int] = field(default_factory=list)
    status: int | None = None
    knows_ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def put(self, repository: str, folder: Path) -> list[str]:
        """Serve every file of a folder; return their paths. Weights are in LFS, as on the Hub."""
        paths = [str(file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file()]
        for path in paths:
            self.add(f"{repository}/{path}", (folder / path).read_bytes())
        return paths

    def add(self, name: str, content: bytes) -> None:
        self.files[name] = content
        if not name.endswith((".json", ".txt")):
            self.large.add(name)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = f"{request.match_info['repository']}/{request.match_info['path']}"
        content = self.files.get(name)
        if content is None:
            return web.Response(status=404, headers={"X-Error-Code": "EntryNotFound"})
        if request.method == "HEAD":
            return web.Response(headers={**self._identity(name), "Content-Length": str(len(content))})
        self.asked.append((name, request.headers.get("Range")))
        if self.status is not None:
            return web.Response(status=self.status)
        return await self._send(request, content)

    def _identity(self, name: str) -> dict[str, str]:
        content = self.files[name]
        if name in self.large:
            etag = hashlib.sha256(content).hexdigest()
        else:
            etag = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        return {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"', "X-Linked-Size": str(len(content))}

    async def _send(self, request: web.Request, content: bytes) -> web.StreamResponse:
        start = 0
        if self.knows_ranges and (wanted := request.headers.get("Range")):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return web.Response(status=416)
        answer = web.StreamResponse(status=206 if start else 200)
        answer.content_length = len(content) - start
        await answer.prepare(request)
        if self.cuts:
            await answer.write(content[start : start + self.cuts.pop(0)])
            assert request.transport is not None
            request.transport.close()
        else:
            await answer.write(content[start:])
        return answer


@asynccontextmanager
async def running_hub() -> AsyncIterator[Hub]:
    """A hub on a free port of this machine."""
    hub = Hub()
    app = web.Application()
    app.router.add_route("*", "/{repository:[^/]+/[^/]+}/resolve/{revision}/{path:.+}", hub.answer)
    app.router.add_route("GET", "/{repository:[^/]+/[^/]+}/releases/{path:.+}", hub.answer)
    async with TestServer(app) as server:
        hub.url = str(server.make_url("")).rstrip("/")
        yield hub


def point_at(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let huggingface_hub, in this process, take `hub` for the Hub."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def write_registry(file: Path, name: str, files: Iterable[str], **fields: object) -> None:
    """Write a models.toml with one entry. `files` are lines such as `"config.json" = {}`."""
    told = {"title": name, "licence": "MIT", "memory": 1.0, **fields}
    lines = [
        f"[{name}]",
        *(f"{field} = {value!r}" for field, value in told.items()),
        f"[{name}.files]",
        *files,
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines))
