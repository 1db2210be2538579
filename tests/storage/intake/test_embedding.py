"""Files of textual inversion: vectors come through, and nothing else does."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor, nn

from storage.intake import IntakeError
from storage.intake.cleaner import Cleaner
from storage.intake.embedding import TakenEmbedding, take_embedding

ONE = torch.linspace(-1, 1, 128).reshape(2, 64)
WIDE = torch.linspace(-2, 2, 256).reshape(2, 128)


def pickled(what: Any) -> bytes:
    file = io.BytesIO()
    torch.save(what, file)
    return file.getvalue()


def old(param: Any) -> bytes:
    return pickled({"string_to_token": {"*": 265}, "string_to_param": param, "name": "Zorbo", "step": 9})


FILES: Mapping[str, tuple[bytes, str, list[Tensor]]] = {
    "A1111": (save({"emb_params": ONE}), "", [ONE]),
    "diffusers": (save({"<zorbo>": ONE[0].clone()}), "zorbo", [ONE[:1]]),
    "half": (save({"emb_params": ONE.half()}), "", [ONE.half().float()]),
    "bfloat16": (save({"emb_params": ONE.bfloat16()}), "", [ONE.bfloat16().float()]),
    "SDXL": (save({"clip_g": WIDE, "clip_l": ONE}), "", [ONE, WIDE]),
    "pickle": (old({"*": ONE.clone()}), "Zorbo", [ONE]),
    "parameter": (old({"*": nn.Parameter(ONE.clone())}), "Zorbo", [ONE]),
    "parameters": (old(nn.ParameterDict({"*": nn.Parameter(ONE.clone())})), "Zorbo", [ONE]),
    "first": (
        pickled(
            {
                "string_to_token": {"*": torch.tensor(265)},
                "string_to_param": nn.ParameterDict({"*": nn.Parameter(ONE.clone())}),
            }
        ),
        "",
        [ONE],
    ),
    "concept": (pickled({"<zorbo>": ONE[0].clone()}), "zorbo", [ONE[:1]]),
}


@pytest.mark.parametrize("kind", sorted(FILES))
def test_every_programs_vectors_come_through(kind: str) -> None:
    file, word, towers = FILES[kind]
    taken = take_embedding(file)
    assert (taken.word, taken.vectors) == (word, len(towers[0]))
    assert taken.widths == tuple(each.shape[1] for each in towers)
    tensors = load(taken.file)
    assert set(tensors) == ({"emb_params"} if len(towers) == 1 else {"clip_g", "clip_l"})
    found = list(tensors.values()) if len(towers) == 1 else [tensors["clip_l"], tensors["clip_g"]]
    assert all(torch.equal(here, there) for here, there in zip(found, towers, strict=True))
    assert take_embedding(taken.file) == taken._replace(word="")


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/darkroom-was-here",)


def zipped(method: int, **files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def by_hand(pickled: bytes) -> bytes:
    """An archive like torch's around a pickle that no program writes."""
    return zipped(zipfile.ZIP_STORED, **{"a/data.pkl": pickled, "a/data/0": b"\0" * 4})


STORAGE = b"(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\x000X\3\0\0\0cpuK\1tQ"  # one number, on the stack
SIZES = b"(" + b"K\1" * 9000 + b"t"
LAID_OUT = b"\x80\2}X\1\0\0\0*ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + b"K\0" + SIZES * 2
PAIRS = b"\x80\2})" + b"q\0h\0\x86" * 22  # a tuple of two of the tuple before, and so on


REFUSED: Mapping[str, tuple[bytes, str]] = {
    "a program": (pickled({"*": Evil()}), "would run (posix|nt).system"),
    "a LoRA": (save({"a.lora_up.weight": ONE, "a.lora_down.weight": ONE + 1}), "is a LoRA and no embedding"),
    "a checkpoint": (save({"model.diffusion_model.x": ONE}), "is a checkpoint and no embedding"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"0" * 99, "is a picture and no embedding"),
    "an old pickle": (pickle.dumps({"*": 1}), "is a pickle of an old kind and no embedding"),
    "an archive": (zipped(zipfile.ZIP_STORED, x=b"x"), "is an archive and no embedding"),
    "a bomb": (zipped(zipfile.ZIP_DEFLATED, a__data=b"0" * 10**7, **{"a/data.pkl": b"."}), "packed as no"),
    "more": (pickled({"a": ONE, "b": "more"}), "more than vectors"),
    "several": (save({"a": ONE, "b": ONE + 1}), "holds 2 words"),
    "nothing": (save({}), "an empty file and no embedding"),
    "numbers": (save({"emb_params": torch.ones(2, 64, dtype=torch.int64)}), "numbers of the kind I64"),
    "pickled numbers": (old({"*": torch.ones(2, 64, dtype=torch.int64)}), "numbers of the kind long"),
    "infinite": (save({"emb_params": torch.full((1, 64), torch.inf)}), "infinities"),
    "cubes": (save({"emb_params": torch.ones(2, 2, 2)}), "no vectors of the shape"),
    "many": (save({"emb_params": torch.ones(76, 8)}), "no vectors of the shape"),
    "heavy": (b"0" * 4_000_001, "has 4 MB"),
    "dimensions": (by_hand(LAID_OUT + b"\x89}tRs."), "no vectors of the shape"),
    "flat dimensions": (save({"emb_params": torch.ones([1] * 60)}), "no vectors of the shape"),
    "a long pickle": (by_hand(b"\x80\2}" + b"K\0000" * 30_000 + b"."), "packed as no"),
    "pairs of pairs": (by_hand(PAIRS + b"K\1s."), "packed as no"),
    "pairs kept anew": (by_hand(PAIRS.replace(b"q\0h\0", b"2") + b"K\1s."), "packed as no"),
    "many storages": (by_hand(b"\x80\2}" + (STORAGE + b"0") * 65 + b"."), "packed as no"),
    "noise": (b"\0" * 50, "of a kind that I do not know"),
}


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_everything_else_is_refused_by_name(kind: str) -> None:
    file, said = REFUSED[kind]
    with pytest.raises(IntakeError, match=said):
        take_embedding(file)
    assert not Path("/tmp/darkroom-was-here").exists()


@given(st.data())
def test_damaged_files_are_refused_and_nothing_worse(data: st.DataObject) -> None:
    file = bytearray(FILES[data.draw(st.sampled_from(["A1111", "pickle", "parameters"]))][0])
    for _ in range(data.draw(st.integers(1, 8))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        taken = take_embedding(bytes(file[: data.draw(st.integers(1, len(file)))]))
    except IntakeError:
        return
    assert isinstance(taken, TakenEmbedding)


async def test_the_same_comes_from_the_other_process() -> None:
    cleaner = Cleaner(processes=1)
    try:
        assert await cleaner.take_embedding(FILES["pickle"][0]) == take_embedding(FILES["pickle"][0])
        with pytest.raises(IntakeError, match="would run"):
            await cleaner.take_embedding(REFUSED["a program"][0])
    finally:
        await cleaner.aclose()
