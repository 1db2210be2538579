"""The project's own source, read by tests that check how it is written."""

from __future__ import annotations

import ast
import gc
from pathlib import Path


def tree_of(file: Path) -> ast.Module:
    """Parse a file, with nothing collected meanwhile.

    What is collected may log how it failed. A traceback parses lines of code, and before 3.11.8 Python could
    not parse anything while it parsed something else (https://github.com/python/cpython/issues/106905).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    finally:
        if collects:
            gc.enable()
