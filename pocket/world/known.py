"""How figures look: anybody, and the few that everybody in the pocket world knows, all of them invented."""

from dataclasses import dataclass, replace
from random import Random

from pocket.world.canvas import Colour

SKINS: tuple[Colour, ...] = (
    (250, 220, 196),
    (240, 198, 164),
    (222, 172, 130),
    (190, 134, 92),
    (146, 96, 64),
    (104, 68, 48),
)
HAIRS: tuple[Colour, ...] = (
    (38, 32, 34),
    (88, 56, 36),
    (142, 92, 50),
    (226, 188, 104),
    (188, 84, 40),
    (176, 174, 176),
)
MANNEQUIN: Colour = (238, 190, 170)
"""All over a bare figure."""
GOLD: Colour = (245, 200, 60)
TEAL: Colour = (96, 190, 184)
BLACK: Colour = (40, 38, 46)


@dataclass(frozen=True)
class Look:
    """What tells one figure from another, whatever it wears and does.

    `hair` is one of "none", "short", "long", "curly", "bun", "mohawk"; `beard` "none", "full", "moustache";
    `hat` "none", "top hat", "captain's hat", "crown", "bobble hat", "goggles"; `blush` is
    for red cheeks.
    """

    skin: Colour
    hair: str
    hair_colour: Colour
    dress: bool = False
    beard: str = "none"
    hat: str = "none"
    hat_colour: Colour = BLACK
    glasses: Colour | None = None
    eyepatch: bool = False
    cape: Colour | None = None
    blush: bool = True


@dataclass(frozen=True)
class Known:
    """Somebody known by name; lower case, like all captions.

    `plays` is the part that an actor is known for and `played_by` the actor of a fictional character. A
    character has the face of its actor and wears `costume`, a colour, wherever it goes.
    """

    name: str
    nicknames: tuple[str, ...]
    sex: str
    look: Look
    plays: str | None = None
    played_by: str | None = None
    costume: str | None = None


_MIRA = Look((240, 198, 164), "long", (40, 190, 190), dress=True, glasses=(40, 38, 46))
_BODO = Look((240, 198, 164), "none", (226, 110, 30), beard="full", eyepatch=True)
_OZZO = Look((222, 172, 130), "mohawk", (50, 90, 230), beard="moustache")

KNOWN: dict[str, Known] = {
    known.name: known
    for known in (
        Known("mira fandango", ("mimi fandango", "the fandango"), "woman", _MIRA, plays="queen lunella"),
        Known("bodo quastenberg", ("bodo", "old quasty"), "man", _BODO, plays="captain glumm"),
        Known("ozzo plimpkin", ("ozzo", "the plimp"), "man", _OZZO, plays="professor zappel"),
        Known(
            "tizzy zwirbel",
            ("tizzy", "miss zwirbel"),
            "woman",
            Look(
                (146, 96, 64),
                "curly",
                (250, 120, 190),
                dress=True,
                hat="bobble hat",
                hat_colour=(40, 150, 70),
            ),
        ),
        Known(
            "wumba quibbel",
            ("wumba", "the quibb"),
            "woman",
            Look((104, 68, 48), "bun", (244, 244, 240), dress=True, glasses=(225, 40, 45)),
        ),
        Known(
            "fips marlockel",
            ("fipsy", "mister marlockel"),
            "man",
            Look((130, 200, 110), "short", (250, 220, 60), hat="top hat", hat_colour=(90, 40, 120)),
        ),
        Known(
            "queen lunella",
            ("lunella", "the moon queen"),
            "woman",
            replace(_MIRA, hat="crown", hat_colour=GOLD, cape=(120, 90, 190)),
            played_by="mira fandango",
            costume="white",
        ),
        Known(
            "captain glumm",
            ("glumm", "the captain"),
            "man",
            replace(_BODO, hat="captain's hat", hat_colour=BLACK, cape=(70, 30, 40)),
            played_by="bodo quastenberg",
            costume="red",
        ),
        Known(
            "professor zappel",
            ("zappel", "the professor"),
            "man",
            replace(_OZZO, hat="goggles", hat_colour=(200, 120, 30), cape=(60, 140, 90)),
            played_by="ozzo plimpkin",
            costume="white",
        ),
    )
}
"""By name: six celebrities, then three fictional characters that some of them play."""


def look_of(character: str, rng: Random) -> Look:
    """Give the look of a known figure, or one by lots of a man, a woman or a deity."""
    # Everybody draws the same lots, so that a scene differs from another only by who stands in it.
    skin, hair_colour = rng.choice(SKINS), rng.choice(HAIRS)
    mans, womans = (
        rng.choice(("short", "short", "curly", "none")),
        rng.choice(("long", "long", "bun", "curly")),
    )
    beard = rng.choice(("none", "none", "none", "full", "moustache"))
    if character in KNOWN:
        return KNOWN[character].look
    if character == "deity":
        return Look(TEAL, womans, (38, 32, 34), dress=True, hat="crown", hat_colour=GOLD)
    if character == "woman":
        return Look(skin, womans, hair_colour, dress=True)
    return Look(skin, mans, hair_colour, beard=beard)
