"""Putting messages into channels, changing them, and telling the bot about it."""

from typing import TYPE_CHECKING

from .composing import Body, compose
from .errors import Json, Path
from .messages import DEFAULT, Message, Version

if TYPE_CHECKING:
    from .channels import Channel
    from .people import User


def post(
    channel: "Channel",
    author: "User",
    version: Version,
    *,
    type: int = DEFAULT,
    reference: Message | None = None,
    nonce: str | int | None = None,
    visible_to: "User | None" = None,
    interaction: Json | None = None,
    webhook_id: int | None = None,
    forwarded: Message | None = None,
) -> Message:
    """A new message; the gateway hears of it unless it is ephemeral."""
    message = Message(
        channel.world.clock.snowflake(),
        channel,
        author,
        [version],
        version.mentions.without(author),
        type,
        reference,
        nonce,
        visible_to,
        interaction,
        webhook_id,
        forwarded=forwarded,
    )
    channel.stored[message.id] = message
    announce("MESSAGE_CREATE", message, message.event())
    return message


def edit(message: Message, body: Body, *, under: Path = ()) -> Message:
    """Edit Message. It pings nobody, not even when it fills in "is thinking"."""
    # Only a true reply pings its addressee; an answer to an interaction merely shows what it answers.
    by_token = message.webhook_id is not None
    replied = message.reference.author if message.reference and not by_token else None
    version = compose(
        message.channel,
        body,
        edited=message,
        author=message.author,
        replied=replied,
        by_token=by_token,
        under=under,
    )
    message.versions.append(version)
    announce("MESSAGE_UPDATE", message, message.event())
    return message


def delete(message: Message) -> None:
    """Delete Message."""
    message.deleted = True
    body: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
    guild = message.channel.guild
    announce("MESSAGE_DELETE", message, body | ({"guild_id": str(guild.id)} if guild else {}))


def announce(event: str, message: Message, body: Json) -> None:
    """Ephemeral messages exist for their one reader only; the gateway does not carry them."""
    if message.ephemeral:
        message.channel.world.pulse.beat()
    else:
        message.channel.world.dispatch(event, body, message.channel)
