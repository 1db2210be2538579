from __future__ import annotations

import pytest

from moderation.names.cut import CutNames
from moderation.reading import Reading

NAMES = [
    "Meryl Streep",
    "Idris Elba",
    "Joaquin Phoenix",
    "Javier Bardem",
    "Saoirse Ronan",
    "Matthew McConaughey",
    "Michelle Pfeiffer",
    "Olaf Scholz",
    "Ursula von der Leyen",
    "Gérard Depardieu",
    "Giorgia Meloni",
    "Andrés Iniesta",
    "Sebastian Vettel",
    "Emma Corrin",
    "Wolverine",
    "Kylian Mbappé",
    "O. J. Simpson",
]
KNOWN = CutNames(enumerate(NAMES))


def found(text: str) -> set[str]:
    return {NAMES[owner] for owner, _, _ in KNOWN.find(Reading(text))}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a portrait of mare rill st reap", "Meryl Streep"),
        ("merrill streap on a horse", "Meryl Streep"),
        ("id riss elb ah in the snow", "Idris Elba"),
        ("hav year bar dem", "Javier Bardem"),
        ("math you mack on a hay", "Matthew McConaughey"),
        ("mish ell fife er in a hat", "Michelle Pfeiffer"),
        ("oh laugh sholts", "Olaf Scholz"),
        ("er sue la fon dare lie en", "Ursula von der Leyen"),
        ("em ma core rin, close up", "Emma Corrin"),
        ("jor jah mell oh nee", "Giorgia Meloni"),
        ("and ress in yes ta", "Andrés Iniesta"),
        ("sebast yan fettel im regen", "Sebastian Vettel"),
        ("sé bastien vetelle", "Sebastian Vettel"),
        ("andrez iniezta, retrato", "Andrés Iniesta"),
    ],
)
def test_names_are_known_by_ear_however_they_are_cut(written: str, name: str) -> None:
    assert name in found(written)


@pytest.mark.parametrize(
    "written",
    [
        "a macaron on a plate",
        "merry old street in the rain",
        "address the elbow",
        "a mere stripe",
        "a wool of rain",
        "a simpson on a couch",
        "the interest of an ape",
        "so vet all",
        "",
    ],
)
def test_words_that_only_nearly_sound_like_a_name_are_none(written: str) -> None:
    assert found(written) == set()


def test_what_is_said_of_where_it_stands_is_by_words() -> None:
    assert (1, 2, 4) in set(KNOWN.find(Reading("see the id riss elba now")))


def test_common_words_must_sound_exactly_like_it() -> None:
    known = CutNames([(0, "Justin Bieber")])
    assert set(known.find(Reading("just in bee burr")))
    assert not set(known.find(Reading("just in a beaver")))


def test_without_names_none_is_found() -> None:
    assert not list(CutNames([]).find(Reading("a tree")))
