"""Train: the form in which a member hands in pictures for a word. Captions come next (see captions.py).

All that must be known when the form comes back is in its custom_id, so it survives restarts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.add_ons import refuse_taken_word
from bot.attachments import keep
from bot.first_worker import served_soon
from bot.known_faces import refuse_known_faces
from bot.language import Language
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Form, Interaction
from bot.submission import submit
from bot.trained import refuse_outside
from moderation.told import Told
from storage.manner import Manner
from storage.settings import BotSettings
from storage.training import FEWEST_EXAMPLES, MOST_EXAMPLES, Caption, Subject, Weights
from tasks.embeddings import checked_name
from tasks.train import new_training, refuse_number

_FORM = "trn"
_CUSTOM_ID = re.compile(
    r"trn:(?P<subject>[a-z]+):(?P<vectors>[0-8])(?P<lora>L?)(?P<manner>[a-z]*):(?P<word>[^:]+):(?P<checkpoint>.*)"
)
_LORA = {Weights.EMBEDDING: "", Weights.LORA: "L"}
_LONGEST_ID = 100


class TrainForm(ui.Modal):
    """A form on its way to a member; `_train_from_form` reads what comes back."""

    def __init__(self, language: Language, custom_id: str) -> None:
        say = language.say
        super().__init__(title=say("Train a word"), custom_id=custom_id)
        for text, description, component in (
            (
                say("Pictures"),
                say("3 to 10, that show the same thing in different places"),
                ui.FileUpload[Any](
                    custom_id="pictures", min_values=FEWEST_EXAMPLES, max_values=MOST_EXAMPLES
                ),
            ),
        ):
            self.add_item(ui.Label(text=text, description=description, component=component))
        # As of all forms here: `on_interaction` hears of the answer, also after a restart.
        self.stop()


def form_for(
    language: Language,
    word: str,
    subject: Subject,
    weights: Weights,
    vectors: int | None,
    checkpoint: str,
    manner: Manner | None,
) -> TrainForm:
    """Make the form for a word. Raises Refusal where its settings are too long for Discord."""
    custom_id = f"{_FORM}:{subject}:{vectors or 0}{_LORA[weights]}{manner or ''}:{word}:{checkpoint}"
    if len(custom_id) > _LONGEST_ID:
        raise Refusal(
            Told("The word and the checkpoint are too long for a form: please attach the pictures.")
        )
    return TrainForm(language, custom_id)


def refuse_loras(settings: BotSettings, weights: Weights) -> None:
    """Raise Refusal for a LoRA where the operator lets members train words alone."""
    if weights is Weights.LORA and not settings.member_loras:
        raise Refusal(
            Told(
                "Members train words here, and no LoRAs: please leave out `lora`. Whoever runs me decides "
                "that."
            )
        )


async def begin_training(
    interaction: Interaction,
    word: str,
    pictures: Sequence[discord.Attachment],
    subject: Subject,
    weights: Weights,
    vectors: int | None,
    checkpoint: str,
    manner: Manner | None,
) -> None:
    """Take in the pictures and have them captioned, between the member and the bot: that costs nothing.

    `manner` is how the word shall be handed over that is trained from them, None where nobody said.

    Raises Refusal, NothingToLearn, NotAName, IntakeError and DetectorError.
    """
    studio = interaction.client.studio
    refuse_outside(interaction)
    refuse_number(len(pictures))
    refuse_loras(studio.settings, weights)
    await served_soon(interaction, checkpoint, secretly=True)
    await promise(interaction, ephemeral=True)
    await refuse_taken_word(interaction, checked_name(word), checkpoint)
    # One after the other: each takes its turn at the cleaner among those of other members.
    blobs = [(await keep(interaction, picture))[0] for picture in pictures]
    await refuse_known_faces(interaction, blobs, checkpoint)
    training = new_training(word, blobs, subject, vectors=vectors, weights=weights)
    task = Caption(training=training, manner=manner)
    await submit(studio, interaction, task, checkpoint, manner=Manner.PRIVATE)


async def _train_from_form(interaction: Interaction, custom_id: str) -> None:
    """Begin the training that a filled-in form asks for."""
    form = _CUSTOM_ID.fullmatch(custom_id)
    if form is None or form["subject"] not in set(Subject) or form["manner"] not in {"", *Manner}:
        raise Refusal(Told("I do not know this form any more. Please open it again."))
    data: Any = interaction.data
    fields = {label["component"]["custom_id"]: label["component"] for label in data["components"]}
    attachments = data["resolved"]["attachments"]
    pictures = [
        discord.Attachment(data=attachments[number], state=interaction._state)
        for number in fields["pictures"].get("values") or []
    ]
    await begin_training(
        interaction,
        form["word"],
        pictures,
        Subject(form["subject"]),
        Weights.LORA if form["lora"] else Weights.EMBEDDING,
        int(form["vectors"]) or None,
        form["checkpoint"],
        Manner(form["manner"]) if form["manner"] else None,
    )


FORMS: Mapping[str, Form] = {_FORM: _train_from_form}
