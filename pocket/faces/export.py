"""Writes networks as ONNX files with weights of half precision, which are computed with in full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

_OPSET = 17
_LEAST_WEIGHTS = 64


def export(network: nn.Module, side: int, target: Path, any_size: bool = False) -> None:
    """Write a network that takes `images` (1, 3, side, side), or of `any_size`, and gives `found`."""
    sizes = {2: "height", 3: "width"}
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, 3, side, side),),
        target,
        input_names=["images"],
        output_names=["found"],
        dynamic_axes={"images": sizes, "found": {2: "rows", 3: "columns"}} if any_size else None,
        opset_version=_OPSET,
        dynamo=False,
    )
    model = onnx.load(target)
    _halve(model.graph)
    onnx.save(model, target)


def _halve(graph: onnx.GraphProto) -> None:
    """Store the weights in half precision, and cast each before it is used."""
    casts = []
    for weight in graph.initializer:
        if weight.data_type == TensorProto.FLOAT and np.prod(weight.dims) >= _LEAST_WEIGHTS:
            name = weight.name
            half = numpy_helper.to_array(weight).astype(np.float16)
            weight.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
