"""Formats that are known by their first bytes and not read, so that whoever sends one is told what it is.

Their decoders are large, and read files of strangers: what phones and editors can save as a JPEG is not worth
the risk.
"""

from __future__ import annotations

_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
"""ISO/IEC 23008-12, annexes B and F, and AV1 Image File Format, section 6; iPhones write `heic`."""
_STARTS = {
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL \r\n\x87\n": "JPEG XL",
    b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG 2000",
    b"8BPS": "PSD",
}


def unread_format(data: bytes) -> str | None:
    """Name the format of a file, None if it is none of these."""
    if data[4:8] == b"ftyp":
        # The brand that it is best read as, its version, and all that it may be read as.
        length = min(int.from_bytes(data[:4], "big"), 256)
        brands = [data[at : at + 4] for at in (8, *range(16, length, 4))]
        known = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
        return "AVIF" if "AVIF" in known else next(iter(known), None)
    return next((name for start, name in _STARTS.items() if data.startswith(start)), None)
