"""What an operator is told when a command is not done: a sentence for each class of exception."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from commands.terminal import About, Written

if TYPE_CHECKING:
    import redis


def sentence_of(error: BaseException) -> str | None:
    """Give the sentence for what is known to go wrong, on one line, or None for what nobody foresaw.

    It begins with what the error is noted to be about.
    """
    for kind in type(error).__mro__:
        said = SENTENCES.get(f"{kind.__module__}.{kind.__qualname__}")
        if said is not None:
            return " ".join(said(error).split())
    return None


def _own(error: BaseException) -> str:
    """Say what the exception says, which was raised with a sentence, and about which file."""
    subjects = [note for note in getattr(error, "__notes__", ()) if isinstance(note, About)]
    return ": ".join([*reversed(subjects), str(error)])


def _of_a_file(error: BaseException) -> str:
    """Name the file that the system refuses to read or to write."""
    assert isinstance(error, OSError)
    subjects = [note for note in getattr(error, "__notes__", ()) if isinstance(note, About)]
    file = subjects[0] if subjects else error.filename or _full_place(error) or "A file"
    writes = any(isinstance(note, Written) for note in subjects) or error.errno in _OF_WRITING
    verb = "written" if writes else "read"
    return f"{os.fspath(file)} cannot be {verb}: {error.strerror or error}."


def _full_place(error: OSError) -> Path | None:
    """Give a folder that is written into and lies on a full disk: of those, the system names no file."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    from storage.settings import Settings, read_settings

    places = (read_settings(Settings).home, Path(tempfile.gettempdir()), Path.cwd())
    return next((place for place in places if place.exists() and not os.statvfs(place).f_bavail), None)


_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EEXIST)
"""What the system says only to those who write."""


def _of_an_encoding(error: BaseException) -> str:
    """Name the file that is no text."""
    subjects = [note for note in getattr(error, "__notes__", ()) if isinstance(note, About)]
    return f"{subjects[0] if subjects else 'A file'} is not UTF-8 text: save it as UTF-8."


def _of_redis(error: BaseException) -> str:
    """Say what is wrong with the Redis of the settings."""
    from storage.redis_trouble import redis_trouble
    from storage.settings import Settings, read_settings

    return redis_trouble(cast("redis.RedisError", error), read_settings(Settings))


def _of_the_token(error: BaseException) -> str:
    return f"Discord does not accept the token: {error} Check DARKROOM_DISCORD_TOKEN."


SENTENCES: Mapping[str, Callable[[BaseException], str]] = {
    "commands.terminal.Refused": _own,
    "storage.records.word_names.NameTaken": _own,
    "storage.settings.SettingsError": _own,
    "storage.backup.NotBackedUp": _own,
    "storage.restore.NoBackup": _own,
    "storage.embedded_redis.RedisNotStarted": _own,
    "storage.database.DatabaseAway": _own,
    "storage.blobs.BlobMissing": _own,
    "storage.blobs.BlobStoreAway": _own,
    "storage.bundle.BundleError": _own,
    "storage.intake.refused.IntakeError": _own,
    "storage.metrics_page.MetricsNotServed": _own,
    "storage.recipe_file.RecipeError": _own,
    "storage.sizes.TooLarge": _own,
    "storage.versions.TooNew": _own,
    "tasks.blend.NothingToBlend": _own,
    "tasks.edit.NothingToChange": _own,
    "tasks.embeddings.NotAName": _own,
    "tasks.outpaint.NothingToPaint": _own,
    "tasks.permutations.TooManyPrompts": _own,
    "tasks.shorten.NothingToShorten": _own,
    "tasks.train.NothingToLearn": _own,
    "moderation.policy.PolicyError": _own,
    "moderation.names.listing.ListError": _own,
    "moderation.pinned_onnx.DetectorError": _own,
    "moderation.manifest.ManifestError": _own,
    "moderation.gallery.NotLearned": _own,
    "gpuworker.registry.RegistryError": _own,
    "gpuworker.models.fetch.FetchError": _own,
    "gpuworker.checkpoints.errors.CheckpointError": _own,
    "bot.blob_links.BlobsNotServed": _own,
    "bot.client.LoopEnded": _own,
    "bot.refusals.Refusal": _own,
    "redis.exceptions.RedisError": _of_redis,
    "discord.errors.LoginFailure": _of_the_token,
    "builtins.OSError": _of_a_file,
    "builtins.UnicodeDecodeError": _of_an_encoding,
}
"""By the qualified names of the classes, so that no command imports what only another one needs."""
