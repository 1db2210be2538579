"""Time and identity: a clock that tests can push forward, and ids made from it."""

from datetime import UTC, datetime, timedelta

from .pulse import Pulse

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


class Clock:
    """The time at Discord: this machine's, plus what a test has skipped."""

    def __init__(self, pulse: Pulse) -> None:
        self.skipped = timedelta()
        self._pulse = pulse
        self._ids = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    def advance(self, **by: float) -> None:
        """Skip time: `advance(minutes=16)`."""
        self.skipped += timedelta(**by)
        self._pulse.beat()

    def snowflake(self) -> int:
        """A new id. Reference, "Snowflakes": milliseconds since 2015, then 22 bits that make it unique."""
        self._ids += 1
        milliseconds = int((self.now() - DISCORD_EPOCH).total_seconds() * 1000)
        return (milliseconds << 22) | (self._ids & 0x3FFFFF)
