from __future__ import annotations

import pytest

from moderation.names.listing import Name
from moderation.names.register import Register
from moderation.reading import Reading

NAMES = Register(
    [
        Name("Marlena Quistgaard", ("Marlena Quistgaard", "Марлена Квистгаард", "玛琳娜·奎斯特", "마를레나")),
        Name("Tobin Harrow Pell", ("Tobin Harrow Pell",)),
        Name("Zorvandia", ("Zorvandia",)),
        Name("Ed Vox", ("Ed Vox",)),
    ]
)


def found(text: str) -> set[str]:
    return {each.name.name for each in NAMES.find(Reading(text))}


@pytest.mark.parametrize(
    "written",
    [
        "a portrait of marlena quistgaard",
        "MARLENA QUISTGAARD!!",
        "mаrlеna quіstgaard",
        "m a r l e n a q u i s t g a a r d",
        "m.a.r.l.e.n.a q.u.i.s.t.g.a.a.r.d",
        "marle naqu istga ard",
        "(marl:1.3)ena [quist]gaard",
        "m4rl3na qu1$tgaard",
        "draagtsiuq anelram",
        "anelram draagtsiuq",
        "marlenaquistgaard",
        "<lora:marlena_quistgaard_v2:0.8>",
        "xxMarlenaQuistgaardxx",
        "marlena quistgard",
        "marlina quistgaard",
        "marlenna quisstgard",
        "Quistgaard, Marlena",
        "marlena ingvild quistgaard",
        "marlena BREAK quistgaard",
        "Марлены Квистгаард",
        "Марленой Квистгаард на пляже",
        "Μαρλένα Κουιστγκααρντ",
        "玛琳娜·奎斯特的肖像",
        "마를레나의 초상",
        "mmmaaarlena quiiistgaaaard",
        "marlena quistgaard's house",
        "marlena young quistgaard",
        "marleną quistgaardem",
        "marlenalle quistgaardille",
        "про Марлену Квистгаард",
        "mrln qstgrd",
        "mrln_qstgrd",
        "mlerana qistugard",
        "mrlnqstgrd",
        "m*rl#na quistg*ard",
        "malrena quisgtaard",
        "quistgaardmarlena",
    ],
)
def test_a_name_is_found_however_it_is_written(written: str) -> None:
    assert found(written) == {"Marlena Quistgaard"}


@pytest.mark.parametrize(
    "written", ["tobin harrow pell", "tobn harrow pell", "tobin pell", "t0bin harrow-pell"]
)
def test_a_name_of_three_words_is_found(written: str) -> None:
    assert found(written) == {"Tobin Harrow Pell"}


@pytest.mark.parametrize("written", ["zorvandia", "Zorvándia", "zorvanda", "zo.rv.andia", "zorvandias"])
def test_a_name_of_one_word_is_found(written: str) -> None:
    assert found(written) == {"Zorvandia"}


@pytest.mark.parametrize(
    "written",
    [
        "marlena",
        "quistgaard",
        "marlena and quistgaard",
        "a marlin and a guard",
        "seed vox",
        "ed voxel",
        "edvoxed",
        "e d v",
        "vox ed",
        "mrln the qstgrd",
        "qstgrd mrln",
        "qstgrdmrln",
        "marlena on a quistgaard",
        "*marlena* and *quistgaard*",
        "",
    ],
)
def test_parts_of_names_and_other_words_are_not_found(written: str) -> None:
    assert found(written) == set()


@pytest.mark.parametrize("written", ["bread pit", "a mat demon mask"])
def test_two_common_words_neither_of_which_is_of_the_name_are_no_slips_of_it(written: str) -> None:
    known = Register([Name("Brad Pitt", ("Brad Pitt",)), Name("Matt Damon", ("Matt Damon",))])
    assert not list(known.find(Reading(written)))


@pytest.mark.parametrize("written", ["tailor swift", "brad pit", "mat damon", "brat pitt"])
def test_where_one_is_the_other_may_be_a_slip(written: str) -> None:
    names = ("Taylor Swift", "Brad Pitt", "Matt Damon")
    assert list(Register([Name(name, (name,)) for name in names]).find(Reading(written)))


def test_a_name_is_quoted_as_the_member_wrote_it() -> None:
    (first, *_) = NAMES.find(Reading("see m4rlena (quistgaard:1.2), please"))
    assert first.quote == "m4rlena (quistgaard"


def test_a_name_is_found_across_texts() -> None:
    texts = [Reading("a portrait of marlena"), Reading("quistgaard with a hat")]
    assert {each.name.name for each in NAMES.across(texts)} == {"Marlena Quistgaard"}
    assert not list(NAMES.across([Reading("a portrait of marlena"), Reading("a hat")]))
