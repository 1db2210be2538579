from __future__ import annotations

from moderation.names.listing import Name
from moderation.names.spellings import also_called, spellings_of

NAMES = (
    Name("Zorvandia", ("Zorvandia", "Зорвандия")),
    Name("Will Pine", ("Will Pine", "Pine"), is_plain=True),
)


def test_a_name_in_cyrillic_letters_is_spelled_in_its_cases_too() -> None:
    assert "Зорвандию" in {spelling.written for spelling in spellings_of(NAMES) if spelling.owner == 0}


def test_only_a_single_name_that_is_no_word_is_sure() -> None:
    sure = {spelling.written for spelling in spellings_of(NAMES) if spelling.is_sure}
    assert "Zorvandia" in sure
    assert not sure & {"Will Pine", "Pine"}


def test_what_follows_from_other_spellings_is_given_by_owner() -> None:
    names = [
        Name("Robert Vexo", ("Robert Vexo", "ロバート・ベクソ")),
        Name("Robert Pink", ("Robert Pink",), is_plain=True),
    ]
    called = {(owner, " ".join(words)) for owner, words in also_called(names) if words}
    assert {(0, "rob vexo"), (0, "robato bekuso")} <= called
    assert {owner for owner, _ in called} == {0}
