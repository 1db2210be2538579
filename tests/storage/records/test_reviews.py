"""Cases before moderators: each is opened, decided and told once, whatever is repeated."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from storage.database import Database
from storage.records.audit import AuditRecords, first_broken
from storage.records.jobs import JobRecords
from storage.records.reviews import Case, Kind, ReviewRecords, State
from tests.conftest import a_job
from tests.storage.conftest import CHANNEL, GUILD, MEMBER, an_origin

ADA, BEN, MOD = MEMBER, MEMBER + 1, MEMBER + 2
WORDS = Case("words:1", Kind.ATTEMPT, GUILD, ADA, CHANNEL, about={"prompt": "a “cat”"})


async def a_picture(database: Database) -> Case:
    job = a_job()
    await JobRecords(database).add(job, an_origin())
    return Case("report:9", Kind.REPORT, GUILD, ADA, CHANNEL, job_id=job.id, message_id=9)


async def log_of(database: Database) -> list[str]:
    lines = await AuditRecords(database).whole(GUILD)
    assert first_broken(lines) is None
    return [line.what for line in lines]


async def test_a_member_reports_a_picture_once_and_several_report_the_same(database: Database) -> None:
    reviews, case = ReviewRecords(database), await a_picture(database)
    first, fresh = await reviews.report(case, BEN, "It is rude.")
    assert fresh
    for member, fresh in ((BEN, False), (MOD, True), (BEN, False)):
        assert (await reviews.report(case, member, "Again.")) == (first, fresh)
    assert [(each.member_id, each.reason) for each in await reviews.reports(first.id)] == [
        (BEN, "It is rude."),
        (MOD, "Again."),
    ]
    assert await reviews.waiting(GUILD) == [first]
    assert await log_of(database) == ["report"]


async def test_only_the_first_decision_counts(database: Database) -> None:
    reviews, case = ReviewRecords(database), await a_picture(database)
    review, _ = await reviews.report(case, BEN, "It is rude.")
    decisions = await asyncio.gather(
        *(reviews.decide(review.id, state, MOD) for state in (State.REJECTED, State.APPROVED, State.REJECTED))
    )
    assert sorted(decisions) == [False, False, True]
    (decided,) = await reviews.untold()
    assert not decided.is_open
    assert decided.decided_by == MOD
    assert await reviews.waiting(GUILD) == []
    assert await log_of(database) == ["report", decided.state]
    again, counts = await reviews.report(case, ADA + 7, "Too late.")
    assert again == decided
    assert counts
    assert [each.member_id for each in await reviews.reports(review.id)] == [BEN]
    await reviews.mark_told(review.id)
    assert await reviews.untold() == []
    assert not await reviews.decide(404, State.APPROVED, MOD)


async def test_cards_are_wanted_once_a_channel_is_named_and_again_in_another_one(database: Database) -> None:
    reviews = ReviewRecords(database)
    review = await reviews.open(WORDS)
    assert await reviews.channel(GUILD) is None
    assert await reviews.without_card() == []
    await reviews.set_channel(GUILD, CHANNEL, MOD, "1")
    assert await reviews.without_card() == [(review, CHANNEL)]
    await reviews.set_card(review, CHANNEL, 77)
    assert await reviews.without_card() == []
    await reviews.set_channel(GUILD, CHANNEL + 1, MOD, "2")
    assert await reviews.without_card() == [(review, CHANNEL + 1)]
    assert await reviews.channel(GUILD) == CHANNEL + 1
    assert await log_of(database) == ["attempt", "channel", "channel"]


async def test_an_attempt_becomes_an_appeal_while_it_is_open(database: Database) -> None:
    reviews = ReviewRecords(database)
    await reviews.set_channel(GUILD, CHANNEL, MOD, "1")
    attempt = await reviews.open(WORDS)
    await reviews.set_card(attempt, CHANNEL, 77)
    appeal = await reviews.open(replace(WORDS, kind=Kind.APPEAL, about={"prompt": "a cat", "rules": ["x"]}))
    assert (appeal.id, appeal.case.kind, appeal.case.about["rules"]) == (attempt.id, Kind.APPEAL, ["x"])
    await reviews.set_card(attempt, CHANNEL, 78)
    assert await reviews.without_card() == [(appeal, CHANNEL)], "the card says now what is asked"
    assert await reviews.open(WORDS) == appeal
    assert await reviews.decide(appeal.id, State.REJECTED, MOD)
    decided = await reviews.open(replace(WORDS, kind=Kind.APPEAL))
    assert (decided.id, decided.state) == (appeal.id, State.REJECTED)


async def test_what_a_second_judge_clears_is_decided_at_once(database: Database) -> None:
    reviews, case = ReviewRecords(database), replace(WORDS, kind=Kind.APPEAL)
    for _ in range(2):
        cleared = await reviews.clear(case)
        assert (cleared.state, cleared.decided_by) == (State.APPROVED, None)
    assert await reviews.approved(GUILD, case.key[:4]) == [cleared]
    assert await reviews.approved(GUILD, "words:2") == []
    assert await reviews.untold() == []
    assert await log_of(database) == ["cleared"]


async def test_kinds_are_listed_apart(database: Database) -> None:
    reviews = ReviewRecords(database)
    attempt = await reviews.open(WORDS)
    appeal = await reviews.open(replace(WORDS, key="words:2", kind=Kind.APPEAL))
    assert await reviews.waiting(GUILD) == [attempt, appeal]
    assert await reviews.waiting(GUILD, [Kind.APPEAL]) == [appeal]
    assert await reviews.waiting(GUILD + 1) == []
    assert await reviews.get(appeal.id) == appeal
    assert await reviews.get(404) is None
