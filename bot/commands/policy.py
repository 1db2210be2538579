"""`/policy`: what a server, a category, a channel or a thread lets through, and since when."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot import consents, policies
from bot.channels import age_restricted, category_of, places_of, standing_of
from bot.commands.imagine import ANATOMY
from bot.language import private
from bot.moderators import in_server, manages_category
from bot.named import allowed, refused
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Interaction, Studio
from bot.tried import tried
from bot.wording import MESSAGE_LIMIT, fit
from moderation.gallery import NAME_LIMIT, NOBODY
from moderation.policy import SFW, Listed, Policy, Preset, Warned
from moderation.prompt_form import PROMPT_LIMIT
from moderation.told import Told
from moderation.verdict import Action

INHERIT = "inherit"
_SHOWN = 15
_MOST_CHECKPOINTS = 20
_ACTIONS = [
    Choice(name="allow", value=Action.ALLOW),
    Choice(name="spoiler", value=Action.WARN),
    Choice(name="refuse", value=Action.BLOCK),
]

_LISTED = [
    Choice(name="allow", value=Listed.OFF),
    Choice(name="spoiler", value=Listed.WARN),
    Choice(name="refuse", value=Listed.BLOCK),
]

policy = app_commands.Group(
    name="policy", description="What this channel lets through", guild_only=True, default_permissions=None
)


@policy.command()
async def show(interaction: Interaction) -> None:
    """See what this channel lets through, and whose policy that is."""
    standing = await standing_of(interaction.client.studio, interaction.channel)
    here, guild_id = interaction.channel_id or 0, interaction.guild_id or 0
    await _tell(interaction, policies.standing_words(private(interaction), standing, here, guild_id))


@policy.command(name="set")
@app_commands.describe(
    preset="What to begin with; left out, what holds now",
    where="Whose policy changes; left out, this channel's or thread's",
    sexual="Words that ask for nudity or sex",
    nudity="Pictures that come out with nudity",
    gore="Words that ask for mutilated bodies",
    names="Names of known people and of the characters tied to them",
    artists="Names of living artists who are to be left out",
    anatomy="Which pictures are discarded because of the people in them, if nobody says otherwise",
    warned="What becomes of pictures that are neither allowed nor refused",
    attachments="Whether members may hand in pictures",
    add_ons="Whether prompts may name LoRAs and embeddings",
    checkpoints="The checkpoints that may be used, with commas between them; all: every one",
    refused_names="Names to refuse beside those of the lists, with commas between them; none: no more",
    allowed_names="Names of the lists to let through, with commas between them; none: no more",
    role="Who may ask for pictures; @everyone: everybody",
)
@app_commands.choices(
    preset=[
        *(Choice(name=f"{preset.value}: {policies.MEANS[preset]}", value=preset.value) for preset in Preset),
        Choice(name="inherit: none of its own", value=INHERIT),
    ],
    where=[Choice(name=name, value=name) for name in ("server", "category", "channel", "thread")],
    sexual=_ACTIONS,
    nudity=_ACTIONS,
    gore=_ACTIONS,
    names=_LISTED,
    artists=_LISTED,
    anatomy=ANATOMY,
    warned=[
        Choice(name="posted behind a spoiler", value=Warned.SPOILER),
        Choice(name="held until a moderator has looked", value=Warned.REVIEW),
    ],
)
async def set_policy(
    interaction: Interaction,
    preset: str | None = None,
    where: str | None = None,
    sexual: str | None = None,
    nudity: str | None = None,
    gore: str | None = None,
    names: str | None = None,
    artists: str | None = None,
    anatomy: str | None = None,
    warned: str | None = None,
    attachments: bool | None = None,
    add_ons: bool | None = None,
    checkpoints: str | None = None,
    refused_names: str | None = None,
    allowed_names: str | None = None,
    role: discord.Role | None = None,
) -> None:
    """Change what a place lets through: a preset, and what shall differ from it."""
    studio, place = interaction.client.studio, _place(interaction, where)
    known = await studio.gallery.of(interaction.guild_id) if allowed_names else NOBODY
    different = {
        "sexual_prompts": sexual,
        "nudity": nudity,
        "gore": gore,
        "names": names,
        "artists": artists,
        "anatomy": anatomy,
        "warned": warned,
        "attachments": attachments,
        "add_ons": add_ons,
        "checkpoints": None if checkpoints is None else _checkpoints(studio, checkpoints),
        "names_added": None if refused_names is None else refused(refused_names),
        "names_allowed": None if allowed_names is None else allowed(allowed_names, known),
        "roles": None if role is None else () if role.is_default() else (role.id,),
    }
    changes = {name: value for name, value in different.items() if value is not None}
    if preset is None and not changes:
        raise Refusal(Told("Please say what shall change: a `preset`, or one of the other options."))
    if preset == INHERIT and changes:
        raise Refusal(Told("What inherits has nothing of its own. Please leave out the other options."))
    wanted = None
    if preset != INHERIT:
        begin = await _begin_with(interaction, preset, place)
        wanted = _changed(begin, changes)
        if preset is not None or not begin.is_as_open_as(wanted):
            _refuse_unmarked(interaction, wanted, place)
    guild_id, by = interaction.guild_id or 0, interaction.user.id
    await studio.policies.set(guild_id, place, wanted, by)
    if preset is not None and wanted is not None and wanted.is_for_adults:
        # Whoever only changes what differs says nothing of a channel that lost its mark.
        await studio.policies.reopen(guild_id, place, by)
    await _tell_changed(interaction, place)


@policy.command(name="test")
@app_commands.describe(
    prompt="What a member might ask for", negative="What should not be in it", picture="A picture to look at"
)
async def try_policy(
    interaction: Interaction,
    prompt: app_commands.Range[str, 1, PROMPT_LIMIT] | None = None,
    negative: app_commands.Range[str, 0, PROMPT_LIMIT] = "",
    picture: discord.Attachment | None = None,
) -> None:
    """See what this channel's policy would say to a prompt or a picture, without making anything."""
    if not interaction.permissions.manage_channels:
        raise Refusal(Told("Only moderators who may manage this channel can test its policy."))
    if prompt is None and picture is None:
        raise Refusal(Told("Please give a `prompt`, or attach a `picture`."))
    await promise(interaction, ephemeral=True)
    lines = await tried(interaction, prompt, negative, picture)
    await interaction.followup.send(fit("\n".join(lines)), ephemeral=True)


@policy.command()
async def history(interaction: Interaction) -> None:
    """See who changed the policies that hold in this channel, and when."""
    if not interaction.permissions.manage_channels:
        raise Refusal(Told("Only moderators who may manage this channel can read its history."))
    past = await interaction.client.studio.policies.history(places_of(interaction.channel), _SHOWN)
    language = private(interaction)
    lines = [policies.past_words(language, each, interaction.guild_id or 0) for each in past]
    while len("\n".join(lines)) > MESSAGE_LIMIT:
        lines.pop()
    await _tell(interaction, "\n".join(lines) or language.say("Nobody has set a policy here: it is **sfw**."))


@policy.command()
@app_commands.describe(
    name="Your own name, which the lists refuse; left out, you see who consented to what",
    end="Whether to take the consent back",
    member="For moderators: whose consent to take back",
)
async def consent(
    interaction: Interaction,
    name: app_commands.Range[str, 1, NAME_LIMIT] | None = None,
    end: bool = False,
    member: discord.User | None = None,
) -> None:
    """Let yourself be drawn by name, and nobody else may: a moderator confirms that it is your name."""
    language = private(interaction)
    if name is None:
        lines = [language.of(each) for each in await consents.listed(interaction)]
        nobody = language.say("Nobody of whom you may know has consented to anything here.")
        await _tell(interaction, "\n".join(lines) or nobody)
        return
    whose = interaction.user.id if member is None else member.id
    if not end and whose != interaction.user.id:
        raise Refusal(Told("Everybody consents for themselves: they have to give this command."))
    said = " ".join(name.split())
    done = await (consents.end(interaction, said, whose) if end else consents.ask(interaction, said))
    await _tell(interaction, language.of(done))


def _place(interaction: Interaction, where: str | None) -> int:
    """Give the id of the place whose policy changes. Raises Refusal, also if the member may not change it."""
    channel: Any = interaction.channel
    in_thread = isinstance(channel, discord.Thread)
    found: int | None = {
        None: interaction.channel_id,
        "thread": interaction.channel_id if in_thread else None,
        "channel": channel.parent_id if in_thread else interaction.channel_id,
        "category": category_of(channel),
        "server": interaction.guild_id,
    }[where]
    if found is None:
        raise Refusal(
            Told(
                "This command was not given in a {place}, so there is none whose policy could change.",
                place=where or "channel",
            )
        )
    if where == "server":
        if not in_server(interaction).manage_guild:
            raise Refusal(Told("Only members who may manage the server can change its policy."))
    elif where == "category":
        if not manages_category(interaction, found):
            raise Refusal(
                Told(
                    "Only moderators who may manage this category and all its channels can change its policy."
                )
            )
    elif not interaction.permissions.manage_channels:
        raise Refusal(Told("Only moderators who may manage this channel can change its policy."))
    return found


async def _begin_with(interaction: Interaction, preset: str | None, place: int) -> Policy:
    if preset is not None:
        return Policy(preset=Preset(preset))
    places = places_of(interaction.channel)
    outer = places[places.index(place) :]
    return (await interaction.client.studio.policies.held(outer, place)).policy or SFW


def _changed(begin: Policy, changes: dict[str, Any]) -> Policy:
    return Policy.model_validate({**begin.model_dump(), **changes})


def _refuse_unmarked(interaction: Interaction, wanted: Policy, place: int) -> None:
    """Raise Refusal for a policy for adults where Discord has no mark; above channels, each has its own."""
    inside = places_of(interaction.channel)[: 2 if isinstance(interaction.channel, discord.Thread) else 1]
    if wanted.is_for_adults and place in inside and not age_restricted(interaction.channel):
        raise Refusal(
            Told(
                "Discord does not mark this channel as age-restricted, so it stays SFW. Turn on "
                "Age-Restricted Channel in the channel's settings first, then come back."
            )
        )


def _checkpoints(studio: Studio, said: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in said.split(",") if name.strip()))
    if len(names) > _MOST_CHECKPOINTS:
        raise Refusal(Told("Please name at most {most} checkpoints.", most=_MOST_CHECKPOINTS))
    if [name.lower() for name in names] == ["all"]:
        return ()
    for name in names:
        studio.checkpoints.served(name)
    return names


async def _tell_changed(interaction: Interaction, place: int) -> None:
    """Say whose policy is changed, and what holds in this channel now."""
    standing = await standing_of(interaction.client.studio, interaction.channel)
    language, guild_id = private(interaction), interaction.guild_id or 0
    changed = language.say(
        "The policy of {place} is changed. In this channel holds now:",
        place=policies.place_words(place, guild_id),
    )
    here = policies.standing_words(language, standing, interaction.channel_id or 0, guild_id)
    lines = [changed, here]
    is_held = standing.policy.warned is Warned.REVIEW
    if is_held and await interaction.client.studio.reviews.channel(guild_id) is None:
        lines.append(
            language.say(
                "Nobody is told yet that a picture waits: `/mod channel` names where moderators are told."
            )
        )
    await _tell(interaction, "\n".join(lines))


async def _tell(interaction: Interaction, sentences: str) -> None:
    await interaction.response.send_message(
        fit(sentences), ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )
