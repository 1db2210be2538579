from __future__ import annotations

from moderation.names.listing import Name
from moderation.names.spellings import also_called, automaton_of, spellings_of

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


def test_the_automaton_knows_full_names_backwards_and_what_may_begin_inside_a_word() -> None:
    automaton = automaton_of(spellings_of(NAMES))
    (length, is_loose, _, found), *_ = (value for key, value in automaton.items() if key == "zorvandla")
    assert (length, is_loose, {each.owner for each in found}) == (9, True, {0})
    assert automaton_of(spellings_of([Name("Brad Zonder", ("Brad Zonder",))])).exists("rednozdarb")
