"""The parts of figures are counted, and compared with what was asked for; goofs have boxes and a severity."""

from __future__ import annotations

import pytest

from moderation.bodies import Body, Goof, bodies, countable
from moderation.findings import Finding
from moderation.intended import intended

LABELS = ("figure", "head", "face", "hand", "arm", "leg", "eye")
SIZE = (128, 128)


def a_figure(x: int = 64, **counts: int) -> list[Finding]:
    """Somebody of 80 pixels with these parts, whole where nothing else is said."""
    found = [Finding(label="figure", score=0.9, box=(x - 20, 20, x + 20, 100))]
    for label, count in ({"head": 1, "face": 1, "arm": 2, "hand": 2, "leg": 2} | counts).items():
        boxes = [(x - 8, 30 + 8 * place, x - 2, 38 + 8 * place) for place in range(count)]
        found += [Finding(label=label, score=0.9, box=box) for box in boxes]
    return found


def goofs(found: list[Finding], *asked: str, size: tuple[int, int] = SIZE) -> list[tuple[str, int, int]]:
    return [
        (goof.part, goof.counted, goof.expected)
        for body in bodies(found, LABELS, size, asked)
        for goof in body.goofs
    ]


def test_whoever_is_whole_has_no_goof() -> None:
    (body,) = bodies(a_figure(), LABELS, SIZE)
    assert body.goofs == ()
    assert body.errors < 0.5
    assert body.box == (44, 20, 84, 100)


@pytest.mark.parametrize(
    ("counts", "goof"),
    [
        ({"arm": 3}, ("arm", 3, 2)),
        ({"leg": 1}, ("leg", 1, 2)),
        ({"head": 2}, ("head", 2, 1)),
        ({"face": 0}, ("face", 0, 1)),
        ({"hand": 0}, ("hand", 0, 2)),
    ],
)
def test_too_many_and_too_few_are_counted(counts: dict[str, int], goof: tuple[str, int, int]) -> None:
    assert goofs(a_figure(**counts)) == [goof]
    wrong, right = bodies(a_figure(**counts), LABELS, SIZE), bodies(a_figure(), LABELS, SIZE)
    assert wrong[0].errors > right[0].errors + 0.5


def test_what_is_half_seen_is_less_than_a_goof_and_more_than_nothing() -> None:
    half = Finding(label="arm", score=0.3, box=(60, 70, 66, 90))
    (whole,), (doubtful,) = (bodies(each, LABELS, SIZE) for each in (a_figure(), [*a_figure(), half]))
    assert doubtful.goofs == ()
    assert whole.errors < doubtful.errors < whole.errors + 0.5


def test_each_of_two_has_what_is_nearest() -> None:
    assert goofs(a_figure(40) + a_figure(88)) == []
    assert goofs(a_figure(40, arm=3) + a_figure(88, arm=1)) == [("arm", 3, 2), ("arm", 1, 2)]


def test_what_may_lie_beyond_the_border_is_not_missed() -> None:
    bust = a_figure(leg=0, hand=0)
    assert [goof[0] for goof in goofs(bust)] == ["hand", "leg"]
    assert goofs(bust, size=(128, 101)) == []
    assert goofs(a_figure(leg=0, hand=0, head=2), size=(128, 101)) == [("head", 2, 1)]


def test_limbs_without_a_figure_are_somebody_beyond_recognition() -> None:
    (body,) = bodies(a_figure(head=0, face=0)[1:], LABELS, SIZE)
    assert {goof.part for goof in body.goofs} == {"head", "face"}
    assert bodies([Finding(label="arm", score=0.2, box=(1, 1, 9, 9))], LABELS, SIZE) == ()


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ("a picture of a four armed deity in a red robe", {"arm": 4, "hand": 4}),
        ("a god with (four arms:1.2)", {"arm": 4, "hand": 4}),
        ("Kali, dancing", {"arm": 6, "hand": 6}),
        ("a many-armed idol", {"arm": 8, "hand": 8}),
        ("a two-headed giant", {"head": 2, "face": 2}),
        ("the headless horseman", {"head": 0, "face": 0}),
        ("a one-legged pirate", {"leg": 1}),
    ],
)
def test_what_was_asked_for_is_right(asked: str, counts: dict[str, int]) -> None:
    assert goofs(a_figure(**counts)) != []
    assert goofs(a_figure(**counts), asked) == []
    both = a_figure(30) + a_figure(90, **counts)
    assert goofs(both, asked) == [], "nobody can tell which of them was meant"


def test_what_was_asked_for_is_missed() -> None:
    assert goofs(a_figure(), "a four armed deity") == [("arm", 2, 4), ("hand", 2, 4)]


@pytest.mark.parametrize(
    "asked", ["a man with one hand raised", "two hands", "a hand in the snow", "two men with big heads"]
)
def test_words_that_name_parts_ask_for_nothing_unusual(asked: str) -> None:
    assert intended([asked]).right(1) == intended([]).right(1)


def test_only_what_a_detector_knows_is_counted() -> None:
    assert countable(["person"]) == countable(["face"]) == countable(["hand", "eye"]) == ()
    assert countable(["person", "hand"]) == ("hand",)
    person = [Finding(label="person", score=0.9, box=(44, 20, 84, 100))]
    (body,) = bodies(person, ["person", "hand"], SIZE)
    goof = Goof(part="hand", counted=0, expected=2, boxes=(person[0].box,))
    assert body == Body(box=person[0].box, errors=2, goofs=(goof,))


@pytest.mark.parametrize(
    ("counts", "severe"),
    [
        ({"head": 0, "face": 0}, True),
        ({"arm": 3}, True),
        ({"arm": 1}, True),
        ({"leg": 3}, True),
        ({"hand": 3}, True),
        ({"hand": 1}, False),
        ({"face": 0}, False),
    ],
)
def test_what_nobody_overlooks_is_severe(counts: dict[str, int], severe: bool) -> None:
    (body,) = bodies(a_figure(**counts), LABELS, SIZE)
    assert body.goofs
    assert any(goof.severe for goof in body.goofs) == severe


def test_a_count_that_was_asked_for_and_missed_is_not_severe() -> None:
    (body,) = bodies(a_figure(arm=3), LABELS, SIZE, ["a four armed deity"])
    assert [(goof.part, goof.severe) for goof in body.goofs] == [("arm", False), ("hand", False)]


def test_a_goof_says_where_it_is() -> None:
    (body,) = bodies(a_figure(arm=3, leg=0), LABELS, SIZE)
    arms, legs = body.goofs
    assert arms.boxes == ((56, 30, 62, 38), (56, 38, 62, 46), (56, 46, 62, 54))
    assert legs.boxes == (body.box,)


def test_a_limb_of_nobody_is_detached_unless_somebody_may_stand_beyond_the_border() -> None:
    arm = Finding(label="arm", score=0.9, box=(100, 40, 110, 60))
    whole, loose = bodies([*a_figure(), arm], LABELS, SIZE)
    assert whole.goofs == ()
    (goof,) = loose.goofs
    assert (goof.part, goof.wrong, goof.severe, goof.boxes) == ("arm", "detached", True, (arm.box,))
    assert len(bodies([*a_figure(), arm], LABELS, (110, 128))) == 1
    assert len(bodies([*a_figure(), arm], LABELS, SIZE, ["an octopus"])) == 1


def test_two_of_everything_are_two_people_in_one_box() -> None:
    (body,) = bodies(a_figure(head=2, face=2, arm=4, hand=4, leg=4), LABELS, SIZE)
    (goof,) = body.goofs
    assert (goof.wrong, goof.severe) == ("fused", False)


def test_a_hand_that_was_seen_twice_is_one() -> None:
    again = [
        Finding(label=each.label, score=0.7, box=(each.box[0] + 1, each.box[1] + 1, each.box[2], each.box[3]))
        for each in a_figure()
    ]
    (body,) = bodies([*a_figure(), *again[1:]], LABELS, SIZE)
    assert body.goofs == ()
