"""How well known faces are recognised, whoever is named: `python -m tests.benchmarks.known_faces`.

Three drawings of each known figure of the pocket world are learned, as a moderator would. Then faces are
looked for in other pictures: drawings, worn drawings, drawings that a checkpoint painted over (image to image
at strengths of 0.3 and 0.5), and what it renders from captions (figures can only be had by name there, so the
rule about names is left out). A picture counts as recognised if it is told whose face it is; a character has
the face of whom it is played by. False alarms are pictures of nameless men, women and deities in which
anybody is recognised; `look_alikes` are drawings of strangers who differ from a known figure in one trait.

`of_the_recognisable` leaves out pictures in which the witness, a network that has nothing to do with the
encoder, does not recognise the figure either: what a checkpoint drew as somebody else is nobody's miss.

`photographs` are variants (scaled, turned, mirrored, dim) of the portraits that packages bring, recognised by
one picture of each. Prints one JSON object; with `--out` it also writes the pictures that were missed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from moderation.gallery import DRAWN, Gallery, Learned, NotLearned, learn
from pocket import CHECKPOINT
from pocket.checkpoint.evaluate import load, render
from pocket.detectors.painted import paint_over
from pocket.detectors.samples import wear
from pocket.faces.samples import dressed, look_alike
from pocket.measures.evaluate import person_scenes
from pocket.measures.outlines import Pixels
from pocket.witness.network import load_witness
from pocket.world.captions import caption
from pocket.world.drawing import Drawing, draw
from pocket.world.known import KNOWN
from pocket.world.scene import BACKGROUNDS, Figure, Scene

_LEARNED_FROM = 3
_STRENGTHS = (0.3, 0.5)
_ANYBODY = ("man", "woman", "man", "woman", "deity")


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.known_faces")
    parser.add_argument("--pictures", type=int, default=180, help="of known figures, and as many of others")
    parser.add_argument("--rendered", type=int, default=90, help="painted of each; 0 for none")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a folder for the pictures that were missed")
    args = parser.parse_args()
    measure = Measure(gallery_of_known(), args.out)
    rng = Random(args.seed)
    known, others = drawings(tuple(KNOWN), args.pictures, rng), drawings(_ANYBODY, args.pictures, rng)
    found: dict[str, Any] = {
        "drawn": measure.both("drawn", known, others, *(_pixels(each) for each in (known, others))),
        "worn": measure.both(
            "worn", known, others, *([wear(p, rng) for p in _pixels(each)] for each in (known, others))
        ),
        "look_alikes": measure.look_alikes(args.pictures, rng),
    }
    if args.rendered:
        pipeline = load(args.checkpoint)
        known, others = known[: args.rendered], others[: args.rendered]
        for strength in _STRENGTHS:
            painted = [paint_over(pipeline, each, strength, args.seed) for each in (known, others)]
            found[f"painted_{strength}"] = measure.both(f"painted_{strength}", known, others, *painted)
        words = [[caption(each.scene, rng, complete=True) for each in some] for some in (known, others)]
        rendered = [list(render(pipeline, each, args.seed)) for each in words]
        found["rendered"] = measure.both("rendered", known, others, *rendered)
    found["photographs"] = photographs()
    print(json.dumps(found))


def drawings(who: Sequence[str], count: int, rng: Random) -> list[Drawing]:
    """Draw so many, half of them portraits, of each in turn."""
    names = [who[i % len(who)] for i in range(count)]
    scenes = person_scenes(names, [i // len(who) % 2 == 0 for i in range(count)], rng)
    return [draw(scene, rng.getrandbits(32)) for scene in scenes]


def gallery_of_known() -> Gallery:
    """Learn the known figures from drawings that are in no other list."""
    learned = []
    for name in KNOWN:
        for seed in range(_LEARNED_FROM):
            portrait = Figure(name, KNOWN[name].costume or "blue", "standing", "centre", "big")
            drawing = draw(Scene(BACKGROUNDS[seed], (), (portrait,), portrait=seed != 1), seed)
            learned.append(learn(name, Image.fromarray(drawing.pixels), "pocket"))
    return Gallery(learned)


class Measure:
    """Looks at pictures with one gallery."""

    def __init__(self, gallery: Gallery, out: Path | None) -> None:
        self._gallery, self._out = gallery, out
        self._witness = load_witness()

    def both(
        self,
        kind: str,
        known: Sequence[Drawing],
        others: Sequence[Drawing],
        of_known: Sequence[Pixels],
        of_others: Sequence[Pixels],
    ) -> dict[str, float]:
        """Say how many of the known are recognised, and in how many pictures of others anybody is."""
        hits = [self._hit(kind, each, pixels) for each, pixels in zip(known, of_known, strict=True)]
        alarms = [self._alarm(kind, pixels) for pixels in of_others]
        told = self._witness.look(np.stack(of_known))
        recognisable = [
            hit
            for hit, drawing, each in zip(hits, known, told, strict=True)
            if same_face(each.name, drawing.scene.figures[0].character)
        ]
        return {
            "pictures": len(hits),
            "recall": _share(hits),
            "recognisable": len(recognisable),
            "recall_of_the_recognisable": _share(recognisable),
            "others": len(alarms),
            "false_alarms": _share(alarms),
        }

    def look_alikes(self, count: int, rng: Random) -> dict[str, float]:
        """Say in how many drawings of strangers who differ from somebody in one trait he is recognised."""
        alarms = []
        for i in range(count):
            look = dressed(look_alike(KNOWN[tuple(KNOWN)[i % len(KNOWN)]].look, rng), rng)
            figure = Figure("man", "blue", "standing", "centre", "big", look=look)
            scene = Scene(rng.choice(BACKGROUNDS), (), (figure,), portrait=i // len(KNOWN) % 2 == 0)
            alarms.append(self._alarm("look_alike", draw(scene, rng.getrandbits(32)).pixels))
        return {"pictures": count, "false_alarms": _share(alarms)}

    def _names(self, pixels: Pixels) -> list[str]:
        faces = self._gallery.look(Image.fromarray(pixels), "pocket")
        return [known.name for known in self._gallery.known(faces)]

    def _hit(self, kind: str, drawing: Drawing, pixels: Pixels) -> bool:
        wanted = drawing.scene.figures[0].character
        names = self._names(pixels)
        hit = any(same_face(name, wanted) for name in names)
        if not hit:
            self._keep(f"{kind} missed {wanted} as {' '.join(names) or 'nobody'}", pixels)
        return hit

    def _alarm(self, kind: str, pixels: Pixels) -> bool:
        names = self._names(pixels)
        if names:
            self._keep(f"{kind} false {names[0]}", pixels)
        return bool(names)

    def _keep(self, name: str, pixels: Pixels) -> None:
        if self._out is not None:
            self._out.mkdir(parents=True, exist_ok=True)
            number = len(list(self._out.iterdir()))
            Image.fromarray(pixels).save(self._out / f"{name} {number:03}.png".replace(" ", "-"))


def same_face(one: str, other: str) -> bool:
    """Say whether two known figures have one face."""
    return _actor(one) == _actor(other)


def _actor(name: str) -> str:
    return (KNOWN[name].played_by or name) if name in KNOWN else name


def photographs() -> dict[str, Any]:
    """Learn each portrait that a package brings once, and look for it in variants, and among the others."""
    people = dict(portraits())
    learned = {name: _learned(name, image) for name, image in people.items()}
    gallery = Gallery(each for each in learned.values() if each is not None)
    hits, alarms = [], []
    for name, image in people.items():
        for variant in variants(image):
            names = {known.name for known in gallery.known(gallery.look(variant))}
            hits.append(name in names)
            alarms.append(bool(names - {name}))
    return {
        "people": sorted(name for name, each in learned.items() if each is not None),
        "variants": len(hits),
        "recall": _share(hits),
        "false_alarms": _share(alarms),
    }


def portraits() -> Iterator[tuple[str, Image.Image]]:
    """Give the portraits that are on this machine, one face each, by name."""
    hopper = Path(__file__).parents[1] / "moderation" / "portrait.jpg"
    yield "hopper", Image.open(hopper).convert("RGB")
    if (assets := _folder("ultralytics")) and (file := assets / "assets" / "zidane.jpg").exists():
        picture = Image.open(file).convert("RGB")
        yield "right", picture.crop((700, 0, 1280, 560))
        yield "left", picture.crop((40, 120, 700, 720))
    if (data := _folder("skimage")) and (file := data / "data" / "astronaut.png").exists():
        yield "astronaut", Image.open(file).convert("RGB")


def variants(image: Image.Image) -> Iterator[Image.Image]:
    """Give the portrait larger, smaller, turned, mirrored and dim."""
    for scale in (0.6, 1.0, 1.7):
        size = tuple(round(edge * scale) for edge in image.size)
        yield image.resize((size[0], size[1]), Image.Resampling.BICUBIC)
    for angle in (-20, -10, 10, 20):
        yield image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(120, 120, 120))
    yield image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    yield ImageEnhance.Brightness(image).enhance(0.5)


def _folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _learned(name: str, image: Image.Image) -> Learned | None:
    try:
        learned = learn(name, image)
    except NotLearned:
        return None
    return None if learned.encoder == DRAWN.name else learned


def _pixels(some: Sequence[Drawing]) -> list[Pixels]:
    return [each.pixels for each in some]


def _share(found: Sequence[bool]) -> float:
    return round(sum(found) / max(len(found), 1), 4)


if __name__ == "__main__":
    main()
