"""Files of other programs for a notebook."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.notebook import Entry, Kind, NotebookError
from tasks.notebook_files import Read, read_styles, read_wildcards


def test_files_of_a1111_are_read() -> None:
    table = 'name,prompt,negative_prompt\r\n"Ink Wash","ink, {prompt}",photo\r\nHEADING,,\r\nB,"x\n y",\r\n'
    (ink, other), left_out = read_styles(b"\xef\xbb\xbf" + table.encode())
    assert left_out == []
    assert ink == Entry(kind=Kind.STYLE, name="Ink-Wash", text="ink, {prompt}", negative="photo")
    assert (other.name, other.text) == ("B", "x y")
    ((wildcard,), _) = read_wildcards(b"red\n# no\n\n dark blue # navy\n#no\nC# player #1\n", "my colours")
    assert wildcard == Entry(
        kind=Kind.WILDCARD, name="my-colours", options=("red", "dark blue", "C# player #1")
    )


def test_styles_whose_names_become_the_same_here_are_all_written_down() -> None:
    signs = read_styles(
        b"name,prompt\nInk!,a\nINK?,b\nInk-2,c\n" + b"x" * 60 + b",d\n" + b"x" * 60 + b"y,e\n"
    )
    assert [(style.name, style.text) for style in signs.entries] == [
        ("Ink", "a"),
        ("INK-2", "b"),
        ("Ink-2-2", "c"),
        ("x" * 48, "d"),
        ("x" * 46 + "-2", "e"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"name;prompt;negative_prompt\r\nTusche;Tinte, {prompt};Foto\r\n",
        'Name, Prompt, Negative_Prompt\nTusche,"Tinte, {prompt}",Foto\n'.encode("utf-16"),
        "\ufeffname\tprompt\tnegative_prompt\nTusche\tTinte, {prompt}\tFoto\n".encode(),
    ],
)
def test_tables_are_read_as_spreadsheets_save_them(data: bytes) -> None:
    assert read_styles(data) == Read(
        [Entry(kind=Kind.STYLE, name="Tusche", text="Tinte, {prompt}", negative="Foto")], []
    )


def test_a_file_of_a_mac_has_the_name_that_is_typed() -> None:
    assert read_wildcards(b"a\r\nb\r\n", "ra\u0308ume").entries[0].name == "r\u00e4ume"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name,prompt,negative_prompt\n", "no styles"),
        (b"name,prompt\nHEADING,\n", "no styles"),
        (b'"' + b"x" * 140_000 + b",name,prompt\n", "no columns"),
        (b" \n,,\n", "no columns"),
        (b"a,b\n1,2\n", "no columns name and prompt"),
        (b"", "no columns"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"name,prompt\n" + b"a,b\n" * 201, "201 lines, and 200 is the most"),
    ],
)
def test_other_tables_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(NotebookError, match=said):
        read_styles(data)


def test_wildcards_have_an_end() -> None:
    with pytest.raises(NotebookError, match="2001 lines"):
        read_wildcards(b"a\n" * 2001, "many")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Bad," + "x" * 1200 + ",", "Line 5, Bad: The entry has 1,200 characters"),
        ("Bad,in\u202eink,", "Line 5, Bad: The entry holds a character that changes the direction"),
        ("Bad,in\0ink,", "Line 5, Bad: The entry holds a line break or another control"),
        ("Bad,in $bad,", "Line 5, Bad: The entry Bad names itself"),
        ("!!!,ink,", "Line 5: !!! is no name for an entry"),
        (",ink,", "Line 5: - is no name for an entry"),
        ("Bad,ink, with, commas", "Line 5, Bad: It has more cells than the first line"),
        ('Bad,"ink,photo', "Line 5: Its quotes are not in pairs"),
        ('Bad,"ink" wash,photo', "Line 5: Its quotes are not in pairs"),
        ("Bad," + "x" * 140_000 + ",", "Line 5: It is far too long"),
    ],
    ids=range(10),
)
@pytest.mark.parametrize("after", ["C,y,z\n", 'C,y,"z"\n', 'C,y,z\nD,"d, {prompt}",\n'])
def test_a_row_that_makes_no_sense_is_named_and_the_others_are_read(row: str, said: str, after: str) -> None:
    table = f"\n,,\nname,prompt,negative_prompt\nB,x,\n{row}\n{after}"
    read = read_styles(table.encode())
    assert [style.name for style in read.entries] == ["B", "C", *["D"] * ("D," in after)]
    (told,) = read.left_out
    assert told.startswith(said)


def test_a_row_may_have_several_lines_and_fewer_cells() -> None:
    read = read_styles(b'name,prompt,negative_prompt\nB,"x, y\nz"\nC,"a\nb, c, d",e\n')
    assert [style.text for style in read.entries] == ["x, y z", "a b, c, d"]


CELLS = st.text("ab,;\"'\n\t é", max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_what_csv_writes_is_read(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(("name", "prompt", "negative_prompt"))
    writer.writerows((f"n{place}", *row[1:]) for place, row in enumerate(rows))
    try:
        read = read_styles(file.getvalue().encode())
    except NotebookError:
        assert not any(cell.strip() for row in rows for cell in row[1:])
        return
    assert [(style.text, style.negative) for style in read.entries] == [
        (" ".join(row[1].split()), " ".join(row[2].split())) for row in rows if (row[1] + row[2]).strip()
    ]
    assert read.left_out == []


@given(st.text('name,prompt\n";x', max_size=60))
def test_any_table_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        read = read_styles(f"name,prompt\n{text}".encode())
    except NotebookError:
        return
    assert read.entries or read.left_out


def test_an_option_that_makes_no_sense_is_named_and_the_others_are_read() -> None:
    read = read_wildcards(("red\n" + "x" * 1200 + "\nin\u202ek\nblue\n").encode(), "hues")
    assert read.entries[0].options == ("red", "blue")
    assert [told[:22] for told in read.left_out] == ["Line 2: The entry has ", "Line 3: The entry hold"]
