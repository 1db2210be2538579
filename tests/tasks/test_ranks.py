"""The table that says how pictures were ranked."""

from __future__ import annotations

import pytest

from moderation.bodies import Body, Goof
from moderation.findings import Findings
from moderation.verdict import Verdict
from storage.events import Picture, Scores
from storage.noise import Noise
from storage.recipe import Recipe
from tasks.ranks import ranks_message, ranks_table
from tests.conftest import a_job


def ranked(seed: int, *goofs: tuple[str, int, int], **scores: object) -> Picture:
    fields = ("part", "counted", "expected")
    body = Body(
        box=(1, 2, 3, 4),
        errors=0,
        goofs=tuple(Goof.model_validate(dict(zip(fields, goof, strict=True))) for goof in goofs),
    )
    recipe = Recipe(
        **a_job().task.model_dump(exclude={"kind", "noises", "best"}),
        checkpoint="pocket",
        checkpoint_hash="ab",
        noise=Noise(seed=seed),
    )
    fields_of_scores = {"agreement": 0.456, "bodies": (body,)} | scores
    return Picture(
        blob="ab",
        recipe=recipe,
        findings=Findings(detector="d"),
        verdict=Verdict(),
        scores=Scores.model_validate(fields_of_scores),
    )


def test_a_member_reads_place_words_people_looks_and_seed() -> None:
    pictures = [
        ranked(3, aesthetics=5.61),
        ranked(4, ("arm", 3, 2), ("leg", 1, 2), aesthetics=6.2),
        ranked(5, bodies=(), aesthetics=4),
    ]
    assert ranks_message(pictures, 8).splitlines()[:6] == [
        "The best of 8, the best first:",
        "```",
        "     words  people                    looks  seed",
        "1st  0.46   as they should be         5.6    3",
        "2nd  0.46   three arms, only one leg  6.2    4",
        "3rd  0.46   nobody in it              4.0    5",
    ]


def test_columns_of_which_nobody_knows_are_left_out() -> None:
    heading, row = ranks_table([ranked(7, bodies=None)])
    assert heading == ("", "words", "seed")
    assert row == ("1st", "0.46", "7")


@pytest.mark.parametrize(
    ("goof", "said"),
    [
        (("head", 0, 1), "no head"),
        (("arm", 0, 2), "no arms"),
        (("arm", 1, 2), "only one arm"),
        (("arm", 3, 4), "only three arms"),
        (("hand", 12, 2), "12 hands"),
    ],
)
def test_goofs_are_words(goof: tuple[str, int, int], said: str) -> None:
    assert ranks_table([ranked(1, goof)])[1][2] == said


def test_sixteen_monsters_fit_a_message() -> None:
    goofs = [(part, 10, 2) for part in ("head", "face", "arm", "hand", "leg")]
    pictures = [ranked(2**32 - 1, *goofs, aesthetics=5) for _ in range(4)]
    assert len(ranks_message(pictures, 16)) < 2000
    assert ranks_table(pictures)[1][2] == "ten heads, ten faces, ten arms, …"


def test_it_is_said_in_any_language() -> None:
    pictures = [ranked(4, ("arm", 3, 2), ("leg", 1, 2)), ranked(5, bodies=())]
    said = ranks_message(pictures, 2, lambda text: f"<{text}>" if text else "")
    assert "<1st>" in said
    assert "<three arms>, <only one leg>" in said
    assert said.startswith("<The best of 2, the best first:>")


def test_columns_line_up_where_characters_are_wide() -> None:
    words = {"nobody in it": "人物なし", "as they should be": "よし", "people": "人"}
    rows = ranks_message(
        [ranked(4), ranked(5, bodies=())], 2, lambda text: words.get(text, text)
    ).splitlines()
    assert rows[3] == "1st  0.46   よし      4"
    assert rows[4] == "2nd  0.46   人物なし  5"
