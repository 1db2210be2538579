"""The settings files: `.env` in the data folder, and the one beside the README of a checkout."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

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

    Raises EnvFileError.
    """
    places = dict.fromkeys(os.environ, "")
    for path in files:
        places |= dict.fromkeys(_read(path), f" in {path}")
    for name, place in sorted(places.items()):
        asked = name.upper().removeprefix(PREFIX)
        if asked != name.upper() and asked not in known:
            (near,) = get_close_matches(asked, known, n=1, cutoff=0)
            yield f"{name}{place} is no setting and changes nothing: perhaps {PREFIX}{near} is meant?"


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
    """Say whether the file is there. Raises EnvFileError if it is, and is no text in UTF-8."""
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
    return True
