from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.blob_links import LINK_SECONDS, BlobLinks, WrongLink
from storage.signing import UNSIGNED, Signer

KEY = b"a key of ours that nobody knows"
NOW = 1_800_000_000.0
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "DELETE"])
NAMES = st.text(max_size=80)


def links(key: bytes = KEY, off: float = 0.0) -> BlobLinks:
    """Of somebody with this key, whose clock is off by so many seconds."""
    return BlobLinks(Signer(key), lambda: NOW + off)


@given(METHODS, NAMES)
def test_whoever_has_the_key_makes_links_and_checks_them(method: str, name: str) -> None:
    links().check(method, name, links().signed(method, name))


@given(METHODS, NAMES, METHODS, NAMES)
def test_a_link_is_good_for_one_method_and_one_name(method: str, name: str, other: str, another: str) -> None:
    assume((method, name) != (other, another))
    with pytest.raises(WrongLink, match="another key"):
        links().check(other, another, links().signed(method, name))


@given(st.sampled_from(["expires", "signature"]), st.integers(min_value=0), st.characters())
def test_a_link_that_was_altered_anywhere_is_refused(part: str, place: int, letter: str) -> None:
    link = links().signed("GET", "a name")
    said = link[part]
    place %= len(said) + 1
    altered = {**link, part: said[:place] + letter + said[place + 1 :]}
    assume(altered != link)
    with pytest.raises(WrongLink):
        links().check("GET", "a name", altered)


@given(st.dictionaries(st.sampled_from(["expires", "signature", "other"]), st.text(max_size=70)))
def test_what_somebody_makes_up_is_no_link(query: dict[str, str]) -> None:
    with pytest.raises(WrongLink):
        links().check("GET", "a name", query)


def test_a_link_of_another_key_or_of_none_is_refused_with_what_to_do() -> None:
    with pytest.raises(WrongLink, match="another key: set DARKROOM_QUEUE_KEY"):
        links().check("GET", "a name", links(b"another key").signed("GET", "a name"))
    with pytest.raises(WrongLink, match="not signed"):
        links().check("GET", "a name", {})
    with pytest.raises(WrongLink, match="set DARKROOM_QUEUE_KEY"):
        BlobLinks(UNSIGNED)


def test_the_key_of_links_is_no_key_of_anything_else() -> None:
    signer = Signer(KEY)
    assert len({KEY, signer.key_for("blob links"), signer.key_for("something else")}) == 3


@pytest.mark.parametrize("off", [0.0, LINK_SECONDS - 1.0, 1.0 - LINK_SECONDS])
def test_clocks_may_be_some_minutes_apart(off: float) -> None:
    links().check("GET", "a name", links(off=off).signed("GET", "a name"))


@pytest.mark.parametrize(
    ("off", "said"), [(-3600.0, "60 minutes old: set the clocks"), (900.0, "15 minutes ahead of its time")]
)
def test_an_old_link_or_a_clock_that_is_far_off_is_told(off: float, said: str) -> None:
    with pytest.raises(WrongLink, match=said):
        links().check("GET", "a name", links(off=off).signed("GET", "a name"))
