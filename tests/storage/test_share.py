from __future__ import annotations

from storage.share import Share, Urgency


def test_a_job_of_an_earlier_version_is_nobodys_in_particular() -> None:
    assert Share.model_validate({}) == Share(member="", weight=1, urgency=Urgency.INTERACTIVE)


def test_what_is_more_urgent_comes_first() -> None:
    assert sorted(Urgency)[0] is Urgency.INTERACTIVE
    assert sorted(Urgency)[-1] is Urgency.RELAXED
