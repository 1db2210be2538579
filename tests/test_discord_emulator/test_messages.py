"""Messages: what may be in them, and whom they reach."""

import asyncio
import io
from collections.abc import Awaitable
from typing import Any, cast

import aiohttp
import discord
import pytest
from discord import ui
from discord.http import Route

from tests.discord_emulator import Channel, DiscordEmulator, Guild, Member
from tests.discord_emulator.actors import Upload
from tests.discord_emulator.messages import Message
from tests.test_discord_emulator.bot import (
    picture,
    refused,
)


def send(client: discord.Client, channel: Channel, **body: Any) -> Awaitable[Any]:
    """A raw body, for what discord.py itself would not send."""
    return client.http.request(
        Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id), json=body
    )


def button(**changes: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "U1", "custom_id": "u1"} | changes


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


V2 = 1 << 15
WRONG_BODIES: list[tuple[dict[str, Any], tuple[str | int, ...]]] = [
    ({"content": "x" * 2001}, ("content",)),
    ({"content": 5}, ("content",)),
    ({"content": "x", "embeds": [{"title": "x" * 257}]}, ("embeds", 0, "title")),
    ({"embeds": [{"description": "x" * 4097}]}, ("embeds", 0, "description")),
    ({"embeds": [{"footer": {"text": "x" * 2049}}]}, ("embeds", 0, "footer", "text")),
    ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, ("embeds", 0, "fields")),
    ({"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]}, ("embeds", 0, "fields", 0, "value")),
    ({"embeds": [{"description": "x" * 3001}] * 2}, ("embeds",)),
    ({"embeds": [{"title": "t"}] * 11}, ("embeds",)),
    ({"embeds": [{"title": "t", "timestamp": "yesterday"}]}, ("embeds", 0, "timestamp")),
    ({"embeds": [{"image": {"url": "file:///etc"}}]}, ("embeds", 0, "image", "url")),
    ({"content": "x", "components": [row(button())] * 6}, ("components",)),
    ({"content": "x", "components": [button()]}, ("components", 0, "type")),
    (
        {"content": "x", "components": [row(*[button(custom_id=str(n)) for n in range(6)])]},
        ("components", 0, "components"),
    ),
    (
        {"content": "x", "components": [row(button(), button())]},
        ("components", 0, "components", 1, "custom_id"),
    ),
    (
        {"content": "x", "components": [row(button(custom_id="x" * 101))]},
        ("components", 0, "components", 0, "custom_id"),
    ),
    (
        {"content": "x", "components": [row(button(label="x" * 81))]},
        ("components", 0, "components", 0, "label"),
    ),
    ({"content": "x", "components": [row(button(style=9))]}, ("components", 0, "components", 0, "style")),
    ({"content": "x", "components": [row(button(style=5))]}, ("components", 0, "components", 0, "url")),
    ({"content": "x", "components": [row(button(label=""))]}, ("components", 0, "components", 0)),
    (
        {"content": "x", "components": [row(button(emoji={"name": "U"}))]},
        ("components", 0, "components", 0, "emoji", "name"),
    ),
    (
        {"content": "x", "components": [row({"type": 3, "custom_id": "s", "options": []})]},
        ("components", 0, "components", 0, "options"),
    ),
    ({"content": "x", "components": [{"type": 10, "content": "x"}]}, ("components", 0, "type")),
    ({"flags": V2, "content": "x", "components": [{"type": 10, "content": "x"}]}, ("content",)),
    ({"flags": V2, "embeds": [{"title": "x"}], "components": [{"type": 10, "content": "x"}]}, ("embeds",)),
    ({"flags": V2, "components": [{"type": 10, "content": "x"}] * 41}, ("components",)),
    (
        {"flags": V2, "components": [{"type": 17, "components": [{"type": 10, "content": "x"}] * 40}]},
        ("components",),
    ),
    ({"flags": V2, "components": [{"type": 10, "content": "x" * 2001}] * 2}, ("components",)),
    (
        {"flags": V2, "components": [{"type": 12, "items": [{"media": {"url": "https://x/y.png"}}] * 11}]},
        ("components", 0, "items"),
    ),
    (
        {"flags": V2, "components": [{"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]}]},
        ("components", 0, "items", 0, "media", "url"),
    ),
    (
        {"flags": V2, "components": [{"type": 9, "components": [{"type": 10, "content": "x"}]}]},
        ("components", 0, "accessory", "type"),
    ),
    ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, ("allowed_mentions",)),
    ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, ("allowed_mentions", "parse", 0)),
    ({"content": "x", "nonce": "x" * 26}, ("nonce",)),
    ({"content": "x", "attachments": [{"id": 0, "filename": "not there.png"}]}, ("attachments", 0, "id")),
    ({"content": "x", "message_reference": {"message_id": "1"}}, ("message_reference",)),
]


@pytest.mark.parametrize(("body", "path"), WRONG_BODIES)
async def test_a_wrong_message_is_refused(
    client: discord.Client, channel: Channel, body: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    error = await refused(send(client, channel, **body))
    assert (error.status, error.code) == (400, 50035)
    where: Any = error._errors
    for key in path:
        where = where[str(key)]
    assert where["_errors"][0]["code"]
    assert channel.messages == []


@pytest.mark.parametrize(
    "body", [{}, {"content": "  \n"}, {"embeds": [{}]}, {"components": [row(button())]}, {"flags": V2}]
)
async def test_an_empty_message_is_refused(
    client: discord.Client, channel: Channel, body: dict[str, Any]
) -> None:
    assert (await refused(send(client, channel, **body))).code == 50006


async def test_a_layout_is_irrevocable(client: discord.Client, channel: Channel) -> None:
    class Result(ui.LayoutView):
        gallery: ui.MediaGallery[Any] = ui.MediaGallery(discord.MediaGalleryItem("attachment://grid.png"))
        text: ui.TextDisplay[Any] = ui.TextDisplay("a **fox**")

    target = client.get_partial_messageable(channel.id)
    sent = await target.send(view=Result(), file=picture())
    message = channel.messages[0]
    assert message.render() == "Darkroom:\n  [picture grid.png, 75 bytes]\n  a **fox**"
    assert sent.flags.components_v2
    assert (await refused(sent.edit(content="plain again"))).code == 50035
    await sent.edit(view=Result(), attachments=[picture("blue")])
    assert message.attachments[0].image().getpixel((0, 0)) == (0, 0, 255)


async def test_an_embed_takes_its_picture_out_of_the_attachments(
    client: discord.Client, channel: Channel
) -> None:
    embed = discord.Embed(title="a fox", description="seed 7").set_image(url="attachment://grid.png")
    embed.add_field(name="sampler", value="Euler").set_footer(text="2 s")
    sent = await client.get_partial_messageable(channel.id).send(embed=embed, file=picture())
    message = channel.messages[0]
    assert sent.attachments == []
    assert sent.embeds[0].image.url == message.attachments[0].url
    assert message.render().splitlines() == [
        "Darkroom:",
        "  | a fox",
        "  | seed 7",
        "  | sampler: Euler",
        "  | [picture grid.png, 75 bytes]",
        "  | 2 s",
    ]


async def test_edits_keep_what_they_do_not_name(client: discord.Client, channel: Channel) -> None:
    sent = await client.get_partial_messageable(channel.id).send("one", file=picture())
    message = channel.messages[0]
    waiting = asyncio.create_task(message.wait_edit(lambda message: message.content == "two"))
    await asyncio.sleep(0)
    await sent.edit(content="two")
    await waiting
    assert len(message.attachments) == 1
    await sent.edit(attachments=[*sent.attachments, picture("blue")])
    assert [each.filename for each in message.attachments] == ["grid.png", "grid.png"]
    await sent.edit(attachments=[])
    assert [len(version.attachments) for version in message.versions] == [1, 1, 2, 0]
    assert (await refused(sent.edit(content=""))).code == 50006
    assert [version.at for version in message.edits] == sorted(version.at for version in message.edits)


async def test_a_file_over_the_limit_is_refused(client: discord.Client, channel: Channel) -> None:
    target = client.get_partial_messageable(channel.id)
    limit = 10 * 1024 * 1024
    await target.send(file=discord.File(io.BytesIO(bytes(limit)), "fits.bin"))
    error = await refused(target.send(file=discord.File(io.BytesIO(bytes(limit + 1)), "big.bin")))
    assert (error.status, error.code) == (413, 40005)
    assert len(channel.messages) == 1


async def test_a_nonce_makes_posting_idempotent(
    emulator: DiscordEmulator, client: discord.Client, channel: Channel
) -> None:
    target = client.get_partial_messageable(channel.id)
    first = await target.send("job 7", nonce="job:7")
    assert (await target.send("job 7", nonce="job:7")).id == first.id
    elsewhere = client.get_partial_messageable((channel.guild or emulator.guild()).channel("elsewhere").id)
    assert (await elsewhere.send("job 7", nonce="job:7")).id == first.id
    emulator.advance(minutes=10)
    assert (await target.send("job 7", nonce="job:7")).id != first.id


async def test_replies(client: discord.Client, channel: Channel, alice: Member) -> None:
    question = await alice.say(channel, "how?")
    target = client.get_partial_messageable(channel.id)
    reference = discord.MessageReference(message_id=question.id, channel_id=channel.id)
    answer = await target.send("so", reference=reference)
    assert answer.reference is not None
    assert channel.messages[-1].reference is question
    assert alice in channel.messages[-1].pings
    await target.send("so", reference=reference, allowed_mentions=discord.AllowedMentions.none())
    assert not channel.messages[-1].pings
    channel.deny(channel.guild.me if channel.guild else alice, "read_message_history")
    assert (await refused(target.send("so", reference=reference))).code == 160002


async def test_whom_a_message_pings(
    guild: Guild, client: discord.Client, channel: Channel, alice: Member
) -> None:
    bob, artists = guild.member("Bob"), guild.role("Artists", mentionable=True)
    staff = guild.role("Staff")
    target = client.get_partial_messageable(channel.id)
    text = f"@everyone {alice.mention} {bob.mention} <@&{artists.id}> <@&{staff.id}> `{alice.mention}`"

    async def pinged(allowed: discord.AllowedMentions | None) -> set[object]:
        await target.send(text, allowed_mentions=allowed or discord.utils.MISSING)
        pings = channel.messages[-1].pings
        return {who for who in (alice, bob, artists, staff) if who in pings} | (
            {"all"} if pings.everyone else set()
        )

    assert await pinged(discord.AllowedMentions.none()) == set()
    assert await pinged(None) == {alice, bob, artists}
    only_alice = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(alice.id)])
    assert await pinged(only_alice) == {alice}
    channel.allow(guild.me, "mention_everyone")
    assert await pinged(None) == {alice, bob, artists, staff, "all"}
    edited = target.get_partial_message(channel.messages[0].id)
    await edited.edit(content=alice.mention)
    assert alice not in channel.messages[0].pings
    assert alice in channel.messages[0].current.mentions


async def test_a_forward_and_a_link_show_pictures_of_their_own(
    emulator: DiscordEmulator, client: discord.Client, channel: Channel, guild: Guild, alice: Member
) -> None:
    content = picture().fp.read()
    linked = await alice.say(channel, "https://example.com/a.png", linked=content)
    said = await alice.say(channel, "look", Upload("a.png", content), Upload("unknown", b"?"))
    forwarded = await alice.forward(said, guild.channel("elsewhere"))

    def read(message: Message) -> discord.Message:
        """As an interaction shows it; without the intent for it, the API hides what other people say."""
        where: Any = client.get_partial_messageable(message.channel.id)
        return discord.Message(state=client._connection, channel=where, data=cast(Any, message.json()))

    (embed,) = read(linked).embeds
    assert embed.type == "image"
    assert embed.thumbnail.url == "https://example.com/a.png"
    assert embed.thumbnail.proxy_url is not None
    assert await client.http.get_from_cdn(embed.thumbnail.proxy_url) == content
    (snapshot,) = read(forwarded).message_snapshots
    assert read(forwarded).attachments == []
    assert snapshot.content == "look"
    assert [each.content_type for each in snapshot.attachments] == ["image/png", None]
    assert await snapshot.attachments[0].read() == content
    assert emulator.unknown_requests == []


async def test_other_hosts_are_not_there(emulator: DiscordEmulator, client: discord.Client) -> None:
    for address in (
        "https://example.com/a.png",
        "http://cdn.discordapp.com/a.png",
        "http://169.254.169.254/",
    ):
        with pytest.raises(aiohttp.ClientError):
            await client.http.get_from_cdn(address)
    assert len(emulator.unknown_requests) == 3
