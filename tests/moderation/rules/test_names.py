from __future__ import annotations

import pytest

from moderation.judge import judge_prompt
from moderation.names.listing import Name
from moderation.policy import ARTISTIC, FAMILY, NSFW, SFW, Listed, Policy, Preset
from moderation.rules.names import look_also_for
from moderation.verdict import Action
from tests.moderation.support import verdict

OFF = Policy(names=Listed.OFF, artists=Listed.OFF)


@pytest.mark.parametrize("policy", [FAMILY, SFW, ARTISTIC, NSFW])
def test_names_are_refused_in_every_preset(policy: Policy) -> None:
    assert verdict("a portrait of taylor swift", policy) == (Action.BLOCK, "names")
    assert verdict("gandalf in a garden", policy) == (Action.BLOCK, "names")


@pytest.mark.parametrize(
    "prompt",
    [
        "{rihanna|adele|shakira} in a rowing boat",
        "a {blue|white} castle with {nobody|elsa of arendelle}",
        "ein Schlumpf auf einem Pilz",
        "Schlumpfine lacht",
        "Paperon de' Paperoni nuota nell'oro",
        "Kalle Anka på en båt",
        "Micky Maus im Regen",
        "the Donald eating a burger",
        "S. L. Jackson as a pope",
        "a 🦇man on a roof",
        "Кіану Рівзові подарували цуценя",
        "Räikkösellä on jäätelö",
        "gokuvegeta fusion",
        "پرتره لیلا حاتمی در باغ",
        "ลิซ่า แบล็คพิงค์ กินข้าว",
        "the american pope Leo Prevost",
        "link_(zelda), sword",
    ],
)
def test_names_are_known_in_other_places_and_forms(prompt: str) -> None:
    assert verdict(prompt, NSFW) == (Action.BLOCK, "names")


@pytest.mark.parametrize(
    "prompt",
    [
        "Obama, a fishing town in Fukui prefecture, Japan",
        "the harbour of Obama, Japan",
        "the Donald Judd museum in Marfa",
        "a Victorian house with Georgian windows",
        "Hamiltonian mechanics on a blackboard",
    ],
)
def test_places_and_adjectives_are_no_names(prompt: str) -> None:
    assert verdict(prompt, NSFW) == (Action.ALLOW, "")


def test_artists_have_a_field_of_their_own() -> None:
    prompt = "a castle by greg rutkowski"
    assert verdict(prompt, SFW) == (Action.BLOCK, "artists")
    assert verdict(prompt, ARTISTIC) == (Action.WARN, "artists")
    assert verdict(prompt, Policy(artists=Listed.OFF)) == (Action.ALLOW, "")
    assert verdict("tom hanks", Policy(names=Listed.WARN)) == (Action.WARN, "names")
    assert verdict("tom hanks by greg rutkowski", OFF) == (Action.ALLOW, "")


def test_the_sentence_quotes_the_member_and_says_what_would_pass() -> None:
    (reason,) = judge_prompt("a photo of (t4ylor:1.2) swft", "", SFW).reasons
    assert reason.matched == "t4ylor:1.2) swft"
    assert "“t4ylor:1.2) swft” reads like Taylor Swift" in reason.explanation
    assert "try it without the name" in reason.explanation


def test_who_shall_not_be_in_a_picture_is_nobodys_fault() -> None:
    assert verdict("a singer", SFW, "taylor swift") == (Action.ALLOW, "")
    assert verdict("a singer", SFW, "(taylor swift:-1)") == (Action.BLOCK, "names")


@pytest.mark.parametrize(
    ("prompt", "beside"),
    [
        ("a portrait of scarlett", ("johansson with a hat",)),
        ("a portrait of scar", ("lett johansson",)),
        ("a portrait", ("a hat", "scarlett johansson")),
        ("[scarlett|x] johansson", ()),
        ("scar[x:lett:0.2] johansson", ()),
    ],
)
def test_names_are_found_over_all_that_is_said(prompt: str, beside: tuple[str, ...]) -> None:
    assert [reason.rule for reason in judge_prompt(prompt, "", SFW, beside=beside).reasons] == ["names"]


def test_a_policy_lets_a_name_through_and_adds_others() -> None:
    mine = Policy(names_allowed=("Taylor Swift",), names_added=("Marlena Quistgaard",))
    assert verdict("taylor swift", mine) == (Action.ALLOW, "")
    assert verdict("m4rlena quistgard", mine) == (Action.BLOCK, "names")
    assert verdict("marlena quistgaard", SFW) == (Action.ALLOW, "")


@pytest.mark.parametrize(
    "prompt",
    [
        "习近平骑马",
        "習近平",
        "портрет Владимира Путина",
        "Дональдом Трампом",
        "大谷翔平の絵",
        "이민호의 사진",
        "रूपांतरण: नरेंद्र मोदी",
        "صورة دونالد ترامب",
        "ภาพของเทย์เลอร์ สวิฟต์",
        "президент трамп",
        "the singer prince",
        "emmawatson, 4k",
        "<lora:emma_watson_v1:0.8>",
    ],
)
def test_names_are_found_in_many_languages_and_places(prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.BLOCK, "names")


def test_an_operators_own_names_are_looked_for_until_others_are_given() -> None:
    own = Name("Orla Vanterpool", ("Orla Vanterpool", "Орла Вантерпул"))
    look_also_for([own])
    try:
        assert verdict("a portrait of 0rla vantterpool", SFW) == (Action.BLOCK, "names")
        assert verdict("портрет: Орла Вантерпул", SFW) == (Action.BLOCK, "names")
        assert verdict("Orla Vanterpool, nude", Policy(preset=Preset.NSFW)) == (Action.BLOCK, "real people")
        assert verdict("Orla Vanterpool", Policy(names_allowed=("Orla Vanterpool",))) == (Action.ALLOW, "")
    finally:
        look_also_for([])
    assert verdict("a portrait of Orla Vanterpool", SFW) == (Action.ALLOW, "")
