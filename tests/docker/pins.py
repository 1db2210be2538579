"""The packages that Darkroom needs, with those that they need, at the versions on which the tests ran here.

`make pins` writes them into docker/constraints.txt, by which images are built: once all tests pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import requires, version

from packaging.requirements import Requirement


def called(name: str) -> str:
    """A package's name as indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(name: str, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """What a package asks for on a machine such as this one."""
    for line in requires(name) or ():
        asked = Requirement(line)
        if asked.marker is None or any(asked.marker.evaluate({"extra": each}) for each in ("", *extras)):
            yield asked


def pins() -> dict[str, str]:
    """The version of each package by its name, however far down it is needed."""
    found: dict[str, str] = {}
    open_ = list(needed("darkroom"))
    while open_:
        asked = open_.pop()
        if (name := called(asked.name)) not in found:
            found[name] = version(asked.name)
            open_ += needed(asked.name, asked.extras)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    print("# What images are built with: `make pins` writes it anew.")
    for name, its_version in pins().items():
        print(f"{name}=={its_version}")
