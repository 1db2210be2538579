"""`/settings`: what `/imagine` takes where its options are left out, for a member and for a channel."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import Choice, Range

from bot.choices import IMAGINATIONS, MANNERS, QUALITIES
from bot.language import Language, private
from bot.notebook import lexicon_of
from bot.refusals import Refusal
from bot.said_size import SIZE_LIMIT, complete_size, said_size
from bot.studio import Interaction
from bot.translator import option_name
from bot.wording import escape, fit
from moderation.prompt_form import PROMPT_LIMIT
from moderation.told import Told
from storage.plain_task import MAX_PICTURES
from storage.records.defaults import Defaults
from tasks.notebook import Kind, key

CHANNEL = "channel"
_WHERE = [Choice(name="for me", value="me"), Choice(name="for this channel", value=CHANNEL)]
_WHAT = [
    Choice(name="the checkpoint", value="checkpoint"),
    Choice(name="the size", value="size"),
    Choice(name="the quality", value="quality"),
    Choice(name="the imagination", value="imagination"),
    Choice(name="what should not be in it", value="negative"),
    Choice(name="the count", value="count"),
    Choice(name="the style", value="style"),
    Choice(name="the result", value="result"),
    Choice(name="asking for other words", value="remix"),
]

settings = app_commands.Group(
    name="settings", description="What /imagine takes where you leave something out", guild_only=True
)


@settings.command()
async def show(interaction: Interaction) -> None:
    """See what you and this channel have chosen."""
    defaults, language = interaction.client.studio.defaults, private(interaction)
    own = await defaults.of(interaction.user.id)
    here = await defaults.of(interaction.channel_id or 0)
    lines = [
        language.say("Your own: {chosen}", chosen=_said(language, own)),
        language.say("This channel's: {chosen}", chosen=_said(language, here)),
    ]
    await _tell(interaction, "\n".join(lines))


@settings.command(name="set")
@app_commands.describe(
    where="Whose settings change; left out, yours",
    checkpoint="Which model paints",
    size="The shape of the picture, such as 5:4, or its pixels, such as 768x512",
    quality="How much time to spend on it",
    imagination="How freely your words are read",
    negative="What should not be in it",
    count="How many pictures",
    style="A style from the notebook",
    result="Who gets to see it, and where it comes",
    remix="Whether Reroll and V ask you for other words first",
)
@app_commands.choices(
    where=_WHERE,
    quality=QUALITIES,
    imagination=IMAGINATIONS,
    result=MANNERS,
)
async def set_settings(
    interaction: Interaction,
    where: str | None = None,
    checkpoint: str | None = None,
    size: Range[str, 1, SIZE_LIMIT] | None = None,
    quality: str | None = None,
    imagination: str | None = None,
    negative: Range[str, 0, PROMPT_LIMIT] | None = None,
    count: Range[int, 1, MAX_PICTURES] | None = None,
    style: str | None = None,
    result: str | None = None,
    remix: bool | None = None,
) -> None:
    """Choose what is taken where you leave something out; what was chosen before stays."""
    studio, of_id = interaction.client.studio, _whose(interaction, where)
    chosen = Defaults(
        checkpoint=checkpoint,
        size=said_size(private(interaction), size),
        quality=quality,
        imagination=imagination,
        negative=negative,
        count=count,
        style=style and style.lstrip("$＄"),
        result=result,
        remix=remix,
    )
    if chosen == Defaults():
        raise Refusal(Told("Please say what shall be chosen: one of the other options."))
    if remix is not None and where == CHANNEL:
        raise Refusal(Told("Whether buttons ask for other words first, each member chooses alone."))
    if checkpoint is not None:
        studio.checkpoints.served(checkpoint)
    if chosen.style is not None:
        await _check_style(interaction, chosen.style, for_all=where == CHANNEL)
    await studio.defaults.set(of_id, chosen.over(await studio.defaults.of(of_id)))
    await show.callback(interaction)  # type: ignore[call-arg, arg-type]


@settings.command()
@app_commands.describe(
    where="Whose settings are forgotten; left out, yours", what="Which one is forgotten; left out, all"
)
@app_commands.choices(where=_WHERE, what=_WHAT)
async def reset(interaction: Interaction, where: str | None = None, what: str | None = None) -> None:
    """Forget what was chosen, for you or for this channel."""
    defaults, of_id = interaction.client.studio.defaults, _whose(interaction, where)
    if what is None:
        await defaults.reset(of_id)
    else:
        await defaults.set(of_id, (await defaults.of(of_id)).model_copy(update={what: None}))
    await show.callback(interaction)  # type: ignore[call-arg, arg-type]


async def _check_style(interaction: Interaction, name: str, *, for_all: bool) -> None:
    """Raise Refusal for a style that the member, or everybody `for_all`, cannot name."""
    noted = await interaction.client.studio.notebook.read(interaction.user.id, interaction.guild_id)
    for each in noted:
        is_shared = each.server_id == interaction.guild_id
        if key(each.entry["name"]) == key(name) and each.entry["kind"] == Kind.STYLE:
            if is_shared or not for_all:
                return
            raise Refusal(Told("Please share the style first: `/notebook share` lets everybody use it."))
    raise Refusal(Told("There is no style called {name} in your notebook.", name=escape(name)))


def _whose(interaction: Interaction, where: str | None) -> int:
    if where != CHANNEL:
        return interaction.user.id
    if not interaction.permissions.manage_channels:
        raise Refusal(Told("Only moderators who may manage this channel can choose for it."))
    return interaction.channel_id or 0


def _said(language: Language, chosen: Defaults) -> str:
    said = [
        f"`{option_name(language, 'imagine', name) if name != 'style' else name}:` {_value(language, value)}"
        for name, value in chosen.model_dump(exclude_none=True).items()
    ]
    return ", ".join(said) or language.say("nothing")


def _value(language: Language, value: object) -> str:
    if isinstance(value, bool):
        return language.say("on") if value else language.say("off")
    return escape(str(value))


async def _tell(interaction: Interaction, said: str) -> None:
    await interaction.response.send_message(fit(said), ephemeral=True)


set_settings.autocomplete("size")(complete_size)


@set_settings.autocomplete("checkpoint")
async def _complete_checkpoint(interaction: Interaction, typed: str) -> list[Choice[str]]:
    names = interaction.client.studio.checkpoints.matching(typed)
    return [Choice(name=name, value=name) for name in names]


@set_settings.autocomplete("style")
async def _complete_style(interaction: Interaction, typed: str) -> list[Choice[str]]:
    entries = (await lexicon_of(interaction)).values()
    names = sorted(entry.name for entry in entries if entry.kind is Kind.STYLE)
    return [Choice(name=name, value=name) for name in names if typed.casefold() in name.casefold()][:25]
