"""The embedding that a member names, and those whose names they are offered."""

from __future__ import annotations

from discord.app_commands import Choice

from bot.actions.embeddings import may_be_seen
from bot.language import private
from bot.moderators import in_server
from bot.refusals import Refusal
from bot.studio import Interaction
from bot.wording import escape
from moderation.told import Told
from storage.nearest import nearest
from storage.records.embeddings import EmbeddingRecord
from tasks.embeddings import LONGEST

_MOST_CHOICES = 25
_LONGEST_CHOICE = 100
_AT = "@"
"""Parts a name from the id of its server, where members have words in several."""


def server_of(interaction: Interaction) -> int:
    """Give the server where embeddings are asked for. Raises Refusal in direct messages."""
    if interaction.guild_id is None:
        raise Refusal(
            Told(
                "Embeddings belong to servers: please ask in a channel of one. Here only "
                "`/embeddings withdraw` works, for your own of every server."
            )
        )
    return interaction.guild_id


async def said_embedding(interaction: Interaction, name: str, *, moderating: bool = False) -> EmbeddingRecord:
    """Find an embedding that the member may use here, or any for a moderator. Raises Refusal."""
    records, server = interaction.client.studio.embeddings, server_of(interaction)
    found = await records.named(server, name.strip("<> "))
    if found and (may_be_seen(found, interaction) or (moderating and in_server(interaction).manage_messages)):
        return found
    known = [each.name for each in await records.usable(server, interaction.user.id)]
    raise Refusal(
        Told(
            "There is no embedding called {name} in this server: those that are there are {known}.",
            name=escape(name, LONGEST),
            known=nearest(name, known, show=escape),
        )
    )


async def own_embedding(interaction: Interaction, name: str) -> EmbeddingRecord:
    """Find an embedding of the member in any server, also in one that they have left. Raises Refusal."""
    word, _, server = name.strip("<> ").partition(_AT)
    owned = await interaction.client.studio.embeddings.of_owner(interaction.user.id)
    called = [each for each in owned if each.name.casefold() == word.strip("<> ").casefold()]
    found = [each for each in called if server in ("", str(each.server_id))]
    if len(found) == 1:
        return found[0]
    if called:
        raise Refusal(
            Told(
                "You have embeddings called {name} in several servers: please choose one from the list.",
                name=escape(word, LONGEST),
            )
        )
    raise Refusal(
        Told(
            "You have no embedding called {name}: those that you have are {known}.",
            name=escape(word, LONGEST),
            known=nearest(word, [each.name for each in owned], show=escape),
        )
    )


async def complete_embedding(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Offer the names that the member may use; in direct messages their own ones, each with its server."""
    studio, member = interaction.client.studio, interaction.user.id
    wanted = typed.strip("<> ").casefold()
    if interaction.guild_id is not None:
        usable = await studio.embeddings.usable(interaction.guild_id, member)
        names = [each.name for each in usable if wanted in each.name.casefold()]
        return [Choice(name=name, value=name) for name in names[:_MOST_CHOICES]]
    owned = [each for each in await studio.embeddings.of_owner(member) if wanted in each.name.casefold()]
    choices = []
    for each in owned[:_MOST_CHOICES]:
        server = interaction.client.get_guild(each.server_id)
        where = server.name if server else private(interaction).say("a server that I have left")
        shown = f"{each.name} ({where})"[:_LONGEST_CHOICE]
        choices.append(Choice(name=shown, value=f"{each.name}{_AT}{each.server_id}"))
    return choices
