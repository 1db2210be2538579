"""Which limbs a figure has, how it holds them, and what is wrong with them on purpose."""

from dataclasses import dataclass, replace
from random import Random

from pocket.world.canvas import Point
from pocket.world.scene import Figure

_HIP = (0.05, 0.555)
_SHOULDER_Y = 0.315
_PORTRAIT_RAISED = (24.0, 172.0)
"""A hand beside the face, within the picture."""

Angles = tuple[float, float]


@dataclass(frozen=True)
class Limb:
    """An arm or a leg.

    `side` is -1 on the left of the picture and 1 on the right; `root` is where it starts, in shares of the
    figure's height; `upper` and `lower` are the angles of its two bones, in degrees outwards from straight
    down, so that 180 is up. Limbs too many are not `principal`; of a `missing` one there is a stump.
    """

    kind: str
    side: int
    root: Point
    upper: float
    lower: float
    principal: bool = True
    missing: bool = False
    fingers: int = 4
    extra_hand: bool = False


def _held(pose: str, portrait: bool, rng: Random) -> list[Angles]:
    """Give the angles of the left and the right arm."""
    down = [(rng.uniform(24, 38), rng.uniform(10, 24)) for _ in range(2)]
    raised = [(rng.uniform(128, 146), rng.uniform(160, 176)) for _ in range(2)]
    wave = rng.uniform(88, 115), rng.uniform(158, 175)
    swing = [(rng.uniform(36, 44), rng.uniform(42, 58)), (rng.uniform(30, 38), rng.uniform(4, 14))]
    first = rng.randrange(2)
    if portrait:
        wave, raised, swing = _PORTRAIT_RAISED, [_PORTRAIT_RAISED] * 2, down
    if pose == "waving":
        down[first] = wave
    return {"arms up": raised, "walking": [swing[first], swing[1 - first]]}.get(pose, down)


def _arms(figure: Figure, shoulder: float, portrait: bool, rng: Random) -> list[Limb]:
    sides = (-1, 1)
    arms = [
        Limb("arm", side, (side * shoulder, _SHOULDER_Y), *angles)
        for side, angles in zip(sides, _held(figure.pose, portrait, rng), strict=True)
    ]
    if figure.character == "deity":
        high, low = (rng.uniform(105, 118), rng.uniform(140, 155)), (rng.uniform(62, 72), rng.uniform(72, 86))
        raised = figure.pose in ("waving", "arms up")
        y = _SHOULDER_Y + (0.045 if raised else -0.005)
        second = low if raised else high
        arms += [Limb("arm", side, (side * shoulder, y), *second, principal=False) for side in sides]
    return arms


def _legs(figure: Figure, rng: Random) -> list[Limb]:
    straight = [(rng.uniform(6, 11), rng.uniform(0, 5)) for _ in range(2)]
    stride = [(rng.uniform(24, 30), rng.uniform(8, 14)), (rng.uniform(12, 18), rng.uniform(24, 34))]
    rng.shuffle(stride)
    angles = stride if figure.pose == "walking" else straight
    x, y = _HIP
    return [Limb("leg", side, (side * x, y), *angles[i]) for i, side in enumerate((-1, 1))]


def limbs(figure: Figure, shoulder: float, portrait: bool, rng: Random) -> list[Limb]:
    """All limbs, from the back to the front; `shoulder` is how far out the arms start."""
    arms, legs = _arms(figure, shoulder, portrait, rng), _legs(figure, rng)
    chosen = rng.randrange(2)
    side = arms[chosen].side
    match figure.goof:
        case "third arm":
            # Where it is farthest from the arms that belong there.
            others = [arm.upper for arm in arms if arm.side == side]
            upper = max((28, 78, 132), key=lambda angle: min(abs(angle - other) for other in others))
            third = Limb("arm", side, (side * shoulder * 0.9, 0.35), upper, upper + 12, principal=False)
            arms.insert(0, third)
        case "third leg":
            legs = [replace(leg, upper=leg.upper + 15, lower=leg.lower + 6) for leg in legs]
            legs.insert(0, Limb("leg", side, (0.0, _HIP[1]), 2, 0, principal=False))
        case "missing arm":
            arms[chosen] = replace(arms[chosen], missing=True)
        case "missing leg":
            legs[chosen] = replace(legs[chosen], missing=True)
        case "extra hand":
            arms[chosen] = replace(arms[chosen], extra_hand=True)
        case "six fingers":
            raised = max(range(2), key=lambda i: arms[i].lower)
            arms[raised] = replace(arms[raised], fingers=5)
    return legs + arms
