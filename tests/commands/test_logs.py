"""The log of a service, as people and collectors of logs read it."""

from __future__ import annotations

import json
import subprocess
import sys

from prometheus_client import REGISTRY

_PROGRAM = """
import logging
from commands.logs import log_to_terminal
log_to_terminal({form!r})
log = logging.getLogger("bot.delivery.delivery")
log.info("job %s: %s", "0123456789abcdef", 'posted "Größe"')
log.warning("results cannot be read")
try:
    raise ValueError("no")
except ValueError:
    log.exception("job %s: cannot be delivered", "0123456789abcdef")
logging.getLogger("discord.client").warning("davey is missing, voice will NOT be supported")
from prometheus_client import REGISTRY
print(REGISTRY.get_sample_value("darkroom_errors_total", {{"logger": "bot.delivery.delivery"}}))
"""


def logged(form: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(form=form)], capture_output=True, text=True, check=True
    )


def test_json_has_one_object_a_line_with_the_jobs_id_in_a_field() -> None:
    done = logged("json")
    posted, unread, failed = [json.loads(line) for line in done.stderr.splitlines()]
    assert {key: posted[key] for key in ("job", "event", "level", "logger")} == {
        "job": "0123456789abcdef",
        "event": 'posted "Größe"',
        "level": "info",
        "logger": "bot.delivery.delivery",
    }
    assert posted["timestamp"].endswith("Z")
    assert "job" not in unread
    assert failed["exception"][0]["exc_type"] == "ValueError"
    assert done.stdout.strip() == "1.0", "errors are counted"


def test_a_traceback_as_json_holds_no_values_of_variables() -> None:
    assert '"locals": {' not in logged("json").stderr


def test_text_is_as_people_read_it() -> None:
    lines = logged("text").stderr.splitlines()
    assert lines[0].endswith('INFO bot.delivery.delivery: job 0123456789abcdef: posted "Größe"')
    assert lines[-1] == "ValueError: no"
    assert not any("voice" in line for line in lines)


def test_the_counter_of_errors_is_registered_once() -> None:
    import commands.logs  # noqa: F401

    assert REGISTRY.get_sample_value("darkroom_errors_total", {"logger": "none"}) is None
