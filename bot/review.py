"""The bot's own look at every picture before it is shown: what comes over Redis is not trusted."""

from __future__ import annotations

import asyncio
import io
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

from PIL import Image

from moderation.any_face import shows_face
from moderation.findings import Findings, is_of_pocket_world
from moderation.gallery import Encoded, Gallery
from moderation.judge import judge_picture
from moderation.lettering import lettering
from moderation.pictures import Detector, DetectorError, load_detector
from moderation.policy import SFW, Policy
from moderation.preview import as_jpeg, preview_for
from moderation.said import Said
from moderation.seen import NOTHING, KnownFace, Written
from moderation.told import Told
from moderation.verdict import Action, Verdict
from storage.fields import BlobHash
from storage.jobs import Describe, Imagine, Job, Shorten, Upscale
from storage.recipe import AnyRecipe
from storage.training import Caption, Train

log = logging.getLogger(__name__)

_AT_ONCE = 2
"""Pictures that are examined at once: one of 17 megapixels takes 70 MB while it is open."""
_REMEMBERED = 1000
"""Pictures whose findings are remembered: buttons show the same ones again."""
_LARGEST_PREVIEW = 512
"""Pixels a side; workers send 256."""


NOT_LOOKED_AT = Verdict.of(
    Action.BLOCK,
    "detector",
    "none",
    Told(
        "No detector could be loaded, so nothing is shown. The people who run the bot find out why with "
        "`darkroom doctor`."
    ),
)


class Reviewer:
    """Examines pictures with detectors of its own, which need no GPU. Fails closed.

    Detectors take 20 ms a picture. To read what is written in it takes 80 to 480 ms, and is not done with
    what pocket checkpoints draw.
    """

    def __init__(self, detector: Detector | None, trouble: str | None = None) -> None:
        self._detector = detector
        self.trouble = trouble
        """Why there is none."""
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._remembered: OrderedDict[_Key, _Looked] = OrderedDict()
        self._read: OrderedDict[BlobHash, Written] = OrderedDict()
        self._faces: OrderedDict[BlobHash, bool] = OrderedDict()

    @classmethod
    def load(cls) -> Reviewer:
        """Load the detectors; without them the log says so, and no picture is shown."""
        try:
            return cls(load_detector())
        except DetectorError as error:
            log.critical("no picture will be posted: %s", error)
            return cls(None, str(error))

    async def action(
        self,
        blob: BlobHash,
        png: bytes,
        recipe: AnyRecipe,
        job: Job,
        policy: Policy,
        gallery: Gallery,
    ) -> Action:
        """Say what a policy does with a picture, a PNG file, as `verdict` does.

        Nobody looks whether what it goes back to shows somebody: it is judged as if it did.
        """
        of_somebody = _goes_back(recipe)
        seen = self.verdict(blob, png, recipe, job, policy, gallery, of_somebody=of_somebody)
        return (await seen).verdict

    async def verdict(
        self,
        blob: BlobHash,
        png: bytes,
        recipe: AnyRecipe,
        job: Job,
        policy: Policy,
        gallery: Gallery,
        *,
        of_somebody: bool = False,
    ) -> Verdict:
        """Judge a picture of a job, a PNG file, by all rules; known faces are those of the gallery.

        Which checkpoint made it says the job: the recipe came with the picture, and may say anything.
        `of_somebody` says that it began with a picture of somebody's face that was not made here. A picture
        at which nobody can look, whatever the reason, is kept back.
        """
        if self._detector is None:
            return NOT_LOOKED_AT
        try:
            looked = await self._looked(self._detector, blob, png, job.checkpoint, gallery)
        except Exception as error:
            return _not_looked_at(error)
        by = partial(looked.verdict, policy, job.said_of(recipe), job.checkpoint, gallery)
        return by(of_somebody=of_somebody, by_all_rules=True)

    async def judge(
        self, png: bytes, policy: Policy, prompt: str, checkpoint: str, gallery: Gallery
    ) -> Verdict:
        """Judge a PNG file that no job made, as if `checkpoint` had made it from a prompt."""
        if self._detector is None:
            return NOT_LOOKED_AT
        try:
            async with self._turns:
                looked = await asyncio.to_thread(_look, self._detector, png, checkpoint, gallery)
        except Exception as error:
            return _not_looked_at(error)
        return looked.verdict(policy, Said(prompt), checkpoint, gallery)

    async def known(self, png: bytes, checkpoint: str, gallery: Gallery) -> tuple[KnownFace, ...]:
        """Give who of a gallery is in a PNG file, looked at as if `checkpoint` had made it.

        Raises DetectorError where the gallery's encoders do not load.
        """
        async with self._turns:
            faces = await asyncio.to_thread(_faces_in, png, checkpoint, gallery)
        return gallery.known(faces)

    async def written(self, blob: BlobHash, fetch: Callable[[BlobHash], Awaitable[bytes]]) -> Written:
        """Read what is written in a stored picture, which is fetched if it was not read before.

        Raises DetectorError where what reads does not load, and whatever `fetch` raises.
        """
        if blob not in self._read:
            png = await fetch(blob)
            async with self._turns:
                _remember(self._read, blob, await asyncio.to_thread(_written_in, png))
        self._read.move_to_end(blob)
        return self._read[blob]

    async def shows_face(self, blob: BlobHash, fetch: Callable[[BlobHash], Awaitable[bytes]]) -> bool:
        """Say whether a photograph, a stored picture that is fetched if need be, shows somebody's face.

        Raises DetectorError where what finds faces does not load, and whatever `fetch` raises.
        """
        if blob not in self._faces:
            png = await fetch(blob)
            async with self._turns:
                _remember(self._faces, blob, await asyncio.to_thread(_shows_face, png))
        self._faces.move_to_end(blob)
        return self._faces[blob]

    async def preview(self, jpeg: bytes, job: Job, policy: Policy, gallery: Gallery) -> bytes | None:
        """Give what a policy lets be shown of a worker's preview of a job; None for nothing.

        Of what begins with another picture, or is drawn with what members trained, no nudity is shown before
        the whole of it is judged, and nobody whom the gallery may know.
        """
        if self._detector is None or job.for_review or isinstance(job.task, Describe | Shorten | Caption):
            return None
        if policy.is_for_adults and (isinstance(job.task, Train) or _goes_back(job.task)):
            policy = SFW
        async with self._turns:
            return await asyncio.to_thread(_preview, jpeg, job, policy, self._detector, gallery)

    async def _looked(
        self, detector: Detector, blob: BlobHash, png: bytes, checkpoint: str, gallery: Gallery
    ) -> _Looked:
        """Look at a picture that a job made, or remember what was seen in it.

        The pocket world has no letters, and what its jobs begin with was read when it came: its pictures are
        not read, which takes six times as long as all else.
        """
        is_pocket = is_of_pocket_world(checkpoint)
        key = blob, is_pocket, gallery.encoders
        if key not in self._remembered:
            async with self._turns:
                read = self._read.get(blob, NOTHING if is_pocket else None)
                looked = await asyncio.to_thread(_look, detector, png, checkpoint, gallery, read)
            _remember(self._remembered, key, looked)
            if not is_pocket:
                _remember(self._read, blob, looked.written)
        self._remembered.move_to_end(key)
        return self._remembered[key]


_K = TypeVar("_K")
_V = TypeVar("_V")
_Key: TypeAlias = tuple[BlobHash, bool, frozenset[str]]
"""A picture, whether it is of the pocket world, and by which encoders its faces are described."""


class _Looked(NamedTuple):
    """What was seen in a picture, whoever may see it."""

    findings: Findings
    faces: tuple[Encoded, ...]
    written: Written

    def verdict(
        self,
        policy: Policy,
        said: Said,
        checkpoint: str,
        gallery: Gallery,
        *,
        of_somebody: bool = False,
        by_all_rules: bool = False,
    ) -> Verdict:
        known = gallery.known(self.faces)
        return judge_picture(
            self.findings,
            policy,
            said,
            checkpoint=checkpoint,
            known=known,
            written=self.written,
            of_somebody=of_somebody,
            by_all_rules=by_all_rules,
        )


def _not_looked_at(error: Exception) -> Verdict:
    log.critical("a picture cannot be looked at, and is not shown: %r", error, exc_info=error)
    return NOT_LOOKED_AT


def _remember(memory: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    memory[key] = value
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)


def _look(
    detector: Detector, png: bytes, checkpoint: str, gallery: Gallery, read: Written | None = None
) -> _Looked:
    """Look at a picture; what is written in it is read, unless it was `read` before."""
    image = _opened(png)
    written = lettering().read(image) if read is None else read
    return _Looked(detector.find(image, checkpoint), gallery.look(image, checkpoint), written)


def _written_in(png: bytes) -> Written:
    return lettering().read(_opened(png))


def _goes_back(drawn: Imagine | Upscale | AnyRecipe) -> bool:
    """Say whether something begins with a picture, or is drawn with what members trained."""
    return bool(drawn.sources or drawn.embeddings or drawn.loras)


def _faces_in(png: bytes, checkpoint: str, gallery: Gallery) -> tuple[Encoded, ...]:
    return gallery.look(_opened(png), checkpoint)


def _shows_face(png: bytes) -> bool:
    return shows_face(_opened(png))


def _opened(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        return opened.convert("RGB")


def _preview(jpeg: bytes, job: Job, policy: Policy, detector: Detector, gallery: Gallery) -> bytes | None:
    assert not isinstance(job.task, Describe | Shorten | Caption), "it makes no pictures"
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if max(image.size) > _LARGEST_PREVIEW:
                return None
            sheet = image.convert("RGB")
        pictures = 1 if isinstance(job.task, Train) else max(1, job.task.pictures)
        said = job.said_of(job.task)
        shown = preview_for(sheet, pictures, policy, detector, said, job.checkpoint, gallery)
    except Exception as error:
        # What comes over Redis may be anything; and what cannot be judged is not shown.
        log.warning("job %s: a preview that cannot be judged: %r", job.id, error)
        return None
    return None if shown is None else as_jpeg(shown)
