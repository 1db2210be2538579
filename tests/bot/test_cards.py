"""What a card shows of a case, and what it hides."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from bot.cards import card_view, decided_words, title_of, unrecognisable
from bot.language import ENGLISH
from moderation.preview import COARSE_SIDE
from storage.records.reviews import Case, Kind, Review, State
from tests.bot.actions.test_under_answer import rows


def a_review(kind: Kind, state: State = State.OPEN, by: int | None = None) -> Review:
    job_id = "ab" * 8 if kind in (Kind.REPORT, Kind.HELD, Kind.WITHHELD) else None
    case = Case("key", kind, 1, 2, 3, job_id=job_id)
    return Review(7, case, state, datetime.now(UTC), by, None, None, None)


@pytest.mark.parametrize("size", [(64, 96), (1024, 512), (3, 2000)])
def test_nothing_can_be_made_out_in_the_picture_of_a_card(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    with Image.open(io.BytesIO(unrecognisable(file.getvalue()))) as shown:
        assert shown.mode == "L"
        assert max(shown.size) <= 256
        few = max(1, round(COARSE_SIDE * shown.width / max(shown.size)))
        again = shown.resize((few, max(1, round(few * shown.height / shown.width))), Image.Resampling.BOX)
        back = again.resize(shown.size, Image.Resampling.BICUBIC)
        assert np.abs(np.asarray(back, int) - np.asarray(shown, int)).mean() < 12


def test_only_what_has_a_picture_is_looked_at() -> None:
    for kind, labels in (
        (Kind.REPORT, ["Look", "Approve", "Remove", "Suspend …"]),
        (Kind.EMBEDDING, ["Look", "Approve", "Withdraw", "Suspend …"]),
        (Kind.HELD, ["Look", "Approve", "Reject", "Suspend …"]),
        (Kind.WITHHELD, ["Look", "Approve", "Reject", "Suspend …"]),
        (Kind.ATTEMPT, ["Approve", "Reject", "Suspend …"]),
        (Kind.APPEAL, ["Approve", "Reject", "Suspend …"]),
        (Kind.SUSPENSION, ["Approve", "Reject"]),
    ):
        assert rows(card_view(ENGLISH, a_review(kind))) == [labels]
        assert title_of(kind)


def test_it_is_said_who_decided() -> None:
    by_member = a_review(Kind.HELD, State.REJECTED, 5)
    assert decided_words(ENGLISH, by_member) == "<@5> rejected it."
    assert decided_words(ENGLISH, a_review(Kind.APPEAL, State.APPROVED)) == "A second judge approved it."
