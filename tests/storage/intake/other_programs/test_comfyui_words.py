from __future__ import annotations

from typing import Any

import pytest

from storage.intake.other_programs.comfyui_graph import Graph
from storage.intake.other_programs.comfyui_words import Words
from tests.storage.intake.other_programs.files import node

TEXTS = {"2": node("CLIPTextEncode", text="a boat"), "3": node("CLIPTextEncode", text="the sea")}


@pytest.mark.parametrize(
    ("conditioning", "words"),
    [
        (node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["3", 0]), "a boat AND the sea"),
        (
            node("ConditioningConcat", conditioning_to=["2", 0], conditioning_from=["3", 0]),
            "a boat BREAK the sea",
        ),
        (node("ConditioningZeroOut", conditioning=["2", 0]), ""),
        (node("FluxGuidance", guidance=3.5, conditioning=["3", 0]), "the sea"),
        (node("CLIPTextEncodeSDXL", text_g="a boat", text_l="a boat"), "a boat"),
        (node("CLIPTextEncodeSDXL", text_g="a boat", text_l="oil"), "a boat, oil"),
        (node("ImpactWildcardEncode", wildcard_text="__x__", populated_text="a fox"), "a fox"),
        (node("Efficient Loader", positive="a boat", negative="trees"), "a boat"),
        (node("CLIPTextEncode", text=["4", 0]), "shown"),
        (node("Unknown", conditioning_7=["3", 0]), "the sea"),
    ],
)
def test_words_are_found_through_what_joins_them(conditioning: dict[str, Any], words: str) -> None:
    graph = Graph(
        {
            "0": node("KSampler", positive=["1", 0]),
            "1": conditioning,
            "4": node("ShowText", text="shown"),
            **TEXTS,
        }
    )
    assert Words(graph).said(graph.nodes["0"], ("positive",), "positive") == words


def test_the_other_side_of_a_node_is_read_too() -> None:
    graph = Graph(
        {"0": node("K", negative=["1", 1]), "1": node("Efficient Loader", positive="a", negative="b")}
    )
    assert Words(graph).said(graph.nodes["0"], ("negative",), "negative") == "b"
