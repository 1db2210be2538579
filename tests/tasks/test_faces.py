"""The job of giving people better faces."""

from __future__ import annotations

from storage.noise import Noise
from storage.sizes import Margins
from storage.starts import Faces, Outpaint, Start
from tasks.faces import new_faces
from tests.storage.recipes import RECIPE

FACES = Faces(image="ab" * 32)


def test_each_face_is_a_square_with_the_words_of_the_picture() -> None:
    made = new_faces(RECIPE, FACES, 128, Noise(seed=3))
    assert (made.width, made.height, made.start, made.noises) == (128, 128, FACES, (Noise(seed=3),))
    assert (made.prompt, made.steps, made.guidance_scale) == (RECIPE.prompt, 20, 4)


def test_a_guidance_scale_for_borders_alone_is_not_taken_over() -> None:
    start: Start = Outpaint(image="ab" * 32, margins=Margins(left=8))
    outpainted = RECIPE.model_copy(update={"start": start, "guidance_scale": 2.0})
    assert new_faces(outpainted, FACES, 128, Noise(seed=3)).guidance_scale == 4.5
