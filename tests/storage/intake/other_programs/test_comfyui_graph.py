from __future__ import annotations

from storage.intake.other_programs.comfyui_graph import Graph
from storage.intake.other_programs.foreign_recipe import whole
from tests.storage.intake.other_programs.files import COMFYUI, node


def test_a_graph_is_followed_from_its_end() -> None:
    graph = Graph(COMFYUI)
    (end,) = graph.ends()
    assert end.kind == "SaveImage"
    assert [each.kind for each in graph.upstream(end)][:3] == ["SaveImage", "VAEDecode", "KSampler"]
    models = graph.upstream(graph.nodes["3"], through=lambda key: key == "model")
    assert [each.kind for each in models] == ["KSampler", "LoraLoader", "CheckpointLoaderSimple"]


def test_what_saves_comes_before_what_shows() -> None:
    shown = {"1": node("PreviewImage", images=["8", 0]), **COMFYUI}
    assert [end.kind for end in Graph(shown).ends()] == ["SaveImage", "PreviewImage"]


def test_values_are_handed_on() -> None:
    graph = Graph(
        {
            "1": node("X", seed=["2", 0], steps=["3", 0], cfg=["9", 0]),
            "2": node("Seed Everywhere", seed=["3", 0]),
            "3": node("Reroute", anything=["4", 0]),
            "4": node("PrimitiveInt", value=5, control="fixed"),
        }
    )
    assert [graph.value(graph.nodes["1"], key, whole) for key in ("seed", "steps", "cfg", "no")] == [
        5,
        5,
        None,
        None,
    ]


def test_a_circle_has_no_value() -> None:
    graph = Graph({"1": node("X", seed=["1", 0])})
    assert graph.value(graph.nodes["1"], "seed", whole) is None


def test_what_is_no_node_is_left_out() -> None:
    assert list(Graph({"1": 5, "2": {"class_type": 3}, "extra": {}, "3": node("X")}).nodes) == ["3"]
