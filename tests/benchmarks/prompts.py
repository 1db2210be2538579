"""How long a prompt takes to be judged: `python -m tests.benchmarks.prompts [SECONDS]` prints JSON.

Prompts of 1,000 characters with weights, each another one, are judged in a process that has judged some
before. Their words are made up, and there are 3,000 of them.
"""

from __future__ import annotations

import json
import random
import sys
import time
from statistics import median, quantiles

from moderation.judge import judge_prompt
from moderation.policy import SFW

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
    for prompt in asked[:50]:
        judge_prompt(prompt, "", SFW)
    taken: list[float] = []
    until = time.perf_counter() + seconds
    for prompt in asked[50:]:
        started = time.perf_counter()
        judge_prompt(prompt, "", SFW)
        taken.append((time.perf_counter() - started) * 1e3)
        if time.perf_counter() > until:
            break
    return {
        "prompts": len(taken),
        "characters": LENGTH,
        "median_ms": round(median(taken), 3),
        "p99_ms": round(quantiles(taken, n=100)[98], 3),
    }


if __name__ == "__main__":
    print(json.dumps(measure(*map(float, sys.argv[1:]))))
