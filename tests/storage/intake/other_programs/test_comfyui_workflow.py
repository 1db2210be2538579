from __future__ import annotations

from storage.intake.other_programs.comfyui_workflow import api_form
from tests.storage.intake.other_programs.files import COMFYUI, WORKFLOW


def test_the_editors_graph_becomes_the_apis() -> None:
    graph = api_form(WORKFLOW)
    assert graph["3"]["inputs"] == COMFYUI["3"]["inputs"] | {"control_after_generate": "randomize"}
    assert graph["5"]["inputs"] == COMFYUI["5"]["inputs"]


def test_what_is_bypassed_hands_on_and_what_is_muted_is_gone() -> None:
    graph = api_form(WORKFLOW)
    assert graph["12"] == {"class_type": "Reroute", "inputs": {"model": ["4", 0]}}
    muted = {**WORKFLOW, "nodes": [{**each, "mode": 2} for each in WORKFLOW["nodes"]]}
    assert api_form(muted) == {}


def test_newer_editors_write_the_names_of_the_values() -> None:
    inputs = [{"name": name, "widget": {"name": name}} for name in ("seed", "steps", "mode")]
    new = {
        "id": 1,
        "type": "Somebody's Sampler",
        "inputs": inputs,
        "widgets_values": [5, "randomize", 20, "fast"],
    }
    assert api_form({"nodes": [new]})["1"]["inputs"] == {"seed": 5, "steps": 20, "mode": "fast"}


def test_links_may_be_objects() -> None:
    new = {"id": 2, "type": "X", "inputs": [{"name": "a", "link": 7}], "widgets_values": {"b": 1}}
    links = [{"id": 7, "origin_id": 1, "origin_slot": 3, "target_id": 2, "target_slot": 0, "type": "*"}]
    assert api_form({"nodes": [new], "links": links})["2"]["inputs"] == {"a": ["1", 3], "b": 1}


def test_what_is_no_graph_has_no_nodes() -> None:
    assert api_form({"nodes": 5, "links": {"a": 1}}) == {}
