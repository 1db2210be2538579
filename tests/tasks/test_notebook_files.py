"""Files of other programs for a notebook."""

from __future__ import annotations

import pytest

from tasks.notebook import Entry, Kind, NotebookError
from tasks.notebook_files import read_styles, read_wildcards


def test_files_of_a1111_are_read() -> None:
    table = 'name,prompt,negative_prompt\r\n"Ink Wash","ink, {prompt}",photo\r\nHEADING,,\r\nB,"x\n y",\r\n'
    ink, other = read_styles(b"\xef\xbb\xbf" + table.encode())
    assert ink == Entry(kind=Kind.STYLE, name="Ink-Wash", text="ink, {prompt}", negative="photo")
    assert (other.name, other.text) == ("B", "x y")
    wildcard = read_wildcards(b"red\n# no\n\n dark blue # navy\n", "my colours")
    assert wildcard == Entry(kind=Kind.WILDCARD, name="my-colours", options=("red", "dark blue"))


def test_styles_whose_names_become_the_same_here_are_all_written_down() -> None:
    signs = read_styles(
        b"name,prompt\nInk!,a\nINK?,b\nInk-2,c\n" + b"x" * 60 + b",d\n" + b"x" * 60 + b"y,e\n"
    )
    assert [(style.name, style.text) for style in signs] == [
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
    assert read_styles(data) == [
        Entry(kind=Kind.STYLE, name="Tusche", text="Tinte, {prompt}", negative="Foto")
    ]


def test_a_file_of_a_mac_has_the_name_that_is_typed() -> None:
    assert read_wildcards(b"a\r\nb\r\n", "ra\u0308ume").name == "r\u00e4ume"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name,prompt,negative_prompt\n", "no styles"),
        (b"name,prompt\n!!!,x\nHEADING,\n", "no styles"),
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
