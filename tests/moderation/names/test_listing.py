from __future__ import annotations

from pathlib import Path

import pytest

from moderation.names import listing
from moderation.names.listing import (
    ListError,
    NameKind,
    Unfit,
    common_words,
    frequent_surnames,
    load,
    load_own,
    merged,
    parse,
    shipped,
    why_no_name,
)
from moderation.reading import Reading


def test_shipped_lists_hold_as_many_as_they_should() -> None:
    kinds = [name.kind for name in shipped()]
    assert kinds.count(NameKind.PERSON) >= 600
    assert kinds.count(NameKind.CHARACTER) >= 150
    assert kinds.count(NameKind.ARTIST) >= 60


def test_people_are_written_in_many_scripts() -> None:
    """The share of people with a spelling in each script that is not Latin."""
    spellings = [spelling for name in shipped() for spelling in name.spellings]
    for sample in "Ж", "Ω", "ب", "ש", "क", "中", "ア", "한", "ก":
        block = ord(sample) & ~0xFF if sample != "한" else 0xAC00
        width = 0x5200 if sample == "中" else 0x2C00 if sample == "한" else 0x100
        start = 0x4E00 if sample == "中" else block
        assert sum(any(start <= ord(each) < start + width for each in word) for word in spellings) >= 25, (
            sample
        )


def test_every_character_is_tied_to_somebody() -> None:
    assert all(name.tied_to for name in shipped() if name.kind is NameKind.CHARACTER)


def test_a_surname_by_itself_is_no_word_and_not_that_of_many() -> None:
    alone = {
        spelling.casefold(): name.name
        for name in shipped()
        if name.kind is NameKind.PERSON and not name.is_plain
        for spelling in name.spellings
        if [spelling] == name.name.split()[1:][-1:]
    }
    assert {"bieber", "merkel"} <= alone.keys()
    assert not alone.keys() & (common_words() | frequent_surnames())


def test_a_list_is_read() -> None:
    (roe, pink) = parse(
        'why = "singer"\n[names]\n"Jane Roe" = ["Janie Roe"]\n"Pink" = []\n'
        '[careful]\n"Pink" = ["pink rose"]\n[unless]\n"Jane Roe" = ["jane roe deer"]\n',
        "mine.toml",
    )
    assert roe.spellings == ("Jane Roe", "Janie Roe")
    assert (roe.kind, roe.why, roe.is_plain) == (NameKind.PERSON, "singer", False)
    assert (pink.is_plain, pink.unless) == (True, ("pink rose",))
    assert roe.unless == ("jane roe deer",)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[names", "is not TOML"),
        ('[names]\n"A B" = ["C D"]\n"E F" = ["c-d"]', "has 'c-d' both for 'A B' and for 'E F'"),
        ('[names]\n"A B" = [""]', "has an empty spelling for 'A B'"),
        ('[names]\n"A B" = "C D"', "must have under [names] lines such as"),
        ('[names]\n"Prince" = []', "has 'Prince', which is a common word"),
        ('[names]\n"Orla V" = ["of"]', "has 'of', which is a common word"),
        ('tied = 5\n[names]\n"Orla V" = []', "must have under [tied] lines such as"),
        ('[names]\n"Orla V" = []\n[asked]\n"Orla V" = 5', "must have under [asked] lines such as"),
        ("names = " + "[" * 100_000, "is not TOML"),
        ('[names]\n"Jane Roe" = ["Pink"]', "name 'Jane Roe' under [careful]"),
        ('kind = "band"\n[names]', "has the kind 'band'"),
        ('[name]\n"A B" = []', "has a field 'name'"),
        ('[names]\n[careful]\n"A B" = []', "speaks of 'A B', but has no such name"),
        ('[names]\n[unless]\n"A B" = ["a b c"]', "speaks of 'A B', but has no such name"),
    ],
)
def test_a_wrong_list_is_told_in_a_sentence(text: str, complaint: str) -> None:
    with pytest.raises(ListError) as error:
        parse(text, "mine.toml")
    assert str(error.value).startswith("The list of names mine.toml ")
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    "spelling",
    ["a", "of", "or", "my", "99", "A cat", "red circle", "sea.", "girl's", "mer", "Sol", "(a+)+$", "A" * 80],
)
def test_common_words_and_what_is_as_short_are_no_names(spelling: str) -> None:
    assert why_no_name(spelling) is Unfit.COMMON


@pytest.mark.parametrize("spelling", ["", " ", "...", "\N{SLIGHTLY SMILING FACE}"])
def test_what_has_no_letters_is_no_name(spelling: str) -> None:
    assert why_no_name(spelling) is Unfit.EMPTY


@pytest.mark.parametrize(
    "spelling",
    ["Jane Roe", "Orla Vanterpool", "Wonder Woman", "CR7", "J.Lo", "王菲", "Мао Цзэдун", "Zendaya", "Bo Li"],
)
def test_what_is_written_as_a_name_is_one(spelling: str) -> None:
    assert why_no_name(spelling) is None


def test_a_file_is_loaded_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    with pytest.raises(ListError, match=r"mine\.toml cannot be read: No such file or directory\.$"):
        load(file)
    file.write_bytes(b'[names]\n"Jos\xe9" = []\n')
    with pytest.raises(ListError, match=r"mine\.toml is not UTF-8 text: save it as UTF-8\.$"):
        load(file)
    file.write_text('[names]\n"Jane Roe" = []\n', encoding="utf-8")
    (name,) = load(file)
    assert name.name == "Jane Roe"


def test_a_name_is_in_one_list_only() -> None:
    jane = parse('[names]\n"Jane Roe" = []', "a")
    with pytest.raises(ListError, match="'Jane Roe' is in two lists"):
        merged(jane, jane)


def test_common_words_are_words() -> None:
    assert {"pink", "prince", "swift", "stone"} <= common_words()
    assert not {"taylor", "zendaya", "hanks"} & common_words()
    assert all(Reading(word).letters for word in list(common_words())[:50])


def test_a_folder_of_lists_is_one_list(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"no [.]toml file in it"):
        load_own(tmp_path)
    (tmp_path / "a.toml").write_text('[names]\n"Jane Roe" = []\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('[names]\n"John Roe" = []\n', encoding="utf-8")
    (tmp_path / "readme.txt").write_text("no list", encoding="utf-8")
    assert [name.name for name in load_own(tmp_path)] == ["Jane Roe", "John Roe"]
    assert [name.name for name in load_own(tmp_path / "b.toml")] == ["John Roe"]
    (tmp_path / "c.toml").write_text('[names]\n"John Roe" = []\n', encoding="utf-8")
    with pytest.raises(ListError, match="'John Roe' is in two lists"):
        load_own(tmp_path)


def test_shipped_lists_are_as_strictly_written_as_others() -> None:
    for file in (Path(listing.__file__).parents[1] / "data" / "names").glob("*.toml"):
        assert load(file)
