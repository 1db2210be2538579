"""Judgement: a policy and a prompt or picture in, a verdict out. No Discord, no Redis, no database, no settings."""
