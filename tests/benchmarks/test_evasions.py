from __future__ import annotations

from tests.benchmarks import evasions, ordinary


def test_disguised_names_of_a_small_sample_are_refused() -> None:
    """The whole is measured by `python -m tests.benchmarks.evasions`."""
    missed: list[evasions.Case] = []
    figures = evasions.measure(24, seed=11, missed=missed)
    recall = figures["recall"]
    assert isinstance(recall, float)
    assert recall >= 0.98, missed


def test_cases_are_the_same_for_the_same_seed() -> None:
    assert list(evasions.cases(3, seed=5)) == list(evasions.cases(3, seed=5))


def test_near_misses_and_ordinary_prompts_are_not_refused() -> None:
    """The whole is measured by `python -m tests.benchmarks.ordinary`."""
    assert len(ordinary.near_misses()) >= 200
    assert ordinary.refused(ordinary.near_misses()) == []
    assert ordinary.refused(ordinary.prompts(300, seed=3)) == []
