"""What an operator is told who typed a command in a way that cannot be read."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import darkroom


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["paint"], "There is no command paint: did you mean outpaint or explain?"),
        (["zzz"], "There is no command zzz: choose one of up, bot, worker, imagine,"),
        (["imagine"], "Say what should be in the picture, in quotes, or make one again: --like FILE."),
        (
            ["imagine", "a", "red", "boat"],
            "I do not know what to do with red boat: a prompt of several words",
        ),
        (["imagine", "x", "--sead", "5"], "There is no option --sead: did you mean --seed"),
        (
            ["imagine", "x", "--ptompt", "y"],
            "no option --ptompt: PROMPT stands by itself, in quotes if it has",
        ),
        (["imagine", "x", "-z"], "There is no option -z; see darkroom imagine --help."),
        (["imagine", "x", "--palette"], "There is no option --palette; see darkroom imagine --help."),
        (["--jason", "imagine", "x"], "There is no option --jason before a command: its own options stand"),
        (["version"], "There is no command version: did you mean --version?"),
        (["help"], "There is no command help: did you mean --help?"),
        (["imagine", "x", "--ar", "16:9"], "There is no option --ar: here it is --size 16:9; see darkroom"),
        (["imagine", "x", "--no", "trees"], "There is no option --no: here it is --negative"),
        (["imagine", "x", "--steps", "0"], "--steps takes a whole number from 1 to 150, not 0; see darkroom"),
        (["imagine", "x", "--steps", "many"], "--steps takes a whole number from 1 to 150, not many"),
        (["imagine", "x", "--guidance", "99"], "--guidance takes a number from 1 to 30, not 99"),
        (["imagine", "x", "--count", "9"], "--count takes a whole number from 1 to 4, not 9"),
        (["imagine", "x", "--count", "0"], "--count takes a whole number from 1 to 4, not 0"),
        (["imagine", "x", "--best-of", "17"], "--best-of takes a whole number from 1 to 16, not 17"),
        (["imagine", "x", "--count", "3", "--best-of", "2"], "say --best-of 3 or more, or a smaller --count"),
        (["imagine", "x", "--seed"], "--seed needs a value behind it."),
        (["imagine", "x", "--json=5"], "--json stands alone, without a value."),
        (
            ["imagine", "x", "--size", "banana"],
            "'banana' is no size: choose square, portrait, landscape, wide",
        ),
        (["imagine", "x", "--size", "1000x700"], "such as 1000x704"),
        (["imagine", "x", "--seed", "-2"], "a whole number from 0 to 4294967295, or -1 to draw one"),
        (["imagine", "x", "--checkpoint", ""], "--checkpoint takes the name of a checkpoint"),
        (["edit", "a.png"], "darkroom edit needs --to (what it shall show"),
        (["edit"], "darkroom edit needs FILE (the picture); see darkroom edit --help."),
        (["outpaint", "a.png", "--up", "-5"], "--up takes a whole number of at least 0, not -5"),
        (["outpaint", "a.png", "--zoom", "twice"], "--zoom takes a number, not twice"),
        (["upscale", "a.png", "--factor", "3"], "A factor of 3 is not possible: choose 2 or 4"),
        (["explain", "x", "--steps", "999"], "--steps takes a whole number from 1 to 150, not 999"),
        (
            ["models", "list"],
            "There is no command list: choose one of add-ons, fetch, check; see darkroom models --help.",
        ),
        (["models", "fetch"], "darkroom models fetch needs NAMES"),
        (["worker", "--seats", "0"], "--seats takes a whole number of at least 1, not 0"),
        (["inspect"], "darkroom inspect needs FILE..."),
    ],
)
def test_wrong_usage_is_one_sentence(run: CliRunner, arguments: list[str], said: str) -> None:
    done = run.invoke(darkroom.app, arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert said in line
    assert "Usage" not in line
    assert "Tuple" not in line
    assert line[-1] in ".?"


def test_whoever_asks_for_nothing_is_shown_what_there_is(run: CliRunner) -> None:
    done = run.invoke(darkroom.app, [])
    assert done.exit_code == 2
    assert "imagine" in done.output
    assert "Something went wrong" not in done.output


@pytest.mark.parametrize("arguments", [["-h"], ["imagine", "-h"], ["models", "fetch", "-h"]])
def test_help_is_asked_for_in_short_too(run: CliRunner, arguments: list[str]) -> None:
    done = run.invoke(darkroom.app, arguments)
    assert done.exit_code == 0
    assert "Usage: darkroom" in done.stdout
