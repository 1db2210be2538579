"""Unusual bodies that were asked for are recognised, in each language of the interface."""

from __future__ import annotations

import pytest

from moderation.intended import intended


@pytest.mark.parametrize(
    "asked",
    [
        "a four armed deity",
        "a picture of a four-armed god in red",
        "a god with (four arms:1.2)",
        "a woman with eight long arms",
        "ein vierarmiger Gott",
        "ein Gott mit vier Armen",
        "una diosa con cuatro brazos",
        "un dieu à quatre bras",
        "四本腕の神",
        "腕が6本ある神",
        "Kali, dancing",
        "千手観音",
        "Doctor Octopus on a roof",
        "Docteur Octopus",
        "an octopus in a hat",
        "ein Krake",
        "un pulpo",
        "une pieuvre",
        "タコの王様",
    ],
)
def test_many_arms(asked: str) -> None:
    counts = intended([asked]).right(1)
    assert max(counts["arm"]) >= 4
    assert max(counts["hand"]) >= 4, "whoever has four arms has four hands"


@pytest.mark.parametrize(
    ("asked", "part", "count"),
    [
        ("a two-headed giant", "head", 2),
        ("ein zweiköpfiger Riese", "head", 2),
        ("un gigante con dos cabezas", "head", 2),
        ("un géant à deux têtes", "head", 2),
        ("二つの頭の巨人", "head", 2),
        ("Cerberus", "head", 3),
        ("the headless horseman", "head", 0),
        ("der kopflose Reiter", "head", 0),
        ("el jinete sin cabeza", "head", 0),
        ("le cavalier sans tête", "head", 0),
        ("首なし騎士", "head", 0),
        ("a one-legged pirate", "leg", 1),
        ("ein einbeiniger Pirat", "leg", 1),
        ("a centipede", "leg", 12),
        ("Tausendfüßler", "leg", 12),
        ("un ciempiés", "leg", 12),
        ("un mille-pattes", "leg", 12),
        ("ムカデ", "leg", 12),
        ("a crowd by the sea", "arm", 7),
        ("eine Menschenmenge", "arm", 7),
        ("una multitud", "leg", 7),
        ("une foule", "head", 7),
        ("群衆", "head", 7),
    ],
)
def test_other_bodies(asked: str, part: str, count: int) -> None:
    assert count in intended([asked]).right(1)[part]  # type: ignore[index]


@pytest.mark.parametrize(
    "asked",
    [
        "a man in red by the sea",
        "a man with one hand raised",
        "two hands",
        "a hand in the snow",
        "two men with big heads",
        "an unarmed soldier",
        "eine Frau winkt mit einer Hand",
        "un hombre con los brazos en alto",
        "une femme les bras levés",
        "両手を上げた女性",
        "10 in the morning",
    ],
)
def test_words_that_name_parts_ask_for_nothing_unusual(asked: str) -> None:
    assert intended([asked]) == intended([])


def test_among_several_each_may_be_usual() -> None:
    assert intended(["a four-armed deity"]).right(1)["arm"] == (4,)
    assert intended(["a four-armed deity"]).right(2)["arm"] == (2, 4)
