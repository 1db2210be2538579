"""The endpoints with the bot's token. Reference, HTTP API v10."""

from typing import Any

from aiohttp import web

from .channels import DM, THREAD, Channel
from .composing import Body, compose, read_body
from .errors import Form, Json, Refusal, refuse
from .front_door import FrontDoor
from .gateway import MESSAGE_CONTENT, Gateway
from .guilds import Guild
from .messages import DEFAULT, EPHEMERAL, REPLY, Message
from .people import Member, User
from .posting import delete, edit, post
from .world import World

NONCE_LIFETIME = 300


class Api:
    """Users, guilds, channels, messages and commands."""

    def __init__(self, world: World, gateway: Gateway, shards: int) -> None:
        self.world = world
        self.gateway = gateway
        self.shards = shards

    def routes(self, door: FrontDoor) -> list[web.RouteDef]:
        message, command = "/channels/{channel_id}/messages/{message_id}", "/applications/{application_id}"
        member = "/guilds/{guild_id}/members/{user_id}"
        return [
            door.route("GET", "/gateway", self.get_gateway),
            door.route("GET", "/gateway/bot", self.get_gateway),
            door.route("GET", "/users/@me", self.get_me),
            door.route("GET", "/users/@me/guilds", self.get_my_guilds),
            door.route("POST", "/users/@me/channels", self.open_dm),
            door.route("GET", "/users/{user_id}", self.get_user),
            door.route("GET", "/oauth2/applications/@me", self.get_application),
            door.route("GET", "/applications/@me", self.get_application),
            door.route("GET", command + "/commands", self.get_commands),
            door.route("PUT", command + "/commands", self.put_commands),
            door.route("GET", command + "/guilds/{guild_id}/commands", self.get_commands),
            door.route("PUT", command + "/guilds/{guild_id}/commands", self.put_commands),
            door.route("GET", "/guilds/{guild_id}", self.get_guild),
            door.route("GET", "/guilds/{guild_id}/channels", self.get_channels),
            door.route("GET", "/guilds/{guild_id}/roles", self.get_roles),
            door.route("GET", member, self.get_member),
            door.route("GET", "/channels/{channel_id}", self.get_channel),
            door.route("POST", "/channels/{channel_id}/typing", self.type),
            door.route("GET", "/channels/{channel_id}/messages", self.get_messages),
            door.route("POST", "/channels/{channel_id}/messages", self.create_message),
            door.route("GET", message, self.get_message),
            door.route("PATCH", message, self.edit_message),
            door.route("DELETE", message, self.delete_message),
        ]

    # What a path names

    def channel(self, request: web.Request, *permissions: str) -> Channel:
        """The channel, if the bot may do this there: 10003, 50001, 50013."""
        channel = self.world.channels.get(snowflake(request, "channel_id"))
        if channel is None:
            raise refuse(10003)
        granted = channel.bot_permissions
        if not granted.view_channel:
            raise refuse(50001)
        if not all(getattr(granted, each) for each in permissions):
            raise refuse(50013)
        return channel

    def message(self, request: web.Request, *permissions: str) -> Message:
        """A message that everybody sees; ephemeral ones do not exist here."""
        channel = self.channel(request, *permissions)
        message = channel.stored.get(snowflake(request, "message_id"))
        if message is None or message.deleted or message.ephemeral:
            raise refuse(10008)
        return message

    def guild(self, request: web.Request) -> Guild:
        guild = self.world.guilds.get(snowflake(request, "guild_id"))
        if guild is None:
            raise refuse(10004)
        return guild

    def seen(self, message: Message) -> Json:
        """Without the message content intent, messages of others are empty here too."""
        body, bot = message.json(), self.world.bot
        others = message.author is not bot and bot.id not in message.current.mentions.users
        if others and message.channel.guild and not self.gateway.granted & MESSAGE_CONTENT:
            hidden: Json = {"message_snapshots": []} if "message_snapshots" in body else {}
            body |= {"content": "", "embeds": [], "attachments": [], "components": []} | hidden
        return body

    # The gateway's address

    async def get_gateway(self, request: web.Request) -> Json:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
        body: Json = {"url": self.gateway.url}
        return body | (
            {"shards": self.shards, "session_start_limit": limit} if request.path.endswith("bot") else {}
        )

    # Users and guilds

    async def get_me(self, request: web.Request) -> Json:
        return self.world.bot.json() | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0}

    async def get_my_guilds(self, request: web.Request) -> list[Json]:
        return [
            {
                "id": str(guild.id),
                "name": guild.name,
                "icon": None,
                "owner": False,
                "permissions": str(guild.me.permissions.value),
                "features": [],
            }
            for guild in self.world.guilds.values()
        ]

    async def get_user(self, request: web.Request) -> Json:
        return self.user(request.match_info["user_id"]).json()

    def user(self, user_id: Any) -> User:
        user = self.world.users.get(int(user_id)) if str(user_id).isdigit() else None
        if user is None:
            raise refuse(10013)
        return user

    async def open_dm(self, request: web.Request) -> Json:
        body = await read_body(request, self.world.upload_limit)
        user = self.user(body.json.get("recipient_id"))
        if user.bot:
            raise refuse(50007)
        return self.world.dm_with(user).json()

    async def get_guild(self, request: web.Request) -> Json:
        return self.guild(request).summary()

    async def get_channels(self, request: web.Request) -> list[Json]:
        return [each.json() for each in self.guild(request).channels if each.type != THREAD]

    async def get_roles(self, request: web.Request) -> list[Json]:
        return [each.json() for each in self.guild(request).roles.values()]

    async def get_member(self, request: web.Request) -> Json:
        member: Member | None = self.guild(request).members.get(snowflake(request, "user_id"))
        if member is None:
            raise refuse(10007)
        return member.json()

    # The application and its commands

    async def get_application(self, request: web.Request) -> Json:
        return self.world.application.json()

    def scope(self, request: web.Request) -> int | None:
        if snowflake(request, "application_id") != self.world.application.id:
            raise refuse(20012)
        if "guild_id" not in request.match_info:
            return None
        if snowflake(request, "guild_id") not in self.world.guilds:
            raise refuse(50001)
        return self.guild(request).id

    async def get_commands(self, request: web.Request) -> list[Json]:
        return self.world.application.commands.get(self.scope(request), [])

    async def put_commands(self, request: web.Request) -> list[Json]:
        body = await read_body(request, self.world.upload_limit)
        return self.world.application.overwrite(self.scope(request), body.json.get("list", []))

    # Channels and messages

    async def get_channel(self, request: web.Request) -> Json:
        return self.channel(request).json()

    async def type(self, request: web.Request) -> None:
        self.channel(request, "send_messages").typing += 1
        self.world.pulse.beat()

    async def get_messages(self, request: web.Request) -> list[Json]:
        """Get Channel Messages: newest first; `limit` up to 100, `before`, `after`, `around`."""
        channel, query = self.channel(request), request.query
        if not channel.bot_permissions.read_message_history:
            return []
        form, limit = Form(), int(query.get("limit", 50))
        form.number(("limit",), limit, 1, 100)
        form.finish()
        found = channel.messages
        if "before" in query:
            found = [each for each in found if each.id < int(query["before"])][-limit:]
        elif "after" in query:
            found = [each for each in found if each.id > int(query["after"])][:limit]
        elif "around" in query:
            found = sorted(found, key=lambda each: abs(each.id - int(query["around"])))[:limit]
        newest = sorted(found, key=lambda each: each.id, reverse=True)
        return [self.seen(each) for each in newest[:limit]]

    async def get_message(self, request: web.Request) -> Json:
        return self.seen(self.message(request, "read_message_history"))

    async def create_message(self, request: web.Request) -> Json:
        body = await read_body(request, self.world.upload_limit)
        channel = self.channel(request)
        self._may_send(channel, body)
        if (earlier := self._same_nonce(body.json)) is not None:
            return earlier.json()
        if int(body.json.get("flags") or 0) & EPHEMERAL:
            # Only interactions have somebody to whom a message could be visible alone.
            body.json["flags"] &= ~EPHEMERAL
        reference = self._reference(channel, body.json.get("message_reference"))
        version = compose(
            channel, body, author=self.world.bot, replied=reference.author if reference else None
        )
        message = post(
            channel,
            self.world.bot,
            version,
            type=REPLY if reference else DEFAULT,
            reference=reference,
            nonce=body.json.get("nonce"),
        )
        return message.json()

    def _may_send(self, channel: Channel, body: Body) -> None:
        """50007 for a direct channel that is closed or shares no server, 50013 for a missing permission."""
        to = channel.recipient if channel.type == DM else None
        if to is not None and (to.dms_closed or not self.world.shares_a_guild(to)):
            raise refuse(50007)
        granted = channel.bot_permissions
        may_write = granted.send_messages_in_threads if channel.type == THREAD else granted.send_messages
        may_attach = granted.attach_files or not body.files
        may_embed = granted.embed_links or not body.json.get("embeds")
        if not (may_write and may_attach and may_embed):
            raise refuse(50013)

    def _same_nonce(self, data: Json) -> Message | None:
        """With `enforce_nonce`, the bot's message of the last few minutes with this nonce, in any channel."""
        nonce = data.get("nonce")
        if not data.get("enforce_nonce") or nonce is None:
            return None
        now = self.world.clock.now()
        everywhere = (
            message for channel in self.world.channels.values() for message in channel.stored.values()
        )
        for message in everywhere:
            recent = (now - message.created_at).total_seconds() < NONCE_LIFETIME
            if recent and message.author is self.world.bot and str(message.nonce) == str(nonce):
                return message
        return None

    def _reference(self, channel: Channel, reference: Json | None) -> Message | None:
        """The message replied to; one that is gone is an error unless `fail_if_not_exists` is false."""
        if not reference:
            return None
        if not channel.bot_permissions.read_message_history:
            raise refuse(160002)
        found = channel.stored.get(int(reference.get("message_id") or 0))
        if found is not None and not found.deleted and not found.ephemeral:
            return found
        if reference.get("fail_if_not_exists", True):
            form = Form()
            form.wrong(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.finish()
        return None

    async def edit_message(self, request: web.Request) -> Json:
        body = await read_body(request, self.world.upload_limit)
        message = self.message(request)
        if message.author is not self.world.bot:
            raise refuse(50005)
        return edit(message, body).json()

    async def delete_message(self, request: web.Request) -> None:
        message = self.message(request)
        granted = message.channel.bot_permissions
        if message.author is not self.world.bot and (
            not granted.manage_messages or message.channel.guild is None
        ):
            raise refuse(50013)
        delete(message)


def snowflake(request: web.Request, key: str) -> int:
    """An id in the path; anything else is not a snowflake (50035)."""
    value = request.match_info[key]
    if not value.isdigit():
        raise Refusal(400, 50035, "Invalid Form Body", {key: {"_errors": [{"code": "NUMBER_TYPE_COERCE"}]}})
    return int(value)
