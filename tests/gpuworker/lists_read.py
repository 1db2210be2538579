"""Reads the lists by which prompts are judged, when it is imported: for processes that fork."""

from moderation.judge import read_lists

read_lists()
