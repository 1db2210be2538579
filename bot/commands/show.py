"""`/show`: a picture that was made before, once more, with its buttons."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import Range

from bot import wording
from bot.actions.chosen import shown_index
from bot.actions.under_picture import picture_view
from bot.channels import policy_of
from bot.defaults import handed_on
from bot.language import public
from bot.pictures import picture_file, reviewed
from bot.promises import promise
from bot.refusals import Refusal
from bot.said_picture import SAID_LIMIT, said_picture
from bot.studio import Interaction


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(
    picture="A link to its message, its file's name, its job or its seed; your last one without"
)
async def show(interaction: Interaction, picture: Range[str, 1, SAID_LIMIT] | None = None) -> None:
    """Show a picture again, with its buttons."""
    record, index = await said_picture(interaction, picture)
    chosen = await shown_index(interaction, record, index)
    await promise(interaction, ephemeral=(await handed_on(interaction, record)).is_secret)
    studio = interaction.client.studio
    pictures = await reviewed(
        studio, record, await policy_of(studio, interaction.channel, interaction.user.id), [chosen]
    )
    if not pictures.shown:
        raise Refusal(wording.waiting_sentence(1) if pictures.waiting else wording.withheld_sentence(1, 1))
    language = public(interaction)
    message = await interaction.edit_original_response(
        content=wording.single(language, pictures.said, chosen, wording.answer_url(record)),
        attachments=[await picture_file(language, pictures, interaction.filesize_limit)],
        view=picture_view(language, record.job, chosen),
    )
    shown_by = interaction.user.id
    await studio.showings.add(record.job.id, [chosen], message.channel.id, message.id, shown_by)
