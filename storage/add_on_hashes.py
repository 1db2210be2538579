"""Which LoRAs and embeddings drew a picture, by the hashes of their files."""

from __future__ import annotations

from pydantic import Field

from moderation.told import Told
from storage.values import Travelling


class AddOnHashes(Travelling):
    """SHA-256 in hexadecimal by name: of a LoRA's numbers, and of an embedding's whole file.

    They are those that A1111 shows as `Lora hashes` and `TI hashes`.
    """

    loras: dict[str, str] = Field(default_factory=dict)
    embeddings: dict[str, str] = Field(default_factory=dict)

    def changed_to(self, now: AddOnHashes) -> Told | None:
        """Say in a sentence what is not as it was, or None."""
        for kind, then, today in (
            ("LoRA", self.loras, now.loras),
            ("embedding", self.embeddings, now.embeddings),
        ):
            for name in sorted({*then, *today}):
                if then.get(name) != today.get(name):
                    return _CHANGES[name in then, name in today](kind, name)
        return None


def _changed(kind: str, name: str) -> Told:
    return Told(
        "The {kind} {name} is no longer as it was when it drew this picture, so the picture would differ.",
        kind=kind,
        name=name,
    )


def _gone(kind: str, name: str) -> Told:
    return Told(
        "The {kind} {name}, which drew this picture, is not used any more, so the picture would differ.",
        kind=kind,
        name=name,
    )


def _come(kind: str, name: str) -> Told:
    return Told(
        "There is an {kind} called {name} now, which was only a word when this picture was drawn, so the "
        "picture would differ.",
        kind=kind,
        name=name,
    )


_CHANGES = {(True, True): _changed, (True, False): _gone, (False, True): _come}
"""The sentence, by whether it was there then and whether it is now."""
