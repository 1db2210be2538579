"""Moderation: a policy and a prompt or picture in, a verdict out. No Discord, Redis, database or settings."""
