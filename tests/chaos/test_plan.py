"""A seed gives one plan; a plan that fails is made as small as it can be."""

from __future__ import annotations

from collections.abc import Sequence

from tests.chaos.plan import LONGEST_SECONDS, Fault, Kind, clocks_of, plan_of, shrunk


def test_a_seed_gives_the_same_plan_with_every_kind_of_fault() -> None:
    plan = plan_of(7, 60, 30)
    assert plan == plan_of(7, 60, 30) != plan_of(8, 60, 30)
    assert {fault.kind for fault in plan} == set(Kind) == set(LONGEST_SECONDS)
    assert all(0 <= fault.at <= 60 and fault.seconds <= LONGEST_SECONDS[fault.kind] for fault in plan)
    assert clocks_of(7, 3) == clocks_of(7, 3)
    assert clocks_of(7, 3)[0] == 0


def test_a_plan_shrinks_to_the_faults_that_matter() -> None:
    plan = plan_of(7, 60, 30)
    culprits, tried = {plan[4], plan[23]}, list[int]()

    def fails(fewer: Sequence[Fault]) -> bool:
        tried.append(len(fewer))
        return culprits <= set(fewer)

    assert set(shrunk(plan, fails)) == culprits
    assert len(tried) < 100
    assert shrunk(plan[:1], lambda _: True) == plan[:1]
