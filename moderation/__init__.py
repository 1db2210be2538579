"""Moderation: a policy and a prompt or picture in, a verdict out. No Discord, Redis, database or settings."""

import os

# As it is imported, ONNX Runtime writes an identity of the machine into the user's home, with reports for
# Microsoft of what runs where. None of it may leave the machine, nor lie outside the data folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
