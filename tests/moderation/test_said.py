from __future__ import annotations

from moderation.judge import judge_prompt
from moderation.policy import SFW


def test_a_schedule_is_judged_for_the_steps_of_the_job() -> None:
    late = "n[x:ude:25]"
    assert not judge_prompt(late, "", SFW, steps=20).blocked
    assert judge_prompt(late, "", SFW, steps=30).blocked
