"""The front door: the command line, and nothing else."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
