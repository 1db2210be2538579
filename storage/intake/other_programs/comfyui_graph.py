"""ComfyUI's graph of nodes, as its API takes it: what feeds what, followed from the end to the beginning.

Graphs are strangers' work: they may have circles, and inputs of any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from storage.intake.other_programs.foreign_recipe import fields

_MOST_NODES = 2000
_MOST_INPUTS = 60
_MOST_ENDS = 20
_DEEPEST = 200
_VALUES = (
    *("value", "Value", "int", "float", "number", "seed", "noise_seed"),
    *("text", "string", "String", "prompt"),
)
"""What nodes that only hand a value on call it."""
Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Node:
    """A node: its class, and its inputs, each a value or a link (the id of a node, and which output)."""

    id: str
    kind: str
    inputs: Mapping[str, Any]

    @cached_property
    def links(self) -> Mapping[str, str]:
        """Give the ids of the nodes that feed its inputs."""
        return {key: link for key, value in self.inputs.items() if (link := _link(value)) is not None}


def _link(value: Any) -> str | None:
    linked = isinstance(value, list) and len(value) == 2 and isinstance(value[1], int)
    return str(value[0]) if linked and isinstance(value[0], str | int) else None


class Graph:
    """The nodes by their ids, in the order of the file."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.nodes: dict[str, Node] = {}
        for key, node in list(said.items())[:_MOST_NODES]:
            kind, inputs = fields(node).get("class_type"), fields(node).get("inputs")
            if isinstance(kind, str) and isinstance(inputs, dict):
                self.nodes[str(key)] = Node(str(key), kind, dict(list(inputs.items())[:_MOST_INPUTS]))

    def source(self, node: Node, *inputs: str) -> Node | None:
        """Give the node that feeds the first of these inputs that one feeds."""
        for key in inputs:
            if (link := node.links.get(key)) in self.nodes:
                return self.nodes[link]
        return None

    def ends(self) -> list[Node]:
        """List the first nodes that feed no other one, those that save before the others."""
        used = {link for node in self.nodes.values() for link in node.links.values()}
        ends = [node for node in self.nodes.values() if node.id not in used]
        return sorted(ends, key=lambda node: "Save" not in node.kind)[:_MOST_ENDS]

    def upstream(self, start: Node, *, through: Callable[[str], bool] = lambda key: True) -> Iterator[Node]:
        """Yield a node and all that feed it, the nearest first, along the inputs whose names go `through`."""
        seen, waiting = {start.id}, [start]
        for node in waiting:
            yield node
            for key, source in node.links.items():
                if through(key) and source in self.nodes and source not in seen:
                    seen.add(source)
                    waiting.append(self.nodes[source])

    def value(self, node: Node, key: str, kind: Callable[[Any], Value | None]) -> Value | None:
        """Give an input as `kind` reads it, also one that nodes hand on that have nothing else to say."""
        said = node.inputs.get(key)
        for _ in range(_DEEPEST):
            if (link := _link(said)) is None:
                return kind(said)
            if (source := self.nodes.get(link)) is None:
                return None
            said = _handed_on(source, key)
        return None


def _handed_on(node: Node, key: str) -> Any:
    """Give what a node hands on: the input of the same name, or of a usual one, or its only one."""
    for name in (key, *_VALUES):
        if name in node.inputs:
            return node.inputs[name]
    values = list(node.inputs.values())
    return values[0] if len(values) == 1 else None
