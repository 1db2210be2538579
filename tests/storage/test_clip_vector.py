"""Vectors that travel."""

from __future__ import annotations

import numpy as np

from storage.clip_vector import ClipVector


def test_a_vector_comes_back_from_its_journey_with_three_digits() -> None:
    vector = np.linspace(-1, 1, 512, dtype=np.float32)
    sent = ClipVector.of("pocket-clip", vector)
    back = ClipVector.model_validate_json(sent.model_dump_json())
    assert back == sent
    assert np.abs(back.vector - vector).max() < 1e-3
    assert len(sent.model_dump_json()) < 1500
