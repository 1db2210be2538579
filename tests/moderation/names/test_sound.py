from __future__ import annotations

import pytest

from moderation.names.sound import apart, consonants, readings_of, romanised


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("swift", "Свифт"),
        ("swift", "スウィフト"),
        ("swift", "스위프트"),
        ("swift", "سويفت"),
        ("swift", "סוויפט"),
        ("swift", "स्विफ्ट"),
        ("swift", "Σουίφτ"),
        ("schumacher", "Шумахер"),
        ("michael", "Μάικλ"),
        ("donald", "Ντόναλντ"),
        ("johansson", "Йоханссон"),
        ("george", "ג'ורג'"),
    ],
)
def test_a_name_sounds_the_same_in_every_script(name: str, written: str) -> None:
    assert consonants(romanised(written)) in readings_of(romanised(name))


def test_what_sounds_alike_is_near() -> None:
    assert apart("taylor", "taylor") == 0
    assert apart("taylor", "teilor") < 1 < apart("taylor", "tandem")
    assert apart("swift", "swft", has_vowels=False) < apart("swift", "swft")


def test_the_readings_of_a_name_are_bounded_and_begin_with_the_likeliest() -> None:
    words = ("schwarzwhitchgerth", "christowvhefzch", "thwhighwhich")
    readings = readings_of(*words)
    assert len(readings) <= 32
    assert "".join(map(consonants, words)) in readings
    assert readings_of("marlena", "anders") >= {"MRNNTRS", "MRNNTS"}
