"""How prompts are read: the table of the syntax, and what no text may do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.prompt_form import NESTING_LIMIT
from moderation.prompt_language.parse import parse
from moderation.prompt_language.tree import (
    Alternate,
    Branch,
    Break,
    Embedding,
    Lora,
    Node,
    Switch,
    Text,
    Weighted,
)

A, B, C = Text("a"), Text("b"), Text("c")
UP = 1.1
DOWN = 0.9091

READ: dict[str, tuple[Node, ...]] = {
    "": (),
    "a red house, by the sea": (Text("a red house, by the sea"),),
    "(a)": (Weighted((A,), UP),),
    "((a))": (Weighted((Weighted((A,), UP),), UP),),
    "[a]": (Weighted((A,), DOWN),),
    "(a:1.3)": (Weighted((A,), 1.3),),
    "( a : .5 )": (Weighted((Text(" a "),), 0.5),),
    "(a:-1)": (Weighted((A,), -1),),
    "(a:99)": (Weighted((A,), 10),),
    "x (a:1.5) y": (Text("x "), Weighted((A,), 1.5), Text(" y")),
    "(a (b:2):0.5)": (Weighted((Text("a "), Weighted((B,), 2)), 0.5),),
    "a!": (Weighted((A,), UP),),
    "x a!! y": (Text("x "), Weighted((A,), 1.21), Text(" y")),
    "wow! a": (Weighted((Text("wow"),), UP), Text(" a")),
    "a++": (Weighted((A,), 1.21),),
    "a--": (Weighted((A,), 0.81),),
    "a—": (Weighted((A,), 0.81),),
    "a—-": (Weighted((A,), 0.729),),
    "a——": (Weighted((A,), 0.6561),),
    "(a b)++": (Weighted((Weighted((Text("a b"),), UP),), 1.21),),
    "40+ mid- !": (Text("40+ mid- !"),),
    "well-known--": (Weighted((Text("well-known"),), 0.81),),
    "nu(de": (Text("nu"), Weighted((Text("de"),), UP)),
    "n!ude": (Text("n!ude"),),
    "[a": (Weighted((A,), DOWN),),
    "a) b]": (Text("a) b]"),),
    "([a)": (Weighted((Weighted((A,), DOWN),), UP),),
    r"\(a\) \[b\]": (Text("(a) [b]"),),
    r"a\!": (Text("a!"),),
    r"C:\dir": (Text(r"C:\dir"),),
    "[a:b:0.5]": (Switch((A,), (B,), 0.5, True),),
    "[a:b:7]": (Switch((A,), (B,), 7, False),),
    "[a:b:1.0]": (Switch((A,), (B,), 1, True),),
    "[a:b:2.5]": (Switch((A,), (B,), 1, True),),
    "[a:0.5]": (Switch((), (A,), 0.5, True),),
    "[a::0.5]": (Switch((A,), (), 0.5, True),),
    "[a:b]": (Weighted((Text("a:b"),), DOWN),),
    "[(a:1.2):[b|c]:3]": (Switch((Weighted((A,), 1.2),), (Alternate(((B,), (C,))),), 3, False),),
    "[a|b]": (Alternate(((A,), (B,))),),
    "[a|]": (Alternate(((A,), ())),),
    "a|b": (Text("a|b"),),
    "at 12:30": (Text("at 12:30"),),
    "a BREAK b": (A, Break(), B),
    r"a \BREAK b": (Text("a BREAK b"),),
    "BREAKfast": (Text("BREAKfast"),),
    "a <lora:style:0.8>": (Text("a "), Lora("style", 0.8)),
    "<lora:my style v2>": (Lora("my style v2", 1),),
    "<cat-toy> b": (Embedding("cat-toy"), Text(" b")),
    "<lora:add_detail(v2):0.7>": (Lora("add_detail(v2)", 0.7),),
    "<lora:add_detail\\(v2\\):0.7>": (Lora("add_detail(v2)", 0.7),),
    "<lora:sketch v1.5 [final]:1>": (Lora("sketch v1.5 [final]", 1),),
    "<lora: kohya:1>": (Lora("kohya", 1),),
    "<lyco:Ink:0.4>": (Lora("Ink", 0.4),),
    "<LORA:ink>": (Lora("ink", 1),),
    "<lora:ink:0.5:0.9>": (Lora("ink", 0.9, 0.5),),
    "<lora:ink:0.5:0.5>": (Lora("ink", 0.5),),
    "<lora:ink:te=0.2:unet=1.1>": (Lora("ink", 1.1, 0.2),),
    "<lora:ink:unet=0.3>": (Lora("ink", 0.3),),
    "<lora:ink:0.7:lbw=MIDD>": (Lora("ink", 0.7, None, ("lbw=MIDD",)),),
    "<lora:ink:1:1:8>": (Lora("ink", 1, None, ("8",)),),
    "<lora:ink:much>": (Lora("ink", 1, None, ("much",)),),
    "([<lora:a(b):1>|c]:1.2)": (Weighted((Alternate(((Lora("a(b)", 1),), (Text("c"),))),), 1.2),),
    "<verybadimagenegative_v1.3>": (Embedding("verybadimagenegative_v1.3"),),
    "<21charturnerv2>": (Embedding("21charturnerv2"),),
    "<My Style (v2)>": (Embedding("My Style (v2)"),),
    "<embedding:ink>": (Embedding("ink"),),
    "a embedding:easynegative, b": (Text("a "), Embedding("easynegative"), Text(", b")),
    "(Embedding:neg/bad_v1.3.pt:1.2)": (Weighted((Embedding("neg/bad_v1.3.pt"),), 1.2),),
    "embedding:ink.": (Embedding("ink"), Text(".")),
    "an embedding: ink": (Text("an embedding: ink"),),
    "1 < 2 and <3 hearts": (Text("1 < 2 and <3 hearts"),),
    "<42>": (Text("<42>"),),
    "a <3 b > c": (Text("a <3 b > c"),),
    r"a \AND b": (Text("a AND b"),),
    "SAND and BRAND": (Text("SAND and BRAND"),),
}
COMPOSED = {
    "a AND b": (Branch((A,)), Branch((B,))),
    "a:0.5 AND b :1.5": (Branch((A,), 0.5), Branch((Text("b "),), 1.5)),
    "a AND (b:2)": (Branch((A,)), Branch((Weighted((B,), 2),))),
    "a AND b:-1": (Branch((A,)), Branch((B,), -1)),
    "(a AND b)": (Branch((Weighted((A,), UP),)), Branch((Text("b)"),))),
    "AND": (Branch(()), Branch(())),
}
ANY_TEXT = st.text(st.characters(codec=None), max_size=300)
SYNTAX = st.lists(
    st.sampled_from(
        [*r"()[]<>:|\!+- ab.,1", "AND", "BREAK", " AND ", " BREAK ", ":0.5", ":-1]", "<lora:a:1>", "é", "裸"]
    ),
    max_size=60,
).map("".join)


@pytest.mark.parametrize(("text", "parts"), READ.items(), ids=READ)
def test_reads_what_the_table_says(text: str, parts: tuple[Node, ...]) -> None:
    assert parse(text).branches == (Branch(parts),)


def test_embeddings_have_names_in_letters_of_all_scripts() -> None:
    (branch,) = parse("एक <परी>, embedding:ครู").branches
    assert [part.name for part in branch.parts if isinstance(part, Embedding)] == ["परी", "ครู"]


@pytest.mark.parametrize(("text", "branches"), COMPOSED.items(), ids=COMPOSED)
def test_reads_prompts_that_are_composed(text: str, branches: tuple[Branch, ...]) -> None:
    assert parse(text).branches == branches


@given(ANY_TEXT | SYNTAX)
def test_no_text_fails_and_what_is_written_is_read_back(text: str) -> None:
    prompt = parse(text)
    assert parse(str(prompt)) == prompt


def test_brackets_too_deep_to_count_are_words() -> None:
    (branch,) = parse("(" * 100 + "a").branches
    depth, parts = 0, branch.parts
    while isinstance(parts[0], Weighted):
        depth, parts = depth + 1, parts[0].parts
    assert depth == NESTING_LIMIT
    assert parts == (Text("(" * 50 + "a"),)


HOSTILE = [
    *("(", "[", ")", "((a)", "[a:", "[a|", "[a:b:1 ", ":1", ":" + "1" * 50, ": ", "1", " "),
    *("<lora:", "<lora:a:1", "<a", "\\", "a!", "+", "-a", "'a", " AND ", " BREAK ", "(" * 49 + "a"),
]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("start", ["", "(a:", "<lora:"])
def test_time_grows_with_the_length_and_no_faster(unit: str, start: str) -> None:
    def seconds(characters: int) -> float:
        text = start + unit * (characters // len(unit)) + "x"
        best = float("inf")
        for _ in range(2):
            began = time.process_time()
            parse(text)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(8_000) < 8 * seconds(2_000) + 0.01
