"""Anatomy is looked at where somebody is asked for."""

from __future__ import annotations

import pytest

from moderation.somebody import names_somebody


@pytest.mark.parametrize(
    "text",
    [
        *("a woman in a red dress", "someone reading in a library", "she dances", "portrait of a goblin"),
        *(
            "1girl, long hair",
            "a jogger in the park",
            "close up of hands",
            "Mira Fandango at sea",
            "👩 at sea",
        ),
        *("gandalf the grey", "eine Bäckerin in der Küche", "une vieille dame", "un anciano leyendo"),
        *(
            "着物を着た女性",
            "消防士",
            "一个女孩在公园里",
            "девушка в парке",
            "공원의 소녀",
            "امرأة في الحديقة",
        ),
        *("a beach without people, one man walks", "no crowd, a single fisherman"),
    ],
)
def test_people_are_told_in_many_languages(text: str) -> None:
    assert names_somebody(["over the sea", text])


@pytest.mark.parametrize(
    "text",
    [
        *("a gory battlefield", "a red circle over the sea", "a mountain hut, snow", "the face of a clock"),
        *(
            "a beach without people",
            "an empty street, nobody around",
            "a castle, no humans",
            "a suit of armour",
        ),
        *(
            "ein Wald ohne Menschen",
            "la mer, sans personne",
            "la ciudad de noche, sin gente",
            "誰もいない海岸",
        ),
        *(
            "пустой пляж без людей",
            "桜の木",
            "一只猫在桌子上",
            "a model train",
            "a king penguin",
        ),
    ],
)
def test_where_nobody_is_asked_for_nobody_is_found(text: str) -> None:
    assert not names_somebody([text])
