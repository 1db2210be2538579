"""Faces: everybody's face, rendered again."""

from __future__ import annotations

from bot.actions.chosen import checkpoint_of, sampling_of, shown_picture
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.resubmission import submit_like
from bot.studio import Press
from storage.jobs import JobId
from storage.noise import Noise, new_seed
from storage.starts import Faces
from tasks.faces import new_faces


def button(language: Language, job_id: JobId, index: int, row: int) -> JobButton:
    """Make the button."""
    return job_button("faces", job_id, index, label=language.say("Faces"), row=row)


async def faces(press: Press, job_id: JobId, index: int | None) -> None:
    """Render each face in the chosen picture again, at the checkpoint's full resolution."""
    record, made_by, blob = await shown_picture(press, job_id, index)
    side, noise = checkpoint_of(press, record).side, Noise(seed=new_seed())
    await submit_like(press, record, new_faces(sampling_of(made_by), Faces(image=blob), side, noise))
