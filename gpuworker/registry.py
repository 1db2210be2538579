"""The registry: which models there are, where each comes from, and where it lies on this machine.

`models.toml` beside this file is built in: what ships with Darkroom, and well-known models ready to fetch. An
operator's own `models.toml` in the data folder adds entries, or replaces built-in ones of the same name.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from gpuworker.families.table import FAMILIES
from storage.nearest import nearest
from storage.samplers import Sampler
from storage.settings import Settings
from storage.values import Written

log = logging.getLogger(__name__)

BUILT_IN = Path(__file__).with_name("models.toml")

Kind = Literal["checkpoint", "lora", "clip", "aesthetics", "masks", "detector", "nudity", "upscaler", "faces"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Choice = Literal["upscaler", "clip", "aesthetics", "figures", "masks"]
"""A setting that names a model."""
_KINDS: Mapping[Choice, Kind] = {
    "upscaler": "upscaler",
    "clip": "clip",
    "aesthetics": "aesthetics",
    "figures": "detector",
    "masks": "masks",
}
Prediction = Literal["epsilon", "v_prediction", "sample"]
Spacing = Literal["leading", "linspace", "trailing"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SOURCES = ("package", "hub", "files")


class RegistryError(ValueError):
    """A mistake in a registry; one sentence names the file, the entry and the field, and says what to do."""


class File(Written):
    """A file of a model. `path` is where it lies in its source and in the model's folder.

    `size` is in bytes; without it, or without `sha256`, the Hub is asked when the file is fetched.
    """

    path: str
    url: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = None
    size: Annotated[int, Field(gt=0)] | None = None
    sha256: Sha256 | None = None

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or any(part.startswith(".") for part in parts) or "\\" in path:
            raise ValueError("must be a path inside the model's folder, such as unet/config.json")
        return path


class Entry(Written):
    """A model. It comes from one of three places:

    - `package`, a folder or file inside an installed Python package, which is there from the start;
    - `hub`, an id on the Hugging Face Hub at `revision`;
    - the `url` of each file.

    An entry without any of them is of a checkpoint that lies in the checkpoints folder under that name, and
    only says how to use it.

    `memory` is what it takes on a GPU, in GiB: the weights as they are loaded and, roughly, the working
    memory for one picture. `side` is the width and height, in pixels, that a checkpoint was trained on;
    `steps`, `guidance_scale` and `sampler` say what suits it where that is not the usual 20 to 30 steps and 5
    to 8.

    What else is said of a checkpoint is believed before what its files say: what it predicts; `zero_snr`,
    that it was trained on noise without any signal (arXiv 2305.08891), with `guidance_rescale` from there, 0
    to 1; `timestep_spacing`, which for models of few steps is trailing; `clip_skip`, the layer of the text
    tower that it reads, counted from the last one, 1; and `vae`, a file to use in place of its autoencoder,
    beside it or with its whole path.
    """

    name: str
    title: str
    kind: Kind
    licence: str
    note: str | None = None
    memory: Annotated[float, Field(gt=0)] | None
    family: str | None = None
    side: int | None = Field(default=None, ge=64)
    steps: int | None = Field(default=None, ge=1, le=150)
    guidance_scale: float | None = Field(default=None, ge=1, le=30)
    sampler: Sampler | None = None
    prediction: Prediction | None = None
    zero_snr: bool | None = None
    guidance_rescale: float | None = Field(default=None, ge=0, le=1)
    timestep_spacing: Spacing | None = None
    clip_skip: int | None = Field(default=None, ge=1, le=12)
    vae: str | None = None
    package: str | None = None
    hub: Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    revision: str = "main"
    files: tuple[File, ...] = ()

    @field_validator("family")
    @classmethod
    def _is_served(cls, family: str | None) -> str | None:
        if family is not None and family not in FAMILIES:
            raise ValueError(f"must be one of {', '.join(FAMILIES)}")
        return family

    @field_validator("files", mode="before")
    @classmethod
    def _by_path(cls, files: Any) -> Any:
        if not isinstance(files, Mapping):
            return files
        return [{"path": path, **dict(file)} for path, file in files.items()]

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if self.is_local:
            if self.name.startswith("/") or any(part.startswith(".") for part in self.name.split("/")):
                raise ValueError("must be called as the checkpoint is, such as mix or anime/mix")
            return self
        if not _NAME.fullmatch(self.name):
            raise ValueError("must have a name of letters, digits, dots, dashes and underscores")
        urls = [file.url is not None for file in self.files]
        if (self.package is not None) + (self.hub is not None) + any(urls) != 1:
            raise ValueError("must have one source: package, or hub, or a url for each of its files")
        if any(urls) and not all(urls):
            raise ValueError("must have a url for each of its files")
        if self.package is None and not self.files:
            raise ValueError("must list its files")
        if self.kind == "checkpoint" and self.family is None:
            raise ValueError(f"must name the checkpoint's family, one of {', '.join(FAMILIES)}")
        return self

    @property
    def is_local(self) -> bool:
        """Tell whether it only says how to use a checkpoint that the operator put into its folder."""
        return self.kind == "checkpoint" and self.package is None and self.hub is None and not self.files

    @property
    def size(self) -> int:
        """Give the bytes to download, as far as they are known before the Hub is asked."""
        return sum(file.size or 0 for file in self.files)

    @property
    def size_is_known(self) -> bool:
        """Tell whether no file of weights adds to `size`; configurations and vocabularies hardly do."""
        return all(file.size for file in self.files if not file.path.endswith((".json", ".txt")))

    @property
    def checksums(self) -> Literal["published", "the Hub's", "none known", ""]:
        """Say what its files are checked against as they come; empty for what ships with Darkroom."""
        if not self.files:
            return ""
        if all(file.sha256 for file in self.files):
            return "published"
        return "the Hub's" if self.hub is not None else "none known"

    def place(self, settings: Settings) -> Path:
        """Give the place of the model, there or not: a folder, or the file of a single-file checkpoint."""
        if self.package is not None:
            return _in_package(self.package)
        if self.kind != "checkpoint":
            return settings.models_folder / self.name
        return settings.checkpoints_folder / (
            f"{self.name}.safetensors" if self.is_single_file or self.is_local else self.name
        )

    @property
    def is_single_file(self) -> bool:
        """Tell whether it is a checkpoint that is one safetensors file, as most on civitai are."""
        return (
            self.kind == "checkpoint" and len(self.files) == 1 and self.files[0].path.endswith(".safetensors")
        )

    def file_place(self, file: File, settings: Settings) -> Path:
        """Give the place of one of its files, there or not."""
        place = self.place(settings)
        if self.is_single_file:
            return place
        path = place / file.path
        return path.with_suffix(".safetensors") if self.is_converted(file) else path

    def first_file_place(self, settings: Settings) -> Path:
        """Give the place of its only file, there or not, if it is a model of one file."""
        return self.file_place(self.files[0], settings) if self.files else self.place(settings)

    def is_converted(self, file: File) -> bool:
        """Tell whether a file is a .pt of ultralytics, to be stored as safetensors (see `convert_yolo`)."""
        return self.kind == "detector" and file.path.endswith(".pt")


Registry = Mapping[str, Entry]


def _in_package(inside: str) -> Path:
    package, _, rest = inside.partition("/")
    spec = find_spec(package)
    root = Path(spec.origin).parent if spec and spec.origin else Path(package)
    return root / rest


@lru_cache(1)
def built_in() -> Registry:
    """Give the entries that come with Darkroom."""
    return MappingProxyType(_read(BUILT_IN))


@lru_cache(1)
def shipped_checkpoints() -> Mapping[str, Path]:
    """Give the folders of the checkpoints that ship with Darkroom, by name."""
    return MappingProxyType(
        {
            entry.name: _in_package(entry.package)
            for entry in built_in().values()
            if entry.kind == "checkpoint" and entry.package is not None
        }
    )


def own_entries(settings: Settings) -> Registry:
    """Read the entries that the operator wrote. Raises `RegistryError`."""
    return _read(settings.models_file) if settings.models_file.exists() else {}


def registry(settings: Settings) -> Registry:
    """Give all entries, the operator's in place of built-in ones of the same name. Raises `RegistryError`."""
    return {**built_in(), **own_entries(settings)}


def known_models(settings: Settings) -> Registry:
    """Give all entries, or the built-in ones where the operator's cannot be read, which is logged."""
    try:
        return registry(settings)
    except RegistryError as error:
        log.error("%s", error)
        return built_in()


def entry_of(name: str, settings: Settings) -> Entry:
    """Give the entry of a name. Raises `RegistryError`."""
    entries = registry(settings)
    if name not in entries:
        raise RegistryError(
            f"No model is called {name!r}: choose one of {nearest(name, entries)}, or add it to"
            f" {settings.models_file}."
        )
    return entries[name]


def chosen(setting: Choice, settings: Settings) -> Entry:
    """Give the entry of the model that a setting names. Raises `RegistryError`."""
    entry, kind = entry_of(getattr(settings, setting), settings), _KINDS[setting]
    if entry.kind != kind:
        others = ", ".join(other.name for other in registry(settings).values() if other.kind == kind)
        raise RegistryError(
            f"DARKROOM_{setting.upper()} is {entry.name}, which is of kind {entry.kind}: choose one of"
            f" {others}."
        )
    return entry


def _read(file: Path) -> dict[str, Entry]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"{file} cannot be read ({error}): make it a text file in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{file} is not TOML ({error}): mend that line.") from error
    return {name: _entry(file, name, fields) for name, fields in tables.items()}


def _entry(file: Path, name: str, fields: Any) -> Entry:
    if not isinstance(fields, Mapping):
        raise RegistryError(f"{file}: {name} is not an entry: write its fields under a line [{name}].")
    has_source = any(source in fields for source in _SOURCES)
    if fields and not has_source and fields.get("kind") in (None, "checkpoint"):
        fields = {"title": name, "kind": "checkpoint", "licence": "its own", "memory": None, **fields}
    try:
        return Entry.model_validate({**fields, "name": name})
    except ValidationError as error:
        raise RegistryError(f"{file}, entry {name}: {_explained(error)}.") from error
    except (TypeError, ValueError) as error:
        raise RegistryError(
            f"{file}, entry {name}: files must be a table of tables, as in"
            ' files."model.safetensors" = { sha256 = "..." }.'
        ) from error


def _explained(error: ValidationError) -> str:
    """Name the field of the first mistake, and say what to do about it."""
    problem = error.errors(include_url=False)[0]
    field = _field(problem["loc"])
    match problem["type"]:
        case "missing":
            return f"{field} is missing, add it"
        case "extra_forbidden":
            known = (File if problem["loc"][0] == "files" else Entry).model_fields
            return f"there is no field {field}, the fields are {_listed(known)}"
        case "value_error":
            return f"{field or 'it'} {problem['ctx']['error']}"
    given = problem["input"]
    return f"{field} = {given!r} is wrong: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _field(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place)


def _listed(fields: Iterable[str]) -> str:
    return ", ".join(name for name in fields if name not in ("name", "path"))
