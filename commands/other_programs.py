"""Pictures that other programs made, as the command line reads them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from commands.intake import file_bytes
from commands.terminal import about

if TYPE_CHECKING:
    from storage.intake.other_programs import ForeignRecipe
    from storage.settings import Settings
    from tasks.other_programs import Adapted, Here


def foreign_in(file: Path) -> ForeignRecipe | None:
    """Read what another program wrote into a picture. Raises OSError."""
    from storage.intake.other_programs import read_foreign

    data = file_bytes(file)
    with about(file):
        return read_foreign(data)


def words_in(file: Path) -> tuple[str, str] | None:
    """Give the prompt and the negative prompt that another program wrote into a picture, in our syntax."""
    from tasks.other_dialects import in_our_syntax

    foreign = foreign_in(file)
    if foreign is None or not foreign.prompt:
        return None
    return (
        in_our_syntax(foreign.prompt, foreign.dialect),
        in_our_syntax(foreign.negative_prompt, foreign.dialect),
    )


def adapted_here(told: ForeignRecipe, settings: Settings, checkpoint: str | None = None) -> Adapted:
    """Give the task that comes nearest to it, with what this machine and its farm have.

    Where its checkpoint is not here, `checkpoint` draws instead, or else the default one.
    """
    from tasks.other_programs import adapted

    return adapted(told, _here(settings, checkpoint or settings.default_checkpoint))


def _here(settings: Settings, default: str) -> Here:
    """Say what there is to draw with: on this machine, and on the farm if it is another one's Redis."""
    import redis

    from gpuworker.checkpoints.locate import entries
    from gpuworker.models.loras import lora_files
    from storage.add_ons import add_ons_for
    from storage.connection import connect
    from storage.served import served
    from tasks.other_programs import Here

    checkpoints = dict.fromkeys((default, *entries(settings.checkpoints_folder)), "")
    loras = set(lora_files(settings))
    if settings.redis_url:
        with contextlib.suppress(redis.RedisError):
            connection = connect(settings)
            for name, known in served(connection).items():
                checkpoints[name] = known.hash
                if add_ons := add_ons_for(connection, name):
                    loras |= add_ons.loras
    return Here(default=default, checkpoints=checkpoints, loras=frozenset(loras))
