"""How long a prompt takes to be judged: `python -m tests.benchmarks.prompts [SECONDS]` prints JSON.

Prompts of 1,000 characters with weights, each another one, are judged in a process that has judged some
before. Their words are made up, and there are 3,000 of them. Then the same with a list of names ten times as
long as the shipped one, the others of which are made up of the same syllables as the prompts. Times are of
the processor, which on an idle machine are those of the clock.
"""

from __future__ import annotations

import json
import random
import sys
import time
from statistics import median, quantiles

import pytest

from moderation.judge import judge_prompt
from moderation.names.listing import Name, shipped
from moderation.names.register import Register
from moderation.policy import SFW
from moderation.rules import names

LENGTH = 1000
_SYLLABLES = [consonant + vowel for consonant in "bdfghlmnprst" for vowel in "aeio"]


def vocabulary(size: int, seed: int = 0) -> list[str]:
    """Make up words that mean nothing."""
    chance = random.Random(seed)
    return [
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) + "sn"[chance.randint(0, 1)]
        for _ in range(size)
    ]


def prompts(count: int, words: list[str], seed: int = 1) -> list[str]:
    """Write prompts of 1,000 characters: phrases, commas, a weight now and then."""
    chance = random.Random(seed)
    written = []
    for _ in range(count):
        prompt = ""
        while len(prompt) < LENGTH:
            phrase = " ".join(chance.choices(words, k=chance.randint(1, 4)))
            prompt += chance.choice(["{}, ", "{} ", "{} ", "({}:1.2), "]).format(phrase)
        written.append(prompt[:LENGTH].rstrip("(").strip() or "a")
    return written


def measure(seconds: float = 10.0) -> dict[str, float]:
    """Judge prompts one after the other and give the milliseconds of each, in quantiles."""
    asked = prompts(4000, vocabulary(3000))
    report: dict[str, float] = {"characters": LENGTH, **_timed(asked, seconds / 2)}
    longer = Register((*shipped(), *_made_up(9 * len(shipped()))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names, "_shipped", lambda: longer)
        judge_prompt(asked[0], "", SFW)
        many = _timed(asked, seconds / 2)
    report |= {f"ten_times_the_names_{name}": value for name, value in many.items()}
    report["ratio_of_medians"] = round(many["median_ms"] / report["median_ms"], 2)
    return report


def _made_up(count: int) -> list[Name]:
    """Make up so many names of two words, of the syllables that the prompts are made of."""
    chance = random.Random(2)
    words = vocabulary(count, seed=2)
    return [Name(name, (name,)) for name in (" ".join(chance.sample(words, 2)) for _ in range(count))]


def _timed(asked: list[str], seconds: float) -> dict[str, float]:
    for prompt in asked[:400]:
        judge_prompt(prompt, "", SFW)
    taken: list[float] = []
    until = time.perf_counter() + seconds
    for prompt in asked[400:]:
        started = time.process_time()
        judge_prompt(prompt, "", SFW)
        taken.append((time.process_time() - started) * 1e3)
        if time.perf_counter() > until:
            break
    return {
        "prompts": len(taken),
        "median_ms": round(median(taken), 3),
        "p99_ms": round(quantiles(taken, n=100)[98], 3),
    }


if __name__ == "__main__":
    print(json.dumps(measure(*map(float, sys.argv[1:]))))
