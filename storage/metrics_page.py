"""The page from which Prometheus reads a process, with its health beside it for whatever runs containers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any, TypeAlias
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

log = logging.getLogger(__name__)

Probe: TypeAlias = Callable[[], str | None]
"""Gives None when all is well, or a sentence on what is not."""


_LOOK_SECONDS = 0.1
"""Whoever ends the page waits for so long at most."""


class MetricsNotServed(Exception):
    """The page cannot be served; the message is a sentence for the operator."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    """Asked every few seconds, it would fill the log."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def metrics_page(address: tuple[str, int] | None, healthy: Probe, ready: Probe) -> Iterator[int]:
    """Serve `/metrics`, `/health` and `/ready` while the block runs, and yield the port; None serves nothing.

    `/health` and `/ready` answer 200, or 503 with the sentence. Raises MetricsNotServed.
    """
    if address is None:
        yield 0
        return
    host, port = address
    try:
        server = make_server(host, port, _app(healthy, ready), _Server, _Silent)
    except OSError as error:
        raise MetricsNotServed(
            f"The metrics cannot be served at {host}:{port} ({error.strerror}): set DARKROOM_METRICS to an "
            "address that is free."
        ) from error
    threading.Thread(target=server.serve_forever, args=[_LOOK_SECONDS], name="metrics", daemon=True).start()
    log.info("metrics are at http://%s:%d/metrics", host, server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _app(healthy: Probe, ready: Probe) -> Callable[..., Iterable[bytes]]:
    metrics: Callable[..., Iterable[bytes]] = make_wsgi_app()
    probes = {"/health": healthy, "/ready": ready}

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start_response)
        if (probe := probes.get(path)) is None:
            start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"There are /metrics, /health and /ready.\n"]
        trouble = _asked(probe)
        status = "503 Service Unavailable" if trouble else "200 OK"
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{trouble or 'ok'}\n".encode()]

    return app


def _asked(probe: Probe) -> str | None:
    try:
        return probe()
    except Exception:
        log.exception("a probe failed")
        return "The check itself failed; the log says how."
