"""The settings files: `.env` in the data folder, and the one beside the README of a checkout."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

PREFIX = "DARKROOM_"
_HOME = f"{PREFIX}HOME"
DEFAULT_HOME = Path("~/.darkroom")
_HOUSE = Path(__file__).resolve().parents[1]


class EnvFileError(ValueError):
    """A settings file cannot be read; the message is a sentence that says which, and what to do."""


def env_files(home: Path | None = None) -> tuple[Path, ...]:
    """Name the files that are there; where they differ, the last one counts. Raises EnvFileError.

    Without `home`, the data folder is the one that the environment names, or else the README's file. The
    folder in which one happens to stand has no say: it may be anybody's.
    """
    beside_readme = [_HOUSE / ".env"] if (_HOUSE / "pyproject.toml").exists() else []
    first = [path for path in beside_readme if _readable(path)]
    if home is None:
        named = os.environ.get(_HOME) or next(
            (found for path in first if (found := _read(path).get(_HOME))), None
        )
        home = Path(named or DEFAULT_HOME)
    last = home.expanduser() / ".env"
    return (*first, last) if _readable(last) and last not in first else tuple(first)


def unknown_variables(known: Collection[str], files: Collection[Path]) -> Iterator[str]:
    """Say of each variable with our prefix, but none of the `known` names after it, which may be meant.

    In the `files` that are ours, the prefix may be misspelt or missing, too. Raises EnvFileError.
    """
    places = dict.fromkeys(os.environ, "")
    for path in files:
        places |= dict.fromkeys(_read(path), f" in {path}")
    for name, place in sorted(places.items()):
        if (meant := _meant(name.upper(), known, in_ours=bool(place))) is not None:
            yield f"{name}{place} is no setting and changes nothing: perhaps {meant} is meant?"


def _meant(name: str, known: Collection[str], in_ours: bool) -> str | None:
    """Give the setting that may be meant by a variable that is none; None if it is one, or is not ours."""
    asked = name.removeprefix(PREFIX)
    if asked != name:
        if asked in known:
            return None
        (near,) = get_close_matches(asked, known, n=1, cutoff=0)
        return f"{PREFIX}{near}"
    if not in_ours:
        return None
    if name in known:
        return f"{PREFIX}{name}"
    found = get_close_matches(name, [f"{PREFIX}{each}" for each in known], n=1, cutoff=_ALIKE)
    return found[0] if found else None


_ALIKE = 0.85
"""Likeness from which another name in our files is a slip of the pen: AWS_REGION is 0.4 like any of ours."""


def unread_file() -> Path | None:
    """Give the `.env` of the current folder, if it sets something of ours and is not read."""
    here = Path.cwd() / ".env"
    try:
        if here in env_files() or not here.is_file():
            return None
        return here if any(name.upper().startswith(PREFIX) for name in _read(here)) else None
    except EnvFileError:
        return here


def _read(path: Path) -> dict[str, str | None]:
    _readable(path)
    return dotenv_values(path, encoding=ENCODING)


ENCODING = "utf-8-sig"
"""UTF-8, with or without the mark that editors on Windows put before it."""


def _readable(path: Path) -> bool:
    """Say whether the file is there. Raises EnvFileError if it is, and is no list of settings in UTF-8."""
    try:
        text = path.read_bytes().decode(ENCODING)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise EnvFileError(
            f"{path} cannot be read ({error.strerror}): see to it that it is a file of yours."
        ) from error
    except UnicodeDecodeError as error:
        looks = "UTF-16" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding, as Latin-1"
        raise EnvFileError(f"{path} is not UTF-8 text but {looks}: save it as UTF-8.") from error
    if "\0" in text:
        raise EnvFileError(f"{path} is not UTF-8 text but UTF-16, or no text at all: save it as UTF-8.")
    _refuse_no_settings(path, text)
    return True


def _refuse_no_settings(path: Path, text: str) -> None:
    """Raise EnvFileError for the first line that sets nothing, which python-dotenv would pass over.

    What stands there is not repeated, as it may be a secret.
    """
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            written = binding.original.string
            before = written[: len(written) - len(written.lstrip())]
            line = binding.original.line + len(before.splitlines())
            raise EnvFileError(f"{path}, line {line}: write {PREFIX}NAME=value, and close every quote.")
