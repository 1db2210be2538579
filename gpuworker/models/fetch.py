"""Fetches models onto this machine: resumably, checked, and into place only when every file is right.

Files arrive in a hidden folder beside the model's place, and stay there when a fetch ends early; the next one
goes on from them.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from filelock import FileLock, Timeout
from huggingface_hub import get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.utils._headers import build_hf_headers

from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.weights import tensor_names
from gpuworker.models.inventory import (
    expected_sum,
    megabytes,
    note_sums,
    noted_sums,
    pickled_file,
    refusal,
    sha256_of,
    staging,
)
from gpuworker.registry import Entry, File
from storage.settings import Settings

Report = Callable[[str, int, int | None], None]
"""Called with progress: the path of a file, its bytes so far, and its size if that is known."""

BROKEN_AT_MOST = 5
"""Connections in a row that may break without bringing anything; then the fetch gives up."""
PAUSE_SECONDS = 1.0
_TIMEOUT_SECONDS = 30.0
_GIT_SHA1 = 40
"""The length of the ETag of a small file on the Hub; that of a large one is its SHA-256."""


class FetchError(Exception):
    """A model could not be fetched; one sentence says what, why, and what to do."""


@dataclass(frozen=True)
class Download:
    """A file to download. `etag` is what the Hub says of it: a SHA-256, or git's SHA-1 of the blob."""

    file: File
    url: str
    headers: Mapping[str, str]
    size: int | None
    etag: str | None


def fetch(entry: Entry, settings: Settings, report: Report) -> int:
    """Fetch the files of a model that are missing or wrong, and give their number. Raises `FetchError`."""
    if entry.package is not None:
        raise FetchError(f"{entry.name} comes with Darkroom: there is nothing to fetch.")
    if entry.is_local:
        raise FetchError(
            f"{entry.name} has no source in {settings.models_file}: put its file or its folder into"
            f" {settings.checkpoints_folder}, or say there where it comes from."
        )
    if (pickle := pickled_file(entry)) is not None:
        raise FetchError(f"{entry.name} is not fetched: {pickle.path} is {refusal(settings)}.")
    sums = noted_sums(entry, settings)
    wanted = [file for file in entry.files if not _is_right(entry, file, settings, sums)]
    folder = staging(entry, settings)
    try:
        with _alone(entry, folder):
            downloads = [_described(entry, file) for file in wanted]
            _need_space(downloads, folder)
            arrived = {}
            for download in downloads:
                file, target = download.file, folder / download.file.path
                sums[file.path] = _bring(download, target, report)
                if entry.is_converted(file):
                    target = _converted(target)
                    sums[file.path] = sha256_of(target)
                arrived[file] = target
            for file, target in arrived.items():
                place = entry.file_place(file, settings)
                place.parent.mkdir(parents=True, exist_ok=True)
                target.replace(place)
            note_sums(entry, settings, sums)
            shutil.rmtree(folder)
    except OfflineModeIsEnabled as error:
        raise _unreachable(entry.name, error) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise FetchError(
                f"The disk of {folder.parent} is full: make room and run the command again, what has come is"
                " kept."
            ) from error
        raise FetchError(
            f"{error.filename or folder} cannot be written ({error.strerror or error}): mend that and run the"
            " command again."
        ) from error
    return len(wanted)


@contextmanager
def _alone(entry: Entry, folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=0):
            yield
    except Timeout:
        raise FetchError(f"{entry.name} is being fetched already: wait for that to end.") from None


def _is_right(entry: Entry, file: File, settings: Settings, sums: Mapping[str, str]) -> bool:
    place, expected = entry.file_place(file, settings), expected_sum(entry, file, sums)
    return expected is not None and place.is_file() and sha256_of(place) == expected


def _converted(pickle: Path) -> Path:
    """Convert a .pt of ultralytics to the safetensors beside it, and give that. Raises `FetchError`."""
    from gpuworker.models.convert_yolo import convert

    target = pickle.with_suffix(".safetensors")
    try:
        convert(pickle, target)
    except CheckpointError as error:
        raise FetchError(str(error)) from error
    return target


def _described(entry: Entry, file: File) -> Download:
    """Say where a file is and what is known of it, asking the Hub if the registry does not say."""
    if entry.hub is None:
        assert file.url is not None
        return Download(file, file.url, {}, file.size, None)
    url = hf_hub_url(entry.hub, file.path, revision=entry.revision)
    headers = build_hf_headers()
    if file.size is not None and file.sha256 is not None:
        return Download(file, url, headers, file.size, None)
    try:
        known = get_hf_file_metadata(url, timeout=_TIMEOUT_SECONDS)
    except (HfHubHTTPError, httpx2.HTTPError) as error:
        raise _unreachable(url, error) from error
    return Download(file, url, headers, file.size or known.size, known.etag)


def _unreachable(url: str, error: Exception) -> FetchError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, GatedRepoError) or status in (401, 403):
        fix = "accept its licence on that site, and set HF_TOKEN to a token of your account"
    elif status == 404:
        fix = "it is there no longer: look for another source and write it into models.toml"
    elif isinstance(error, OfflineModeIsEnabled):
        fix = "unset HF_HUB_OFFLINE"
    else:
        fix = "look at the network, and run the command again"
    reason = f"status {status}" if status else first_line(error)
    return FetchError(f"{url} cannot be had ({reason}): {fix}.")


def _need_space(downloads: list[Download], folder: Path) -> None:
    """Check that the disk has room for what is still to come. Raises `FetchError`."""
    missing = 0
    for download in downloads:
        part = _part(folder / download.file.path)
        missing += max((download.size or 0) - (part.stat().st_size if part.exists() else 0), 0)
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise FetchError(
            f"{megabytes(missing)} are still to come, and the disk of {folder.parent} has {megabytes(free)}"
            " free: make room and run the command again."
        )


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _bring(download: Download, target: Path, report: Report) -> str:
    """Download one file to `target`, check it, and return its SHA-256."""
    part = _part(target)
    if target.exists():  # of a fetch that ended before all of its files were there
        target.replace(part)
    part.parent.mkdir(parents=True, exist_ok=True)
    broken = 0
    while broken < BROKEN_AT_MOST:
        before = _length(part)
        try:
            _go_on(download, part, report)
            break
        except httpx2.RequestError as error:
            cause = error
            broken = 1 if _length(part) > before else broken + 1
            time.sleep(PAUSE_SECONDS)
    else:
        if not _length(part):
            raise _unreachable(download.url, cause) from cause
        raise FetchError(
            f"{download.url} broke off after {megabytes(_length(part))} ({first_line(cause)}): run the"
            " command again, it goes on from there."
        ) from cause
    digest = _checked(download, part)
    part.replace(target)
    return digest


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _go_on(download: Download, part: Path, report: Report) -> None:
    """Append to a file what is missing of it. Raises `httpx2.RequestError` when the connection breaks."""
    had = _length(part)
    if had and had == download.size:
        return
    headers = {**download.headers, "Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    with get_session().stream(
        "GET", download.url, headers=headers, timeout=_TIMEOUT_SECONDS, follow_redirects=True
    ) as answer:
        if answer.status_code == httpx2.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            # Nothing comes after what is here: whether it is the file is for the checksum to say.
            return
        if answer.is_error:
            raise _unreachable(
                download.url, httpx2.HTTPStatusError("", request=answer.request, response=answer)
            )
        if answer.status_code != httpx2.codes.PARTIAL_CONTENT:
            had = 0
        length = answer.headers.get("Content-Length")
        total = download.size or (had + int(length) if length else None)
        with part.open("ab" if had else "wb") as opened:
            for block in answer.iter_bytes():
                opened.write(block)
                had += len(block)
                report(download.file.path, had, total)
                if download.size is not None and had > download.size:
                    return  # it is another file: no need to see where it ends


def _checked(download: Download, part: Path) -> str:
    """Give the SHA-256 of a file that has arrived; delete it and raise `FetchError` if it is wrong."""
    size, digest = _length(part), sha256_of(part)
    expected = download.file.sha256 or download.etag
    if download.size is not None and size > download.size:
        fault = f"is longer than the {download.size} bytes that it should have"
    elif download.size is not None and size < download.size:
        fault = f"has {size} bytes instead of {download.size}"
    elif expected is not None and expected != (_git_sha1(part) if len(expected) == _GIT_SHA1 else digest):
        fault = "is not the published file, its checksum differs"
    elif part.name.endswith(".safetensors.part"):
        try:
            tensor_names(part)
            return digest
        except CheckpointError:
            fault = "is no safetensors file, or is cut off"
    else:
        return digest
    part.unlink()
    raise FetchError(
        f"What came from {download.url} {fault}: it was deleted; run the command again, and if that does not"
        " help the source has changed."
    )


def _git_sha1(file: Path) -> str:
    """Give git's hash of a file's content, which is the Hub's ETag of a small file."""
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
