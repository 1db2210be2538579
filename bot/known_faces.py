"""People of the gallery in pictures that members bring: nobody trains a word of them who did not consent."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels import policy_of
from bot.refusals import Refusal
from bot.studio import Interaction
from bot.wording import escape
from moderation.told import Told
from storage.fields import BlobHash


async def refuse_known_faces(interaction: Interaction, pictures: Sequence[BlobHash], checkpoint: str) -> None:
    """Raise Refusal where stored pictures, looked at as that checkpoint's, show somebody of the gallery.

    Whatever the channel's policy says of names: a word outlives it, and goes to other channels. Raises
    DetectorError where faces cannot be looked at, DatabaseAway, BlobStoreAway.
    """
    studio = interaction.client.studio
    gallery = await studio.gallery.of(interaction.guild_id)
    if not gallery.learned:
        return
    policy = await policy_of(studio, interaction.channel, interaction.user.id)
    for picture in pictures:
        known = await studio.reviewer.known(await studio.blobs.aget(picture), checkpoint, gallery)
        for name in (face.name for face in known if not policy.lets(face.name)):
            raise Refusal(
                Told(
                    "One of your pictures seems to show {name}, of whom no word is trained here without "
                    "their consent. Nothing is held against you.",
                    name=escape(name),
                )
            )
