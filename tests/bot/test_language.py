"""The languages: that nothing is missing in any of them, and how sentences are said."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.language import ENGLISH, FOLDER, LANGUAGES, Entry, Language, language_called
from bot.translator import option_name
from moderation.told import Told
from tests.source import tree_of

HOUSE = Path(__file__).parents[2]
ROOMS = ("bot", "tasks", "storage", "moderation", "gpuworker")
OTHERS = sorted(
    {language.code: language for language in LANGUAGES.values()}.values(), key=lambda each: each.code
)
GERMAN, FRENCH = language_called("de"), language_called("fr")


@cache
def templates() -> frozenset[str]:
    """Every sentence in the code: what `Told` and `say` are called with."""
    calls = (
        call
        for room in ROOMS
        for file in (HOUSE / room).rglob("*.py")
        for call in ast.walk(tree_of(file))
        if isinstance(call, ast.Call) and _tells(call)
    )
    firsts = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)]
    return frozenset(map(str, firsts))


def _tells(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    return name in ("Told", "say") and bool(call.args)


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def translations(entry: Entry) -> Iterator[tuple[str, set[str]]]:
    """Each translation in an entry, and the fields that it is chosen by."""
    if isinstance(entry, str):
        yield entry, set()
        return
    ((name, cases),) = entry.items()
    for case in cases.values():
        yield from ((text, chosen | {name}) for text, chosen in translations(case))


@pytest.fixture(params=OTHERS, ids=lambda each: each.code)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def test_a_sentence_stands_in_one_file(language: Language) -> None:
    files = (FOLDER / language.code).glob("*.toml")
    counts = [len(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
    assert sum(counts) == len(language.sentences)


def test_there_are_sentences_to_look_for() -> None:
    assert len(templates()) > 250
    assert {"Cancel", "Next in the queue", "I see no face in this picture."} <= templates()


def test_every_sentence_is_there_and_none_too_many(language: Language) -> None:
    assert templates() - set(language.sentences) == set()
    assert set(language.sentences) - templates() == set()


def test_a_translation_tells_the_same(language: Language) -> None:
    for template, entry in language.sentences.items():
        told: set[str] = set()
        for text, chosen_by in translations(entry):
            assert fields_of(text) | chosen_by <= fields_of(template), template
            told |= fields_of(text) | chosen_by
            if not chosen_by:
                assert fields_of(text) == fields_of(template), template
        assert told == fields_of(template), template


def test_a_choice_has_a_case_for_everything_else(language: Language) -> None:
    for template, entry in language.sentences.items():
        while not isinstance(entry, str):
            ((_, cases),) = entry.items()
            assert "other" in cases, template
            entry = cases["other"]


def test_numbers_and_code_are_the_same(language: Language) -> None:
    """What is typed as it stands stays: numbers, `darkroom doctor`, <lora:name:0.8>."""
    for template, entry in language.sentences.items():
        for text, _ in translations(entry):
            numbers = [re.findall(r"\d+", re.sub(r"\{[^{}]*\}", "", each)) for each in (template, text)]
            assert sorted(numbers[0]) == sorted(numbers[1]), template
            assert [text.count(each) for each in "<>`"] == [template.count(each) for each in "<>`"], template


def test_options_are_called_as_the_member_sees_them(language: Language) -> None:
    for name in ("seed", "freeze", "best_of", "count", "image"):
        shown = option_name(language, "imagine", name)
        for template, entry in language.sentences.items():
            if f"`{name}" in template:
                assert f"`{shown}" in str(entry), template


def test_each_language_has_its_own_singular() -> None:
    none = Told("{steps} {steps:step|steps}, {sampler}", steps=0, sampler="Euler")
    assert none == "0 steps, Euler"
    assert FRENCH.of(none) == "0 étape, Euler"
    assert GERMAN.of(none.but(steps=1)) == "1 Schritt, Euler"


def test_a_sentence_is_said_with_its_parts() -> None:
    time = Told("{seconds:.1f} s", seconds=0.8)
    place = Told("{place:ordinal} in the queue", place=3)
    said = Told("{place}, about {time}.", place=place, time=time)
    assert said == "3rd in the queue, about 0.8 s."
    assert GERMAN.of(said) == "3. in der Warteschlange, etwa 0,8 s."
    assert FRENCH.of(said) == "3e dans la file, environ 0,8 s."
    assert language_called("es").of(said) == "3.º de la cola, unos 0,8 s."
    assert language_called("ja").of(said) == "順番待ちの3番目、約 0.8 秒。"


def test_the_form_follows_a_field() -> None:
    assert GERMAN.say(
        "The {what} is transparent all over: send one that shows something.", what="mask"
    ).startswith("Die Maske")
    assert GERMAN.say(
        "The {what} is transparent all over: send one that shows something.", what="picture"
    ).startswith("Das Bild")


@pytest.mark.parametrize(
    ("language", "numbers"), [(ENGLISH, ("many", "one", "many")), (FRENCH, ("one", "one", "many"))]
)
def test_plurals(language: Language, numbers: tuple[str, ...]) -> None:
    spoken = Language("xx", language.numbers, {"{n} cats": {"n": {"one": "one", "other": "many"}}})
    assert tuple(spoken.say("{n} cats", n=number) for number in (0, 1, 2)) == numbers


def test_members_words_are_never_translated() -> None:
    assert GERMAN.say("without: {words}", words="Cancel") == "ohne: Cancel"


def test_what_is_not_known_stays_english() -> None:
    told = Told.remembered("As it came.", "{x:>999999999}", {"x": 1})
    assert GERMAN.of(told) == "As it came."
    assert GERMAN.of("Nobody ever said this.") == "Nobody ever said this."
    other_fields = Told.remembered("Seed 3.", "seed {seed}", {"number": 3})
    assert GERMAN.of(other_fields) == "Seed 3."
    assert GERMAN.of(Told.remembered("x", "{seconds:.1f} s", {"seconds": "words"})) == "x"


def test_a_sentence_without_fields_is_known_by_its_english() -> None:
    assert GERMAN.of("I see no face in this picture.") == "Ich sehe auf diesem Bild kein Gesicht."


def test_languages_by_code() -> None:
    assert language_called("fr") is FRENCH
    assert language_called(None) is language_called("xx") is ENGLISH


def test_names_are_listed() -> None:
    assert ENGLISH.listed(["a", "b", "c"]) == "a and b and c"
    assert (
        GERMAN.listed([Told("Attach Files"), Told("Send Messages")])
        == "„Dateien anhängen“ und „Nachrichten senden“"
    )


PHRASE = re.compile(r"[A-Za-z]{2,}[,.:;]? [A-Za-z]{2,}")
SHOWN = {"label", "placeholder", "title", "content", "description", "text"}
READ_BY_OPERATORS = {"doctor.py", "blob_links.py"}
"""What the doctor says, and what a bot answers to workers, whose logs repeat it."""
FOR_OPERATORS = {
    "log",
    "Check",
    "LoopEnded",
    "SettingsError",
    "describe",
    "choices",
    "Choice",
    "context_menu",
    "Group",
}
"""What operators read, and what Discord is told of commands, whose texts are in `languages/`."""


def unsaid(node: ast.AST) -> Iterator[str]:
    """English phrases that are neither told, nor logged, nor documentation."""
    if isinstance(node, ast.Assert) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return
    if isinstance(node, ast.Constant):
        yield from (node.value,) if isinstance(node.value, str) and PHRASE.search(node.value) else ()
    inside: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.Call):
        names = {getattr(part, "id", getattr(part, "attr", None)) for part in ast.walk(node.func)}
        if names & FOR_OPERATORS:
            return
        inside = node.keywords if _tells(node) else inside
    if isinstance(node, ast.keyword) and node.arg in SHOWN and isinstance(node.value, ast.Constant):
        yield from (node.value.value,) if isinstance(node.value.value, str) else ()
    for child in inside:
        yield from unsaid(child)


def test_phrases_that_nobody_translates_are_found() -> None:
    code = (
        'say("So it is."); Refusal("Not so."); log.info("So so"); f(label="So"); Told("A b {c}", c="No way")'
    )
    assert list(unsaid(ast.parse(code))) == ["Not so.", "So", "No way"]


def test_the_bot_says_nothing_that_cannot_be_said_in_other_languages() -> None:
    found = {
        str(file.relative_to(HOUSE)): phrases
        for file in (HOUSE / "bot").rglob("*.py")
        if file.name not in READ_BY_OPERATORS and (phrases := list(unsaid(tree_of(file))))
    }
    assert found == {}
