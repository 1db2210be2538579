"""The chunks of a PNG, whole and cut short."""

from __future__ import annotations

import io

from storage.png_chunks import SIGNATURE, chunks, written
from tests.storage.recipes import PICTURE


def a_png() -> bytes:
    file = io.BytesIO()
    PICTURE.save(file, "PNG")
    return file.getvalue()


def test_what_is_read_can_be_written_again_byte_for_byte() -> None:
    data = a_png()
    found = list(chunks(data))
    assert [chunk.kind for chunk in found] == [b"IHDR", b"IDAT", b"IEND"]
    assert SIGNATURE + b"".join(written(chunk.kind, chunk.body) for chunk in found) == data
    assert all(data[chunk.at + 4 : chunk.at + 8] == chunk.kind for chunk in found)


def test_what_stands_behind_the_end_is_no_chunk() -> None:
    assert [chunk.kind for chunk in chunks(a_png() + written(b"tEXt", b"more"))][-1] == b"IEND"


def test_a_file_that_is_cut_off_ends_in_a_shorter_chunk() -> None:
    *_, last = chunks(a_png()[:-20])
    assert last.kind == b"IDAT"
    whole = next(chunk for chunk in chunks(a_png()) if chunk.kind == b"IDAT")
    assert whole.body.startswith(last.body)
    assert 0 < len(last.body) < len(whole.body)
