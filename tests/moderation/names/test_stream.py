from __future__ import annotations

from moderation.names.stream import Stream, aloud, letters_of, read_together
from moderation.reading import Reading


def whole(text: str, letters: str) -> list[tuple[int, int]]:
    """Give the words that consonants in a text are of."""
    stream, size = Stream(Reading(text).tokens), len(letters)
    ends = [end - 1 for end in range(len(stream.sounds)) if stream.sounds[:end].endswith(letters)]
    return [(first, last) for first, last, _ in stream.whole((end, size - 1) for end in ends)]


def test_the_consonants_of_words_are_one_stream() -> None:
    stream = Stream(Reading("id riss elba, now").tokens)
    assert stream.sounds.startswith("DRSLBN")
    assert stream.classes.startswith("TRSLPN")


def test_only_whole_words_are_given() -> None:
    assert whole("see id riss elba now", "DRSLB") == [(1, 3)]
    assert whole("see a kid riss elba now", "DRSLB") == []
    assert whole("see id riss elbatt now", "DRSLB") == []


def test_a_consonant_that_ends_a_word_and_begins_the_next_is_one() -> None:
    assert whole("see idris selba now", "DRSLB") == [(1, 2)]
    assert whole("see em ma stone", "MSTN") == [(2, 3)]
    assert whole("idris elba by", "DRSLB") == [(0, 1)]


def test_words_without_consonants_are_counted() -> None:
    assert whole("oh a key oh bay", "KB") == [(2, 4)]


def test_words_of_other_scripts_stand_between() -> None:
    assert whole("idris это elba", "DRSLB") == []


def test_words_are_read_as_if_they_were_one() -> None:
    for words in (["id", "riss", "elba"], ["ear", "a"], ["em", "ma"], ["oh", "hey"]):
        assert read_together(words).classes == "".join(
            Stream(Reading(" ".join(words)).tokens).classes.rstrip("|")
        )
    assert aloud("это") is None
    assert letters_of("sz") == "SS"
