"""The benchmark for GPUs, with a tiny checkpoint in place of the large ones."""

from __future__ import annotations

import json
import sys

import pytest
import torch

from tests.benchmarks import compiled, gpu

pytestmark = pytest.mark.slow


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a script without arguments; instead of compiling, which takes minutes on a CPU, it traces."""
    monkeypatch.setattr(sys, "argv", ["gpu"])
    monkeypatch.setattr(compiled, "WAYS", {"compile": {"backend": "eager"}, "broken": {"backend": _broken}})
    monkeypatch.setattr(compiled, "ROWS", (2,))


def _broken(*_: object) -> None:
    raise RuntimeError("this card is too old")


@pytest.mark.usefixtures("called")
def test_the_table_is_printed_for_a_tiny_checkpoint(capsys: pytest.CaptureFixture[str]) -> None:
    sys.argv.append("tiny")
    gpu.main()
    printed = capsys.readouterr()
    figures = json.loads(printed.out.splitlines()[-1])
    tiny = figures["tiny"]
    assert tiny["over_sequential"] > 0
    assert tiny["over_floor"] > 0
    assert tiny["passes"]["2"].keys() == {"eager_ms", "compile", "compile_after_s"}
    assert "broken at 2 rows" in printed.err
    assert "this card is too old" in printed.err


@pytest.mark.usefixtures("called")
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_one_sentence_says_so() -> None:
    with pytest.raises(SystemExit, match=r"^torch finds no CUDA GPU on this machine: .*\.$"):
        gpu.main()
