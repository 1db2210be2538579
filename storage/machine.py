"""What has process numbers of its own: a machine, or a container, which may have its machine's name."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

_BOOT, _NUMBERS = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
"""What tells a kernel that runs from others, and those of its processes that are numbered together."""


def machine() -> str:
    """Name where this process runs: of two with the same answer, each can look whether the other lives."""
    name = socket.gethostname()
    with contextlib.suppress(OSError):  # where there is no /proc, there are no containers
        return f"{name}:{_BOOT.read_text().strip()}:{_NUMBERS.stat().st_ino}"
    return name
