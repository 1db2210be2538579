"""The order in which tests run: what is slow begins early, and not all of it in one of the processes."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence


def slow_first(files: Sequence[Hashable], slow: Collection[Hashable], processes: int) -> list[int]:
    """Order tests, of each of which the file is told, so that each process begins with some slow files.

    pytest-xdist's `worksteal` gives each process as many tests, one block after the other, and whoever is
    done takes the last half of somebody's block. With all slow files first, one process would have them to
    itself, and nobody would take them: a run would last as long as they do. Gives places in `files`.
    """
    hands: list[list[int]] = [[] for _ in range(processes)]
    whose: dict[Hashable, list[int]] = {}
    others: list[int] = []
    for place, file in enumerate(files):
        if file in slow:
            whose.setdefault(file, hands[len(whose) % processes]).append(place)
        else:
            others.append(place)
    ordered: list[int] = []
    for number, hand in enumerate(hands):
        block = (len(files) - len(ordered)) // (processes - number)
        filled = max(0, block - len(hand))
        ordered += hand + others[:filled]
        others = others[filled:]
    return ordered + others
