"""The words that a sampler of a ComfyUI graph is given, through whatever joins, weakens or hands them on."""

from __future__ import annotations

import re
from typing import Literal

from storage.intake.other_programs.comfyui_graph import Graph, Node
from storage.intake.other_programs.foreign_recipe import words

Side = Literal["positive", "negative"]

_DEEPEST = 50
_MOST_PIECES = 60
_JOINED = {
    "ConditioningCombine": (("conditioning_1", "conditioning_2"), " AND "),
    "ConditioningConcat": (("conditioning_to", "conditioning_from"), " BREAK "),
    "ConditioningAverage": (("conditioning_to",), ""),
}
_NOTHING = {"ConditioningZeroOut"}
_PIECE = re.compile(r"(?:text|string|prompt)_?(?:[a-h]|\d{1,2})", re.IGNORECASE)
_TEXTS = (
    *("populated_text", "text", "prompt", "string", "String"),
    *("value", "Value", "wildcard_text", "clip_l", "t5xxl"),
)


class Words:
    """Reads the words of one graph; every node is read once at most for each side, so that circles end."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._left = _MOST_PIECES

    def said(self, node: Node, inputs: tuple[str, ...], side: Side) -> str:
        """Give the words that come in by the first of these inputs that there is."""
        for key in inputs:
            if isinstance(node.inputs.get(key), str):
                return words(node.inputs[key])
            if source := self._graph.source(node, key):
                return words(self._conditioning(source, side, 0))
        return ""

    def _conditioning(self, node: Node, side: Side, depth: int) -> str:
        """Give the words of a node that makes conditioning out of texts, or out of other conditioning."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0 or node.kind in _NOTHING:
            return ""
        if node.kind in _JOINED:
            keys, between = _JOINED[node.kind]
            sources = [self._graph.source(node, key) for key in keys]
            return between.join(self._conditioning(each, side, depth + 1) for each in sources if each)
        if "text_g" in node.inputs:
            both = (self._text(node, key, depth) for key in ("text_g", "text_l"))
            return ", ".join(dict.fromkeys(filter(None, both)))
        for key in (f"text_{side}", f"{side}_prompt", f"prompt_{side}", *_TEXTS):
            if key in node.inputs and (text := self._text(node, key, depth)):
                return text
        if isinstance(node.inputs.get(side), str):
            return str(node.inputs[side])
        usual = (side, "conditioning", "cond", f"base_{side}", f"{side}_cond", "guider")
        others = (key for key in node.links if key.startswith("conditioning"))
        source = self._graph.source(node, *usual, *others)
        return self._conditioning(source, side, depth + 1) if source else ""

    def _text(self, node: Node, key: str, depth: int) -> str:
        """Give a text that stands in the node, or that other nodes make of several."""
        self._left -= 1
        said = node.inputs.get(key)
        if isinstance(said, str):
            return said
        source = self._graph.source(node, key)
        if source is None or depth > _DEEPEST or self._left < 0:
            return ""
        pieces = [name for name in source.inputs if _PIECE.fullmatch(name)]
        if len(pieces) > 1:
            between = source.inputs.get("delimiter", source.inputs.get("separator", ", "))
            found = (self._text(source, name, depth + 1) for name in pieces)
            return (between if isinstance(between, str) else ", ").join(filter(None, found))
        for name in (key, *_TEXTS, *pieces):
            if name in source.inputs and (text := self._text(source, name, depth + 1)):
                return text
        return ""
