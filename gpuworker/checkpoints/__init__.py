"""Checkpoints: found, checked without loading, and loaded from safetensors only."""
