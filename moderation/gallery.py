"""A gallery of known faces: what is learned from pictures, and who is recognised in others.

It holds descriptors, never pictures. Drawings and photographs have an encoder each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from PIL import Image

from moderation.faces.drawn import DrawnFaces
from moderation.faces.encoder import Descriptor, Face, FaceEncoder
from moderation.faces.photographed import PhotographedFaces
from moderation.findings import is_of_pocket_world
from moderation.seen import KnownFace
from moderation.told import Told

Encoded: TypeAlias = tuple["Encoder", Face]
"""A face, and by which encoder it is described."""


NAME_LIMIT = 100
"""Characters of a name."""


class NotLearned(Exception):
    """A face is not learned; the message is a sentence that says why and what to do."""


class Encoder:
    """An encoder that is loaded when it is asked first."""

    def __init__(self, kind: type[DrawnFaces] | type[PhotographedFaces]) -> None:
        self._kind = kind
        self.name, self.same_within, self.dimensions = kind.name, kind.same_within, kind.dimensions

    @cached_property
    def _loaded(self) -> FaceEncoder:
        return self._kind.load()

    def find(self, image: Image.Image) -> list[Encoded]:
        """Find the faces in a picture. Raises DetectorError."""
        return [(self, face) for face in self._loaded.find(image)]


DRAWN, PHOTOGRAPHED = Encoder(DrawnFaces), Encoder(PhotographedFaces)
ENCODERS = {encoder.name: encoder for encoder in (DRAWN, PHOTOGRAPHED)}


def _encoders_for(checkpoint: str) -> tuple[Encoder, ...]:
    return (DRAWN, PHOTOGRAPHED) if is_of_pocket_world(checkpoint) else (PHOTOGRAPHED,)


@dataclass(frozen=True, eq=False)
class Learned:
    """A descriptor that is known, of which encoder, and whose it is."""

    name: str
    encoder: str
    descriptor: Descriptor


class Gallery:
    """Known faces. An empty one loads no encoder and costs nothing.

    What is looked at and who is known there are two questions, so that a picture need not be looked at again
    for another gallery.
    """

    def __init__(self, learned: Iterable[Learned] = ()) -> None:
        self.learned = tuple(each for each in learned if each.encoder in ENCODERS)
        self.encoders = frozenset(each.encoder for each in self.learned)
        """The encoders that it has faces of."""

    def may_know(self, checkpoint: str) -> bool:
        """Say whether it may know anybody in what `checkpoint` makes: whether it has faces of their kind."""
        return any(encoder.name in self.encoders for encoder in _encoders_for(checkpoint))

    def named(self, said: str) -> str | None:
        """Give a name as it was learned, in whichever case it is said; None if nobody has it."""
        return next((each.name for each in self.learned if each.name.casefold() == said.casefold()), None)

    def look(self, image: Image.Image, checkpoint: str = "") -> tuple[Encoded, ...]:
        """Find the faces in a picture that `checkpoint` made, if that is known, as far as any may be known.

        The drawn faces' encoder has never seen a photograph: it looks at what the pocket world's checkpoints
        made. Raises DetectorError where an encoder does not load, and whatever it raises when it cannot
        answer: who is in the picture is not known then.
        """
        encoders = (each for each in _encoders_for(checkpoint) if each.name in self.encoders)
        return tuple(face for encoder in encoders for face in encoder.find(image))

    def known(self, faces: Sequence[Encoded]) -> tuple[KnownFace, ...]:
        """Give those of the faces that it knows."""
        return tuple(
            KnownFace(name, face.box)
            for encoder, face in faces
            if (name := self._name_of(encoder, face)) is not None
        )

    def _name_of(self, encoder: Encoder, face: Face) -> str | None:
        if encoder.name not in self._by_encoder:
            return None
        names, descriptors = self._by_encoder[encoder.name]
        distances = np.linalg.norm(descriptors - face.descriptor, axis=1)
        nearest = int(distances.argmin())
        return names[nearest] if distances[nearest] <= encoder.same_within else None

    @cached_property
    def _by_encoder(self) -> dict[str, tuple[list[str], Descriptor]]:
        parts = {name: [each for each in self.learned if each.encoder == name] for name in self.encoders}
        return {
            name: ([each.name for each in part], np.stack([each.descriptor for each in part]))
            for name, part in parts.items()
        }


NOBODY = Gallery()


def learn(name: str, image: Image.Image, checkpoint: str = "") -> Learned:
    """Learn the one face in a picture that `checkpoint` made, if that is known: photographed, or else drawn.

    Raises NotLearned, and DetectorError.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LIMIT:
        raise NotLearned(Told("Please give a name of 1 to {limit} characters.", limit=NAME_LIMIT))
    encoders = (DRAWN,) if is_of_pocket_world(checkpoint) else (PHOTOGRAPHED, DRAWN)
    faces = next(filter(None, (encoder.find(image) for encoder in encoders)), [])
    if not faces:
        raise NotLearned(
            Told("I see no face to learn. Please take a picture in which it is large and looks ahead.")
        )
    if len(faces) > 1:
        raise NotLearned(
            Told("There are {count} faces. Please cut the picture so that one is left.", count=len(faces))
        )
    ((encoder, face),) = faces
    return Learned(name, encoder.name, face.descriptor)
