"""Settings: where things are and how they are reached, from the environment and `.env` files."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import pydantic_settings
from pydantic import (
    ByteSize,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from moderation.manifest import trust
from storage.addresses import (
    NUMBERS_AND_SIGNS,
    leads_to_http,
    leads_to_postgres,
    port_of,
    served_at,
    wrong_behind_address,
    wrong_redis,
)
from storage.env_files import DEFAULT_HOME, ENCODING, PREFIX, EnvFileError, env_files, unknown_variables
from storage.limits import Grants, Limits
from storage.shards import ALL, ChosenShards
from storage.weighting import Weighting
from storage.wrong_settings import wrong_settings

log = logging.getLogger(__name__)

_LEAST_KEY = 32
LEAST_MEMORY = 100_000_000
"""Bytes: a smaller number has lost its unit."""


class Settings(BaseSettings):
    """Everything that a GPU worker may know; of secrets, only what opens the queue.

    Every field is read from `DARKROOM_<NAME>`, first in the environment, then in the files that
    storage/env_files.py names.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # A URL with a password in it must not come back in an error message.
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look for the files anew each time, because the data folder says where one of them is."""
        home = init_settings().get("home")
        files = DotEnvSettingsSource(settings_cls, env_file=env_files(home), env_file_encoding=ENCODING)
        return init_settings, env_settings, files

    home: Path = Field(default=DEFAULT_HOME, validate_default=True)
    """The folder under which everything is written."""
    redis_url: str | None = None
    """`redis://`, `rediss://` or `unix://`; without it Redis is embedded (see storage/embedded_redis.py)."""
    queue_key: SecretStr | None = None
    """What jobs and results are signed with: the same for the bot and all workers of a farm."""
    blobs: str | None = None
    """A folder, `s3://bucket/prefix`, or `https://host:port` of a bot; `<home>/blobs` without it."""
    checkpoints: Path | None = None
    """The folder of checkpoints; `<home>/checkpoints` without it."""
    default_checkpoint: str = "pocket"
    upscaler: str = "pocket-x4"
    """The model that enlarges pictures, as the registry calls it (see `darkroom models`)."""
    clip: str = "pocket-clip"
    """The model, by its name in the registry, that says which words go with a picture and which do not."""
    aesthetics: str | None = None
    """The model, by its name in the registry, that says how much people would like a picture."""
    figures: str = "pocket-figures"
    """The detector, by its name in the registry, that finds people, their heads, faces and limbs."""
    anatomy: str = ""
    """The detectors, by their names in the registry with commas between, that together count people's parts.

    They look at pictures of other checkpoints than the pocket ones; one of them has to find whole people.
    """
    masks: str = "pocket-clipseg"
    """The model, by its name in the registry, that finds in a picture what words name."""
    names: Path | None = None
    """A list of names that prompts must not have, or a folder of such lists, beside the shipped ones."""
    weighting: Weighting = Weighting.DARKROOM
    """How weights in prompts are applied where nothing else says so."""
    training_share: float = Field(default=0.1, gt=0, le=1)
    """The share of a worker's device that a training may take while pictures want it, above 0 and up to 1."""
    memory: ByteSize | None = None
    """What a worker's checkpoints and the passes with them may take of the GPU's memory, or of the RAM.

    Without it: nine tenths of what is free on the card when the worker starts, or eight of the RAM.
    """

    metrics: str | None = None
    """The port, or `host:port`, at which a bot or a worker serves its metrics and its health."""
    logs: Literal["text", "json"] = "text"
    """How services log: lines for people, or one JSON object a line."""
    manifest: Path | None = None
    """A signed manifest of the operator's own, instead of the one that ships (see moderation/manifest.py)."""
    manifest_key: str | None = None
    """The public key that it is signed with, a line such as `ssh-ed25519 AAAA...`."""

    @model_validator(mode="after")
    def _manifest_with_its_key(self) -> Self:
        if (self.manifest is None) != (self.manifest_key is None):
            raise ValueError("DARKROOM_MANIFEST and DARKROOM_MANIFEST_KEY need each other")
        return self

    @field_validator("home", "checkpoints", "manifest")
    @classmethod
    def _absolute(cls, folder: Path | None) -> Path | None:
        return folder and folder.expanduser().absolute()

    @field_validator("memory")
    @classmethod
    def _with_a_unit(cls, memory: ByteSize | None) -> ByteSize | None:
        if memory is not None and memory < LEAST_MEMORY:
            raise ValueError("must be 100 MB or more, with its unit, as in 6 GB")
        return memory

    @field_validator("metrics", "serve_blobs", check_fields=False)
    @classmethod
    def _port(cls, address: str | None) -> str | None:
        if address and not 0 < port_of(address) < 2**16:
            raise ValueError("must be a port or host:port, as in 9464 or 0.0.0.0:9464")
        return address

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, url: str | None) -> str | None:
        if url and (wrong := wrong_redis(url)):
            raise ValueError(wrong)
        return url

    @field_validator("queue_key")
    @classmethod
    def _hard_to_guess(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < _LEAST_KEY:
            raise ValueError(f"must have {_LEAST_KEY} characters or more, as openssl rand -hex 32 gives")
        return key

    @field_validator("blobs")
    @classmethod
    def _known_blobs(cls, place: str | None) -> str | None:
        if place and "://" in place and not place.startswith("s3://") and not leads_to_http(place):
            raise ValueError("must be a folder, s3://bucket/prefix, or https://host:port of a bot")
        if place and "://" not in place:
            return str(Path(place).expanduser().absolute())
        return place

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Give where metrics are served, on this machine alone unless a host is set; None for nowhere."""
        return None if self.metrics is None else served_at(self.metrics)

    @property
    def redis_folder(self) -> Path:
        """Give the folder of the embedded Redis and its journal."""
        return self.home / "redis"

    @property
    def blobs_place(self) -> str:
        """Give the folder or the `s3://` address of the pictures."""
        return self.blobs or str(self.home / "blobs")

    @property
    def checkpoints_folder(self) -> Path:
        """Give the folder in which checkpoints are looked for."""
        return self.checkpoints or self.home / "checkpoints"

    @property
    def models_folder(self) -> Path:
        """Give the folder of fetched models that are not checkpoints, each in a folder of its own."""
        return self.home / "models"

    @property
    def embeddings_folder(self) -> Path:
        """Give the folder of embeddings made by textual inversion."""
        return self.home / "embeddings"

    @property
    def loras_folder(self) -> Path:
        """Give the folder of the operator's own LoRAs."""
        return self.home / "loras"

    @property
    def models_file(self) -> Path:
        """Give the file of the operator's own models (see gpuworker/registry.py); it may be missing."""
        return self.home / "models.toml"

    @property
    def weights_file(self) -> Path:
        """Give the file in which workers remember the hashes of weights, and which they have loaded."""
        return self.home / "weights.json"


class SettingsError(ValueError):
    """One sentence that names the settings at fault."""


SettingsKind = TypeVar("SettingsKind", bound=Settings)


def read_settings(kind: type[SettingsKind]) -> SettingsKind:
    """Read the settings, and warn of variables that are none.

    The operator's manifest, if one is named, is trusted from then on. Raises `SettingsError`, ManifestError.
    """
    try:
        settings = kind()
        for sentence in misspelt():
            _warn_once(sentence)
    except EnvFileError as error:
        raise SettingsError(str(error)) from error
    except (ValidationError, pydantic_settings.SettingsError) as error:
        raise SettingsError(wrong_settings(error)) from error
    if settings.manifest and settings.manifest_key:
        trust(settings.manifest, settings.manifest_key)
    return settings


def misspelt() -> list[str]:
    """Say of each variable that looks like a setting which one may be meant. Raises EnvFileError."""
    known = [name.upper() for name in BotSettings.model_fields]
    return list(unknown_variables(known, env_files()))


@cache
def _warn_once(sentence: str) -> None:
    log.warning("%s", sentence)


def _sqlite_under_home(fields: dict[str, Any]) -> SecretStr:
    return SecretStr(f"sqlite+aiosqlite:///{fields['home'] / 'darkroom.db'}")


class BotSettings(Settings):
    """What the bot knows beyond a worker: the secrets. A GPU machine is never given these."""

    discord_token: SecretStr | None = None
    misfires: Literal["off", "pictures", "prompts"] = "off"
    """Whether pictures in which people came out wrong are kept for training (see storage/misfires.py)."""
    member_loras: bool = True
    """Whether members may train LoRAs, which are larger than words, take as long, and alone make styles."""
    previews: bool = True
    """Whether messages show pictures growing, as coarse as the channel's policy asks for."""
    allowance: Annotated[int, Field(ge=0)] | None = None
    """The credits that members have for a day; without it, as many as they want."""
    grants: Grants = Grants()
    limits: Limits = Limits()
    weights: dict[int, Annotated[float, Field(ge=0.01, le=100)]] = Field(default_factory=dict)
    """What the jobs of members weigh in the queue who have one of these roles, by the role's id; others' 1.

    Servers may be named as well: every member of a server has its id as a role.
    """
    database_url: SecretStr = Field(default_factory=_sqlite_under_home)
    """An async SQLAlchemy URL; `postgres://` and `postgresql://` are taken to mean asyncpg.

    Behind a `?`, libpq's words may stand that storage/addresses.py names, as in `?sslmode=require`.
    """

    serve_blobs: str | None = None
    """The port, or `host:port`, at which a bot serves its blobs to workers that have no way of their own."""

    shards: ChosenShards = ALL
    """The shards of Discord whose servers this process looks after, as in `0-3/16`; others have the others.

    Without it this one looks after all, in as many as Discord recommends.
    """

    @model_validator(mode="after")
    def _database_for_several(self) -> Self:
        if not self.shards.is_all and "sqlite" in self.database_address:
            raise ValueError(
                "With DARKROOM_SHARDS several processes share the records, and SQLite serves one: set "
                "DARKROOM_DATABASE_URL to a Postgres that all of them reach"
            )
        return self

    @model_validator(mode="after")
    def _blobs_of_its_own(self) -> Self:
        if self.discord_token and leads_to_http(self.blobs_place):
            raise ValueError(
                "DARKROOM_BLOBS of a bot must be a folder or s3://bucket/prefix, where what members delete "
                "can be deleted; https://host:port is for workers"
            )
        return self

    @field_validator("database_url")
    @classmethod
    def _async_driver(cls, url: SecretStr) -> SecretStr:
        scheme, separator, rest = url.get_secret_value().partition("://")
        driver = _ASYNC_DRIVERS.get(scheme)
        if not separator or driver is None:
            # The value is a secret, so the message must not repeat it.
            raise ValueError("must start with postgresql:// or sqlite:///")
        if "sqlite" not in driver and not leads_to_postgres(f"{driver}://{rest}"):
            raise ValueError(f"must be as in postgresql://user:password@host:5432/name, {NUMBERS_AND_SIGNS}")
        if "sqlite" not in driver and (wrong := wrong_behind_address(f"{driver}://{rest}")):
            raise ValueError(wrong)
        return SecretStr(f"{driver}://{rest}")

    @property
    def blobs_address(self) -> tuple[str, int] | None:
        """Give where blobs are served, on this machine alone unless a host is set; None for nowhere."""
        return None if self.serve_blobs is None else served_at(self.serve_blobs)

    @property
    def database_address(self) -> str:
        """Give the URL in the clear, for the one place that connects."""
        return self.database_url.get_secret_value()


_ASYNC_DRIVERS = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
