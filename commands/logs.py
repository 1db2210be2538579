"""The log of a service on its standard error: lines for people, or JSON for whatever collects them."""

from __future__ import annotations

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

from storage.metrics import ERRORS

# Values of variables, which structlog would write down as well, may be secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
_JOB = re.compile(r"job ([0-9a-f]{16}|[A-Za-z0-9_-]{1,64}): ")


def log_to_terminal(form: Literal["text", "json"]) -> None:
    """Send every log line to standard error; errors are counted on the way."""
    handler = logging.StreamHandler(sys.stderr)
    if form == "json":
        handler.setFormatter(_json())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_counted)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in ("rq", "discord", "alembic", "httpx2"):
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("discord.client").addFilter(_is_of_interest)


def _json() -> logging.Formatter:
    """Give one JSON object a line: timestamp, level, logger, event, job where it is about one, exception."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_job,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _TRACEBACKS,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def _with_job(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Take the job's id, with which every line about a job begins, out into a field of its own."""
    if found := _JOB.match(str(event["event"])):
        event["job"] = found[1]
        event["event"] = str(event["event"])[found.end() :]
    return event


def _counted(record: logging.LogRecord) -> bool:
    if record.levelno >= logging.ERROR:
        ERRORS.labels(record.name).inc()
    return True


def _is_of_interest(record: logging.LogRecord) -> bool:
    """Leave out that Discord's voice, which nobody asked for, is not supported."""
    return "voice will NOT be supported" not in record.getMessage()
