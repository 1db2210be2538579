from __future__ import annotations

import httpx2 as httpx
import pytest

from storage.metrics import DELIVERY_RETRIES
from storage.metrics_page import MetricsNotServed, metrics_page


def well() -> None:
    return None


def broken() -> str:
    raise RuntimeError("a secret")


def test_metrics_health_and_readiness_are_served_while_the_block_runs() -> None:
    DELIVERY_RETRIES.inc()
    with metrics_page(("127.0.0.1", 0), well, lambda: "Not yet.") as port:
        page = f"http://127.0.0.1:{port}"
        assert "darkroom_delivery_retries_total" in httpx.get(f"{page}/metrics").text
        assert (httpx.get(f"{page}/health").status_code, httpx.get(f"{page}/health").text) == (200, "ok\n")
        ready = httpx.get(f"{page}/ready")
        assert (ready.status_code, ready.text) == (503, "Not yet.\n")
        assert httpx.get(f"{page}/../etc/passwd").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{page}/health")


def test_a_check_that_fails_is_no_good_health_and_tells_no_secret() -> None:
    with metrics_page(("127.0.0.1", 0), broken, well) as port:
        health = httpx.get(f"http://127.0.0.1:{port}/health")
    assert health.status_code == 503
    assert "secret" not in health.text


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with (
        metrics_page(("127.0.0.1", 0), well, well) as port,
        pytest.raises(MetricsNotServed, match=rf"127.0.0.1:{port} .* set DARKROOM_METRICS"),
        metrics_page(("127.0.0.1", port), well, well),
    ):
        pass


def test_without_an_address_nothing_is_served() -> None:
    with metrics_page(None, well, well) as port:
        assert port == 0
