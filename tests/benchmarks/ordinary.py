"""How many ordinary prompts are refused for a name: `python -m tests.benchmarks.ordinary [FILE]` prints JSON.

Prompts of a grammar, in which people have first names or last names, the hand-written near misses beside this
file, and, where it is given, a file with one prompt a line.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from moderation.judge import judge_prompt
from moderation.policy import Listed, Policy

PROMPTS = 5000
_NEAR_MISSES = Path(__file__).with_name("near_misses.txt")
_FIRST = [
    "anna",
    "ben",
    "carla",
    "david",
    "emma",
    "frank",
    "george",
    "hannah",
    "ian",
    "julia",
    "kevin",
    "laura",
    "mark",
    "nina",
    "oliver",
    "paul",
    "rosa",
    "sam",
    "tina",
    "victor",
    "will",
    "chris",
    "taylor",
    "jordan",
    "harry",
    "tom",
    "michael",
    "jennifer",
    "angelina",
    "brad",
    "leo",
    "scarlett",
    "robert",
    "daniel",
    "kate",
    "megan",
    "ryan",
    "natalie",
    "johnny",
    "diego",
    "ariana",
    "justin",
    "selena",
    "miley",
    "katy",
    "donald",
    "joe",
    "barack",
    "angela",
    "vladimir",
    "elon",
    "bill",
    "steve",
    "olga",
    "kim",
    "kylie",
]
_LAST = [
    "miller",
    "baker",
    "cook",
    "weber",
    "novak",
    "silva",
    "rossi",
    "jensen",
    "kowalski",
    "papadopoulos",
    "okafor",
    "haddad",
    "cohen",
    "nguyen",
    "tanaka",
    "park",
    "wang",
    "swift",
    "pine",
    "smith",
    "stone",
    "woods",
    "hanks",
    "depp",
    "pitt",
    "watson",
    "cruise",
    "grande",
    "gomez",
    "perry",
    "jolie",
    "johansson",
    "jordan",
    "james",
    "king",
]
_WHO = (
    "{first}",
    "my friend {first}",
    "a {age} {person}",
    "mr. {last}",
    "the {last} family",
    "a {person} called {first}",
)
_PERSON = [
    "woman",
    "man",
    "nurse",
    "farmer",
    "teacher",
    "pilot",
    "sailor",
    "dancer",
    "clown",
    "knight",
    "wizard",
    "queen",
    "prince",
    "fisherman",
    "chef",
]
_AGE = ["young", "old", "tall", "smiling", "tired", "elegant", "bearded"]
_THING = [
    "wooden boat",
    "stone bridge",
    "tiger",
    "fox",
    "swift",
    "red rose",
    "rock",
    "pine table",
    "iron gate",
    "ice cube",
    "paper crane",
    "steam engine",
    "black cat",
    "tea pot",
    "lighthouse",
    "castle",
    "mountain lake",
    "robot",
    "violin",
    "bicycle",
    "apple pie",
    "spaceship",
    "owl",
    "garden gnome",
    "panther",
]
_PLACE = [
    "on the beach",
    "in paris",
    "in the snow",
    "by the jordan river",
    "in a forest",
    "on mars",
    "under the sea",
    "in a city at night",
    "in the white house",
    "in georgia",
    "at the sydney opera",
    "in austin",
    "on a stage",
    "in a kitchen",
    "in a field of lavender",
]
_STYLE = [
    "oil painting",
    "watercolor",
    "photo",
    "35mm film",
    "in the style of impressionism",
    "pencil sketch",
    "digital art",
    "4k",
    "highly detailed",
    "cinematic light",
    "art nouveau",
    "ukiyo-e",
    "pixel art",
    "low poly",
    "concept art",
    "bokeh",
    "masterpiece",
]
_DOES = [
    "reading",
    "riding a horse",
    "eating soup",
    "holding a lantern",
    "dancing",
    "looking at the sea",
    "playing chess",
    "asleep",
]


def prompts(count: int = PROMPTS, seed: int = 0) -> list[str]:
    """Write prompts of the grammar, the same ones for the same seed."""
    chance = random.Random(seed)
    return [_prompt(chance) for _ in range(count)]


def _prompt(chance: random.Random) -> str:
    who = chance.choice(_WHO).format(
        first=chance.choice(_FIRST),
        last=chance.choice(_LAST),
        person=chance.choice(_PERSON),
        age=chance.choice(_AGE),
    )
    parts = [
        f"{who} {chance.choice(_DOES)}",
        f"a {chance.choice(_THING)} and a {chance.choice(_THING)}",
        f"{who} with a {chance.choice(_THING)}",
        f"a portrait of {who}",
    ]
    styles = ", ".join(chance.sample(_STYLE, chance.randint(0, 3)))
    prompt = f"{chance.choice(parts)} {chance.choice(_PLACE)}" + (f", {styles}" if styles else "")
    return f"({prompt}:1.1)" if chance.random() < 0.1 else prompt


def near_misses() -> list[str]:
    """Read the prompts that nearly say a name."""
    return _NEAR_MISSES.read_text(encoding="utf-8").splitlines()


def refused(asked: list[str]) -> list[str]:
    """Give those that are refused."""
    policy = Policy(names=Listed.BLOCK, artists=Listed.BLOCK)
    return [prompt for prompt in asked if judge_prompt(prompt, "", policy).blocked]


def measure(file: str | None = None) -> dict[str, object]:
    """Judge all prompts and give the shares that are refused."""
    sets = {"grammar": prompts(), "near misses": near_misses()}
    if file:
        sets["file"] = [line for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]
    figures: dict[str, object] = {}
    for name, asked in sets.items():
        found = refused(asked)
        figures[name] = {
            "prompts": len(asked),
            "refused": len(found),
            "share": round(len(found) / len(asked), 5),
        }
        figures[f"{name}, some"] = found[:10]
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
