from __future__ import annotations

import io
import zlib

from PIL.PngImagePlugin import PngInfo

from storage.intake.other_programs.texts import texts_of
from storage.png_chunks import written
from tests.storage.intake.other_programs.files import PLAIN, commented, exif, picture, png


def test_every_kind_of_text_chunk_is_read() -> None:
    info, file = PngInfo(), io.BytesIO()
    info.add_text("a", "café")
    info.add_text("b", "packed " * 100, zip=True)
    info.add_itxt("c", "海")
    info.add_itxt("d", "海" * 100, zip=True)
    PLAIN.save(file, "PNG", pnginfo=info)
    assert texts_of(file.getvalue()) == {"a": "café", "b": "packed " * 100, "c": "海", "d": "海" * 100}


def test_text_behind_the_pixels_and_in_utf_8_is_read() -> None:
    plain = png({})
    end = plain.index(b"IEND") - 4
    late = plain[:end] + written(b"tEXt", "parameters\0a 海".encode()) + plain[end:]
    assert texts_of(late) == {"parameters": "a 海"}


def test_text_that_is_too_long_or_broken_is_passed_over() -> None:
    plain = png({"good": "text"})
    wrong = written(b"tEXt", b"long\0" + b"x" * 5_000_000) + written(b"zTXt", b"broken\0\0nonsense")
    wrong += written(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(20_000_000)))
    assert texts_of(plain[:33] + wrong + plain[33:]) == {"good": "text"}


def test_exif_is_read_where_each_format_has_it() -> None:
    for kind in ("JPEG", "WEBP", "PNG"):
        assert texts_of(picture(kind, commented("a boat"))) == {"UserComment": "a boat"}


def test_what_names_itself_goes_by_that_name() -> None:
    found = texts_of(picture("WEBP", exif({0x10F: b'Workflow: {"a": 1}\0', 0x110: b'prompt:{"b": 2}\0'})))
    assert found == {"workflow": '{"a": 1}', "prompt": '{"b": 2}'}


def test_the_first_of_two_texts_of_a_name_counts_and_there_are_not_endless() -> None:
    plain = png({})
    chunks = [written(b"tEXt", f"key{number // 2}\0{number}".encode()) for number in range(200)]
    found = texts_of(plain[:33] + b"".join(chunks) + plain[33:])
    assert (found["key0"], len(found)) == ("0", 30)
