"""How a result is handed to the member who asked for it, before everybody or nobody else, and which way."""

from __future__ import annotations

from enum import StrEnum


class Manner(StrEnum):
    """How the pictures of a job come.

    `HERE` in the channel; `PRIVATE` there too, but shown to the member only; `SPOILER` covered until somebody
    clicks; `DIRECT` in a direct message; `PING` with a mention, if it took long.
    """

    HERE = "here"
    PRIVATE = "private"
    SPOILER = "spoiler"
    DIRECT = "direct"
    PING = "ping"

    @property
    def is_secret(self) -> bool:
        """Say whether nobody but the member may come to know of the job."""
        return self in (Manner.PRIVATE, Manner.DIRECT)


class Way(StrEnum):
    """Where a result is said.

    `ANSWER` is the answer of the interaction, which its token edits. `MESSAGE` is the same one, edited as any
    message of the bot is. `CHANNEL` and `DIRECT` are new messages.
    """

    ANSWER = "answer"
    MESSAGE = "message"
    CHANNEL = "channel"
    DIRECT = "direct"
