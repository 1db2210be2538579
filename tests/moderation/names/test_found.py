"""What a name that was found says of the text."""

from __future__ import annotations

from moderation.names.found import Found
from moderation.names.listing import shipped
from moderation.reading import Reading


def test_it_says_what_was_written_and_what_is_around_it() -> None:
    (name, *_) = shipped()
    found = Found(name, Reading("a photo of Somebody Known, at sea"), 11, 25)
    assert (found.span, found.quote, found.around) == ((11, 25), "Somebody Known", "a photo of  , at sea")
