"""What a policy refuses on the command line, and what is hinted at."""

from __future__ import annotations

import pytest

from commands.policy import refuse_blocked
from commands.terminal import Refused
from moderation.policy import NSFW, SFW


def test_what_the_policy_forbids_is_refused_with_the_reason() -> None:
    refuse_blocked("a tree", "", SFW, 20)
    refuse_blocked("a naked woman", "", NSFW, 20)
    with pytest.raises(Refused, match="nudity or sex"):
        refuse_blocked("a naked woman", "", SFW, 20)
    with pytest.raises(Refused, match="nudity or sex"):
        refuse_blocked("a woman", "", SFW, 20, beside=("naked breasts",))
    with pytest.raises(Refused, match="write <lora:ink:1> into the prompt itself"):
        refuse_blocked("a tree", "<lora:ink:1>", SFW, 20)


def test_habits_of_other_programs_are_hinted_at(capsys: pytest.CaptureFixture[str]) -> None:
    refuse_blocked("a tree --ar 16:9 <lora:>", "", SFW, 20)
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith("Note: --ar 16:9 is drawn as words")
    assert first.endswith("by --size 16:9.")
    assert "a LoRA is written <lora:name:0.8>" in second
