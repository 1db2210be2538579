"""What a member does with their Discord client, and what that client refuses to send."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from . import commands
from .commands import CHAT_INPUT, SUB_COMMAND, SUB_COMMAND_GROUP
from .components import BUTTON, LINK, SELECT, walk
from .composing import Body, File, compose
from .errors import Json
from .filling import ClientRefusal as ClientRefusal
from .filling import Upload as Upload
from .filling import chosen, filled
from .interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, InteractionRun
from .messages import DEFAULT, REPLY, Message, Version
from .posting import post

if TYPE_CHECKING:
    from .channels import Channel
    from .guilds import Guild
    from .people import User
    from .world import World

MOST_STRING = 6000


class Actor:
    """The actions of a member. Each returns the `InteractionRun` that it started."""

    if TYPE_CHECKING:
        user: "User"
        guild: "Guild"

        @property
        def world(self) -> "World": ...

        def json(self, *, user: bool = True) -> Json: ...

    async def say(
        self,
        channel: "Channel",
        content: str,
        *uploads: Upload,
        reply_to: Message | None = None,
        linked: bytes | None = None,
    ) -> Message:
        """An ordinary message by this member; if it is a link to a picture, `linked` is that picture."""
        self._require(channel, "send_messages")
        files = {number: File(each.filename, each.content) for number, each in enumerate(uploads)}
        replied = reply_to.author if reply_to else None
        version = compose(channel, Body({"content": content}, files), author=self.user, replied=replied)
        if linked is not None:
            version = replace(version, embeds=[self.world.preview(content, linked)])
        return post(channel, self.user, version, type=REPLY if reply_to else DEFAULT, reference=reply_to)

    async def forward(self, message: Message, channel: "Channel") -> Message:
        """Forward a message: a copy of what it says now, without its author's name."""
        self._must_see(message)
        self._require(channel, "send_messages")
        return post(channel, self.user, Version(self.world.clock.now()), forwarded=message)

    async def react(self, message: Message, emoji: str) -> None:
        """React to a message; what only one member sees takes no reactions."""
        self._must_see(message)
        self._require(message.channel, "add_reactions", "read_message_history")
        if message.ephemeral:
            raise ClientRefusal("an ephemeral message takes no reactions")
        guild = message.channel.guild
        body: Json = {
            "user_id": str(self.user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        if guild is not None:
            body |= {"guild_id": str(guild.id), "member": self.json()}
        self.world.dispatch("MESSAGE_REACTION_ADD", body, message.channel)

    async def command(self, channel: "Channel", name: str, /, **options: Any) -> InteractionRun:
        """A slash command; `name` may hold a subcommand ("jobs cancel"). Values are checked by the schema."""
        command, schema, nest = self._find(channel, name)
        resolved: Json = {}
        given = [
            {
                "name": option["name"],
                "type": option["type"],
                "value": self._value(option, options[option["name"]], resolved),
            }
            for option in schema
            if options.get(option["name"]) is not None
        ]
        missing = [
            each["name"] for each in schema if each.get("required") and options.get(each["name"]) is None
        ]
        unknown = set(options) - {each["name"] for each in schema}
        if missing or unknown:
            raise ClientRefusal(f"/{name}: missing {missing}, unknown {sorted(unknown)}")
        data = self._command_data(command) | {"options": nest(given)}
        return self._start(COMMAND, channel, data | ({"resolved": resolved} if resolved else {}))

    async def autocomplete(
        self, channel: "Channel", name: str, option: str, typed: str = "", **others: Any
    ) -> InteractionRun:
        """Type into an option with autocompletion; the answer is in `choices`."""
        command, schema, nest = self._find(channel, name)
        focused = next((each for each in schema if each["name"] == option and each.get("autocomplete")), None)
        if focused is None:
            raise ClientRefusal(f"/{name} has no option {option} with autocompletion")
        given: list[Json] = [
            {"name": each["name"], "type": each["type"], "value": others[each["name"]]}
            for each in schema
            if each["name"] in others
        ]
        given.append({"name": option, "type": focused["type"], "value": typed, "focused": True})
        data = self._command_data(command) | {"options": nest(given)}
        return self._start(AUTOCOMPLETE, channel, data, option_type=focused["type"])

    async def message_command(self, message: Message, name: str) -> InteractionRun:
        """A command from the menu of a message ("Apps")."""
        self._must_see(message)
        command = self._lookup(message.channel, name, commands.MESSAGE)
        target = {"target_id": str(message.id), "resolved": {"messages": {str(message.id): message.json()}}}
        return self._start(COMMAND, message.channel, self._command_data(command) | target, target=message)

    async def press(self, message: Message, button: str) -> InteractionRun:
        """Press a button, found by its custom_id, label or emoji."""
        found = [
            each
            for each in walk(message.components)
            if each["type"] == BUTTON
            and button in (each.get("custom_id"), each.get("label"), (each.get("emoji") or {}).get("name"))
        ]
        self._must_see(message)
        if len(found) != 1:
            raise ClientRefusal(f"{len(found)} buttons are {button!r} on:\n{message.render()}")
        if found[0].get("disabled") or found[0]["style"] == LINK:
            raise ClientRefusal(f"{button!r} sends nothing when pressed")
        data = {"component_type": BUTTON, "custom_id": found[0]["custom_id"], "id": found[0]["id"]}
        return self._start(COMPONENT, message.channel, data, source=message)

    async def select(self, message: Message, *values: str, custom_id: str | None = None) -> InteractionRun:
        """Choose in a string select, by values or labels; of several selects, say which."""
        self._must_see(message)
        menus = [
            each
            for each in walk(message.components)
            if each["type"] == SELECT and custom_id in (None, each["custom_id"]) and not each.get("disabled")
        ]
        if len(menus) != 1:
            raise ClientRefusal(f"{len(menus)} selects fit on:\n{message.render()}")
        data = {"component_type": SELECT, "custom_id": menus[0]["custom_id"], "id": menus[0]["id"]}
        data["values"] = chosen(menus[0], values)
        return self._start(COMPONENT, message.channel, data, source=message)

    async def submit_modal(self, run: InteractionRun, values: dict[str, Any]) -> InteractionRun:
        """Fill in the modal that `run` opened: by custom_id or label, a text, a list or `Upload`s."""
        if run.modal is None or (run.submitted is not None and run.submitted.answer is not None):
            raise ClientRefusal("no modal is open")
        if run.member is not self:
            raise ClientRefusal("somebody else's modal")
        resolved: Json = {}
        rest = dict(values)
        components = [
            filled(component, rest, lambda upload: self._upload(upload, resolved))
            for component in run.modal["components"]
        ]
        if rest:
            raise ClientRefusal(f"the modal has no field {sorted(rest)}")
        data: Json = {"custom_id": run.modal["custom_id"], "components": components, "resolved": resolved}
        run.submitted = self._start(MODAL, run.channel, data, source=run.source, opener=run)
        return run.submitted

    # How it is sent

    def _start(
        self,
        kind: int,
        channel: "Channel",
        data: Json,
        *,
        source: Message | None = None,
        **known: Any,
    ) -> InteractionRun:
        run = InteractionRun(self.world, kind, self, channel, data, source, **known)
        self.world.runs[run.token] = run
        run.deliver()
        self.world.pulse.beat()
        return run

    def _command_data(self, command: Json) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        return data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})

    # What the client refuses

    def _require(self, channel: "Channel", *permissions: str) -> None:
        granted = channel.permissions_of(self.user)
        lacking = [each for each in ("view_channel", *permissions) if not getattr(granted, each)]
        if lacking or channel.deleted:
            raise ClientRefusal(f"{self.user.name} lacks {lacking} in #{channel.name}")

    def _must_see(self, message: Message) -> None:
        self._require(message.channel)
        if not message.visible_for(self.user):
            raise ClientRefusal(f"{self.user.name} does not see this message")

    def _lookup(self, channel: "Channel", name: str, kind: int) -> Json:
        self._require(channel, "use_application_commands")
        command = self.world.application.find(name, kind, channel.guild)
        if command is None:
            raise ClientRefusal(f"no command {name!r} is registered here")
        needed = command.get("default_member_permissions")
        permissions = channel.permissions_of(self.user)
        if needed is not None and not permissions >= discord.Permissions(int(needed)):
            raise ClientRefusal(f"{self.user.name} does not see the command {name!r}")
        if command["nsfw"] and not channel.nsfw:
            raise ClientRefusal(f"{name!r} exists in age-restricted channels only")
        context = 1 if channel.guild is None else 0
        contexts = command.get("contexts")
        if (contexts is not None and context not in contexts) or (
            context == 1 and command.get("dm_permission") is False
        ):
            raise ClientRefusal(f"{name!r} does not exist in this kind of channel")
        return command

    def _find(self, channel: "Channel", name: str) -> tuple[Json, list[Json], Any]:
        """The command, the options of its (sub)command, and how to wrap them for sending."""
        first, *path = name.split()
        command = self._lookup(channel, first, CHAT_INPUT)
        schema, wrappers = command.get("options", []), []
        for part in path:
            inner = next((each for each in schema if each["name"] == part), None)
            if inner is None or inner["type"] not in (SUB_COMMAND, SUB_COMMAND_GROUP):
                raise ClientRefusal(f"/{name} is not registered")
            wrappers.append({"name": part, "type": inner["type"]})
            schema = inner.get("options", [])
        if any(each["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP) for each in schema):
            raise ClientRefusal(f"/{name} needs a subcommand")

        def nest(options: list[Json]) -> list[Json]:
            for wrapper in reversed(wrappers):
                options = [wrapper | {"options": options}]
            return options

        return command, schema, nest

    def _value(self, option: Json, value: Any, resolved: Json) -> Any:
        """The value as it is sent; out of range or of the wrong type, the client does not send it."""
        kind, name = option["type"], option["name"]
        if choices := option.get("choices"):
            by_name = {each["name"]: each["value"] for each in choices}
            value = by_name.get(value, value)
            if value not in by_name.values():
                raise ClientRefusal(f"{name}: {value!r} is none of {list(by_name)}")
        if kind == commands.STRING:
            least, most = option.get("min_length") or 0, option.get("max_length") or MOST_STRING
            if not isinstance(value, str) or not max(least, 1) <= len(value) <= most:
                raise ClientRefusal(f"{name}: must be a text of {least} to {most} characters")
        elif kind in (commands.INTEGER, commands.NUMBER):
            least, most = option.get("min_value", -(2**53)), option.get("max_value", 2**53)
            types = int if kind == commands.INTEGER else (int, float)
            if isinstance(value, bool) or not isinstance(value, types) or not least <= value <= most:
                raise ClientRefusal(f"{name}: must be a number from {least} to {most}, not {value!r}")
        elif kind == commands.BOOLEAN:
            if not isinstance(value, bool):
                raise ClientRefusal(f"{name}: must be true or false")
        elif kind == commands.ATTACHMENT:
            return self._upload(value, resolved)
        else:
            return self._reference(kind, value, resolved)
        return value

    def _upload(self, upload: Upload, resolved: Json) -> str:
        if len(upload.content) > self.world.upload_limit:
            raise ClientRefusal("Your files are too powerful")
        stored = self.world.store(self.world.clock.snowflake(), upload.filename, upload.content)
        body = stored.json() | {"ephemeral": True}
        resolved.setdefault("attachments", {})[str(stored.id)] = body
        return str(stored.id)

    def _reference(self, kind: int, value: Any, resolved: Json) -> str:
        """A member, role or channel, by its id, with what it is under `resolved`."""
        key = str(value.id)
        if kind == commands.ROLE_OPTION:
            resolved.setdefault("roles", {})[key] = value.json()
        elif kind == commands.CHANNEL_OPTION:
            granted = value.permissions_of(self.user).value
            resolved.setdefault("channels", {})[key] = value.json() | {"permissions": str(granted)}
        else:
            granted = discord.Permissions.none().value
            resolved.setdefault("users", {})[key] = value.user.json()
            resolved.setdefault("members", {})[key] = value.json(user=False) | {"permissions": str(granted)}
        return key
