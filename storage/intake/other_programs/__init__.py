"""What other programs wrote into a picture about how it was made.

Read are A1111 and what writes its form (Forge, SD.Next, Fooocus, civitai), ComfyUI, InvokeAI, Fooocus,
SwarmUI and NovelAI, from the text of PNG, the EXIF of JPEG, WebP and PNG, and the lowest bits of pixels. All
of it is hostile until proven otherwise: nothing is run, every length and depth has a limit, and what makes no
sense is passed over. `sd-parsers` on PyPI, which reads most of these, was not taken: it inflates hidden text
without limit, holds every pixel as a Python tuple, tells pictures apart by their `id`, wants both graphs of
ComfyUI, and reads EXIF in one byte order only. The tests ask it for a second opinion.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from storage.intake.formats import decode
from storage.intake.other_programs.a1111 import read_parameters
from storage.intake.other_programs.comfyui import read_comfyui
from storage.intake.other_programs.fooocus import read_fooocus
from storage.intake.other_programs.foreign_recipe import ForeignRecipe, NamedLora, fields
from storage.intake.other_programs.invokeai import read_invokeai
from storage.intake.other_programs.novelai import read_novelai
from storage.intake.other_programs.stealth import hidden_text
from storage.intake.other_programs.swarmui import read_swarmui
from storage.intake.other_programs.texts import texts_of
from storage.intake.refused import IntakeError
from storage.intake.webp import is_webp
from storage.png_chunks import SIGNATURE

__all__ = ["ForeignRecipe", "NamedLora", "read_foreign"]

_COLOUR_TYPE = 25
"""Where in a PNG it stands: bit 1 is colour, bit 2 alpha."""


def read_foreign(data: bytes) -> ForeignRecipe | None:
    """Read what another program wrote into a picture; None if there is nothing that makes sense.

    Pixels are decoded only where no text is found and some may be hidden in them: seconds at most.
    """
    return _told(texts_of(data)) or _told(_hidden(data))


def _told(texts: Mapping[str, str]) -> ForeignRecipe | None:
    comment = texts.get("UserComment") or texts.get("ImageDescription", "")
    for text in (texts.get("parameters", ""), comment):
        if text.lstrip().startswith("{"):
            if told := read_swarmui(text) or read_fooocus(text):
                return told
        elif text and (told := read_parameters(text, certain="parameters" in texts)):
            return told
    for read in (read_invokeai, read_novelai, read_comfyui):
        if (told := read(texts)) and told.says_something:
            return told
    return None


def _hidden(data: bytes) -> dict[str, str]:
    """Give the texts that are hidden in the pixels: NovelAI hides all of its texts as JSON, A1111 one."""
    may_hide = data.startswith(SIGNATURE) and data[_COLOUR_TYPE : _COLOUR_TYPE + 1] in (b"\2", b"\6")
    if not may_hide and not (is_webp(data) and b"VP8L" in data[:64]):
        return {}
    text = None
    with contextlib.suppress(IntakeError):
        text = hidden_text(decode(data, "picture"))
    if text is None:
        return {}
    found = {key: value for key, value in fields(text).items() if isinstance(value, str)}
    return found if "Comment" in found else {"parameters": text}
