"""Consent: a member of whom moderators know that a listed name is their own, and who lets it be drawn."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.channels import standing_of
from bot.moderators import in_server, is_moderator
from bot.refusals import Refusal
from bot.studio import Interaction
from bot.wording import escape
from moderation.names.listing import NameKind
from moderation.rules.names import listed_name
from moderation.told import Told
from storage.records.consents import Consent
from storage.records.reviews import Case, Kind, State


async def ask(interaction: Interaction, said: str) -> Told:
    """Bring before the moderators that a name is the member's own, and say what comes of it. Raises Refusal.

    It is asked once a day: moderators who did not confirm it today are not asked again.
    """
    studio, server_id, member_id = interaction.client.studio, interaction.guild_id or 0, interaction.user.id
    name = await _name_of(interaction, said)
    if name in await studio.consents.names(server_id, member_id):
        return Told("You may have {name} drawn already: a moderator knows that it is you.", name=escape(name))
    others = [each.member_id for each in await studio.consents.of_server(server_id) if each.name == name]
    case = Case(
        key=f"consent:{server_id}:{member_id}:{datetime.now(UTC):%Y-%m-%d}:{name}",
        kind=Kind.CONSENT,
        server_id=server_id,
        member_id=member_id,
        channel_id=interaction.channel_id or 0,
        about={"name": name, "others": [str(each) for each in others]},
    )
    review = await studio.reviews.open(case)
    studio.reviews_changed.set()
    if review.state is State.OPEN:
        return Told(
            "A moderator has to know that you are {name}. I tell you in a direct message what they decide; "
            "until then the name stays refused.",
            name=escape(name),
        )
    return Told(
        "Moderators have decided about this today already. If you are {name}, please talk to them, and ask "
        "again tomorrow.",
        name=escape(name),
    )


async def end(interaction: Interaction, said: str, member_id: int) -> Told:
    """Take back a member's consent: for that member, and for moderators. Raises Refusal."""
    by, studio, server_id = interaction.user.id, interaction.client.studio, interaction.guild_id or 0
    if member_id != by and not is_moderator(in_server(interaction)):
        raise Refusal(Told("Only moderators can take back what others consented to."))
    theirs = await studio.consents.names(server_id, member_id)
    name = next((each for each in theirs if each.casefold() == said.casefold()), None)
    name = name or await _name_of(interaction, said)
    if not await studio.consents.end(Consent(server_id, member_id, name), by, str(interaction.id)):
        raise Refusal(
            Told("<@{member}> has not consented to {name} here.", member=str(member_id), name=escape(name))
        )
    return Told(
        "{name} is refused for <@{member}> again, from now on.", member=str(member_id), name=escape(name)
    )


async def listed(interaction: Interaction) -> list[Told]:
    """List a member's own consents, and for moderators all of the server's."""
    consents = await interaction.client.studio.consents.of_server(interaction.guild_id or 0)
    sees_all = is_moderator(in_server(interaction))
    return [
        Told("- <@{member}> may have {name} drawn", member=str(each.member_id), name=escape(each.name))
        for each in consents
        if sees_all or each.member_id == interaction.user.id
    ]


async def _name_of(interaction: Interaction, said: str) -> str:
    """Give a name as the lists have it, if it is a person's, or the gallery has it. Raises Refusal."""
    standing = await standing_of(interaction.client.studio, interaction.channel)
    name = listed_name(said, standing.policy.names_added)
    if name is None:
        known = await interaction.client.studio.gallery.of(interaction.guild_id)
        if face := known.named(said):
            return face
        raise Refusal(
            Told("“{name}” is on no list of names, so nobody has to consent to it.", name=escape(said))
        )
    if name.kind is NameKind.CHARACTER:
        raise Refusal(Told("{name} is a character, and nobody can consent for one.", name=escape(name.name)))
    return name.name
