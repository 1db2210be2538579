"""Members' files of textual inversion: read without torch, and written anew as safetensors with one word.

Read are safetensors as A1111, diffusers and kohya write them, and A1111's pickles. Of a pickle only tensors
and what holds them are built: every other class is refused by its name before anything is made of it. What
comes out holds vectors, and nothing else of what went in.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import zipfile
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from moderation.told import Told
from storage.intake.refused import IntakeError, check_weight

LARGEST_EMBEDDING = 4_000_000
"""Bytes: 75 vectors for the widest towers are 1 MB."""
_MOST_VECTORS = 75
_WIDEST = 4096
_MOST_ENTRIES = 64
"""Files in a pickle's archive, and tensors in a file: an embedding has few."""
_MOST_SIZES = 2
"""Dimensions of a tensor: each costs time when one is laid out, even if it is 1 long."""
_LARGEST_PICKLE = 64_000
"""Bytes of what says where the numbers are; about a thousand are usual."""
_MOST_FETCHED = 16
"""How often a pickle may name again what it has built before, beside texts and classes."""
_LEAVES = {"BINUNICODE", "SHORT_BINUNICODE", "GLOBAL", "STACK_GLOBAL"}
_TOWERS = (("clip_l", "clip_g"), ("text_encoders_0", "text_encoders_1"))
_UNNAMED = {"emb_params", "*"}

Vectors = NDArray[np.float32]

_SHAPELESS = Told(
    "The file holds no vectors of the shape of an embedding, 1 to {most} for each text tower.",
    most=_MOST_VECTORS,
)
_PACKED = Told("The file is packed as no program packs an embedding, so I do not open it.")


class TakenEmbedding(NamedTuple):
    """A safetensors file, the width of each text tower, the count of vectors, and the word in the file.

    The word is empty where the file has none of its own.
    """

    file: bytes
    widths: tuple[int, ...]
    vectors: int
    word: str


def take_embedding(data: bytes) -> TakenEmbedding:
    """Clean an embedding. Raises IntakeError for what is none, or holds several words."""
    check_weight(data, "embedding", LARGEST_EMBEDDING)
    word, towers = _sorted(*_read(data))
    if len({len(each) for each in towers}) != 1 or not all(
        each.ndim == 2 and 0 < len(each) <= _MOST_VECTORS and 0 < each.shape[1] <= _WIDEST for each in towers
    ):
        raise IntakeError(_SHAPELESS)
    if not all(np.isfinite(each).all() for each in towers):
        raise IntakeError(Told("The embedding holds infinities or not-a-numbers: it is damaged."))
    names = ("emb_params",) if len(towers) == 1 else _TOWERS[0]
    file = save(dict(zip(names, map(np.ascontiguousarray, towers), strict=True)))
    return TakenEmbedding(file, tuple(each.shape[1] for each in towers), len(towers[0]), word)


def _sorted(word: str, tensors: Mapping[str, Vectors]) -> tuple[str, list[Vectors]]:
    """Give the word and its vectors for each tower, the narrower tower first."""
    found = {name: each[None] if each.ndim == 1 else each for name, each in tensors.items()}
    for towers in _TOWERS:
        if found.keys() == set(towers):
            return word, [found[tower] for tower in towers]
    if len(found) != 1:
        raise IntakeError(
            Told("The file holds {count} words: send one with a single word.", count=len(found))
            if found and not _what_it_is(found)
            else _no_embedding(_what_it_is(found) or Told("an empty file"))
        )
    ((name, vectors),) = found.items()
    if kind := _what_it_is(found):
        raise IntakeError(_no_embedding(kind))
    own = name.strip("<>")
    return word or ("" if own in _UNNAMED else own), [vectors]


def _what_it_is(names: Mapping[str, Any]) -> Told | None:
    """Say what a file is by the names of its tensors; None if nothing speaks against an embedding."""
    for mark, kind in (
        ("lora", Told("a LoRA")),
        ("hada_", Told("a LoRA")),
        ("lokr_", Told("a LoRA")),
        ("diffusion_model", Told("a checkpoint")),
        ("down_blocks", Told("a checkpoint")),
        ("decoder.", Told("an autoencoder")),
        ("text_model.", Told("a text encoder")),
    ):
        if any(mark in name for name in names):
            return kind
    return None


def _no_embedding(kind: Told) -> Told:
    return Told(
        "The file is {kind} and no embedding: send the .safetensors file of a textual inversion, "
        "or a .pt file of A1111's.",
        kind=kind,
    )


def _read(data: bytes) -> tuple[str, dict[str, Vectors]]:
    """Give the word that a file names, if it does, and its tensors by name."""
    if data.startswith(b"PK"):
        return _pickled(data)
    for start, kind in _OTHERS:
        if data.startswith(start):
            raise IntakeError(_no_embedding(kind))
    try:
        tensors = deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise IntakeError(_no_embedding(Told("of a kind that I do not know"))) from error
    if len(tensors) > _MOST_ENTRIES:
        kind = _what_it_is(dict(tensors)) or Told("of a kind that I do not know")
        raise IntakeError(_no_embedding(kind))
    return "", {name: _numbers(found["data"], found["dtype"], found["shape"]) for name, found in tensors}


_OTHERS = (
    (b"\x80", Told("a pickle of an old kind")),
    (b"\x89PNG", Told("a picture")),
    (b"\xff\xd8", Told("a picture")),
    (b"RIFF", Told("a picture")),
    (b"GIF8", Told("a picture")),
    (b"GGUF", Told("a language model")),
    (b"Rar!", Told("an archive")),
    (b"7z\xbc\xaf", Told("an archive")),
    (b"\x1f\x8b", Told("an archive")),
)
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "double": "<f8", "float": "<f4", "half": "<f2"}
_FLOATS = {*_DTYPES, "bfloat16"}


def _numbers(data: bytes, dtype: str, shape: list[int]) -> Vectors:
    if len(shape) > _MOST_SIZES:
        raise IntakeError(_SHAPELESS)
    if dtype in ("BF16", "bfloat16"):
        flat = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    elif dtype in _DTYPES:
        flat = np.frombuffer(data, _DTYPES[dtype])
    else:
        raise _no_vectors(dtype)
    return flat.astype(np.float32).reshape(shape)


def _no_vectors(kind: str) -> IntakeError:
    return IntakeError(Told("The file holds numbers of the kind {kind}, not vectors.", kind=kind))


def _pickled(data: bytes) -> tuple[str, dict[str, Vectors]]:
    """Read what torch.save wrote: an archive, uncompressed, with a pickle and the numbers beside it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            place = next((each.filename for each in entries if each.filename.endswith("/data.pkl")), None)
            if place is None:
                raise IntakeError(_no_embedding(Told("an archive")))
            if len(entries) > _MOST_ENTRIES or any(each.compress_type for each in entries):
                raise IntakeError(_PACKED)
            if archive.getinfo(place).file_size > _LARGEST_PICKLE or _is_endless(archive.read(place)):
                raise IntakeError(_PACKED)
            found = _Tensors(archive, place).load()
    except IntakeError:
        raise
    except Exception as error:
        raise IntakeError(Told("The file is no pickle of tensors that I can read.")) from error
    word = ""
    if isinstance(found, dict) and "string_to_param" in found:
        named = found.get("name")
        word, found = named if isinstance(named, str) else "", found["string_to_param"]
    if isinstance(found, _ParameterDict):
        found = found.parameters
    if isinstance(found, dict) and (
        others := [each for each in found.values() if isinstance(each, _OtherNumbers)]
    ):
        raise _no_vectors(others[0].kind)
    if not isinstance(found, dict) or not all(isinstance(each, np.ndarray) for each in found.values()):
        raise IntakeError(Told("The file holds more than vectors, so I do not take it."))
    return word, {str(name): each for name, each in found.items()}


def _is_endless(pickled: bytes) -> bool:
    """Say whether a pickle puts what it has built into itself so often that it is never looked through.

    A pair of the same pair, thirty times over, is written in a hundred bytes, and is a key of 2^30 places.
    """
    plain, kept, fetched, before = set[object](), 0, 0, ""
    for code, place, _ in pickletools.genops(pickled):
        if code.name == "MEMOIZE" or code.name.endswith("PUT"):
            place = kept if place is None else place
            (plain.add if before in _LEAVES else plain.discard)(place)
            kept += 1
        elif code.name == "DUP" or (code.name.endswith("GET") and place not in plain):
            fetched += 1
        before = code.name
    return fetched > _MOST_FETCHED


class _ParameterDict:
    """What stands for torch's class of that name: only its parameters are kept."""

    parameters: Any = None

    def __setstate__(self, state: Any) -> None:
        self.parameters = state.get("_parameters") if isinstance(state, dict) else None


class _Tensors(pickle.Unpickler):
    """Builds arrays in the place of tensors, plain containers, and nothing else."""

    def __init__(self, archive: zipfile.ZipFile, place: str) -> None:
        super().__init__(io.BytesIO(archive.read(place)))
        self._archive = archive
        self._folder = place.removesuffix("data.pkl")
        self._storages = 0

    def find_class(self, module: str, name: str) -> Any:
        """Give what stands for a class that embeddings need. Raises IntakeError for every other one."""
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if module == "torch" and name.endswith("Storage"):
            return _StorageType(name.removesuffix("Storage").lower())
        raise IntakeError(
            Told(
                "The file would run {name} when it is opened, which no embedding needs: do not open it.",
                name=f"{module}.{name}"[:80],
            )
        )

    def persistent_load(self, pid: Any) -> NDArray[Any] | _OtherNumbers:
        """Give the numbers of a storage, flat, or only their kind where they are no vectors'.

        The programs that were first to train embeddings kept a token's number beside them as a tensor.
        """
        self._storages += 1
        if self._storages > _MOST_ENTRIES:
            raise IntakeError(_PACKED)
        _, kind, key, _, count = pid
        if kind.dtype not in _FLOATS:
            return _OtherNumbers(kind.dtype)
        data = self._archive.read(f"{self._folder}data/{key}")
        return _numbers(data, kind.dtype, [int(count)])


class _StorageType(NamedTuple):
    dtype: str


class _OtherNumbers(NamedTuple):
    kind: str


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Vectors | _OtherNumbers:
    """Give a tensor as torch would lay it over a storage; only the usual layout is taken."""
    if isinstance(storage, _OtherNumbers):
        return storage
    if len(size) > _MOST_SIZES:
        raise IntakeError(_SHAPELESS)
    shape = tuple(map(int, size))
    usual = tuple(int(np.prod(shape[place + 1 :])) for place in range(len(shape)))
    if tuple(stride) != usual or not isinstance(storage, np.ndarray) or storage.ndim != 1:
        raise ValueError("an unusual tensor")
    numbers: Vectors = storage[int(offset) : int(offset) + int(np.prod(shape))]
    return numbers.reshape(shape)


def _parameter(data: Any, *_: Any) -> Any:
    return data


_KNOWN = {
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch.nn.modules.container", "ParameterDict"): _ParameterDict,
    ("collections", "OrderedDict"): dict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
}
