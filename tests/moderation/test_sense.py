from __future__ import annotations

import pytest

from moderation.reading import readings
from moderation.sense import Senses

SEXUAL = Senses("sexual")
GARMENTS = Senses("garments")


@pytest.mark.parametrize(
    ("written", "quote"),
    [
        ("kobieta naga na plaży", "naga"),
        ("cái lồn", "lồn"),
        ("en kvinna har sex med en man", "har sex"),
        ("男女性交", "性交"),
        ("女性と性交", "性交"),
        ("裸體的女人", "裸體"),
        ("امرأة والعارية", "العارية"),
        ("הנערה העירומה", "העירומה"),
        ("an erect penis", "erect penis"),
    ],
)
def test_words_are_found_in_their_sense(written: str, quote: str) -> None:
    match = SEXUAL.find(readings(written))
    assert match is not None
    assert quote in match.quote or match.quote in quote


@pytest.mark.parametrize(
    "written",
    [
        "a red naga guarding the temple",
        "hai lon nước ngọt",
        "sex röda stugor vid en sjö",
        "cime di rape su un tavolo",
        "女性交流会",
        "路口交通",
        "特色情人节",
        "酒精液体",
        "a robin with a red breast and other breasts of birds",
        "the nipple of a baby's bottle",
        "a poster about cancer of the testicles",
        "har ett hus",
        "большой пакет на столе",
        "rapping in the annus mirabilis",
        "路口交警在指挥",
        "室内射击",
        "裸鼹鼠",
        "一棵裸露的树",
        "le baiser, une sculpture",
        "a tarta de árbol desnudo",
        "çıplak dağ ve kar",
        "a shop with racks, no clothes",
        "a goddess and a bookkeeper with a pickaxe eat porridge",
        "brass braziers and streamers, starters and strikers",
        "piept de pui cu lămâie",
        "fișierul nu a fost găsit",
        "trẻ em ở trường",
        "el sistema deshabilita una red",
        "käännösjoukko",
        "sex barn leker i snön",
    ],
)
def test_other_senses_are_not(written: str) -> None:
    assert SEXUAL.find(readings(written)) is None


@pytest.mark.parametrize(
    "written",
    [
        "gola djevojčica",
        "naga dziewczynka",
        "nua, criança",
        "enfants, nue",
        "裸、写真",
        "she is not wearing anything",
        "a woman wearing nothing at all",
        "taking off her bra",
        "una mujer sin nada puesto",
        "何も着ていない",
        "naga, 30 lat",
        "ohne Slip auf einem Bett",
        "z gołymi piersiami",
        "fără sutien",
        "下着を脱いだ女性",
    ],
)
def test_words_of_their_language_and_what_is_not_worn_are_sexual(written: str) -> None:
    assert SEXUAL.find(readings(written)) is not None


def test_clothes_for_sale_and_good_pictures_are_no_clothes_that_are_worn() -> None:
    assert GARMENTS.find(readings("en bra bild av en katt")) is None
    assert GARMENTS.find(readings("a guitar's G string")) is None
    assert GARMENTS.find(readings("underwear on a shelf in a shop")) is None
    assert GARMENTS.find(readings("she wears a bra")) is not None
