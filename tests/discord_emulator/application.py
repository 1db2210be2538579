"""The application behind the bot: its description and the commands it has registered."""

from .commands import CHAT_INPUT, check_commands
from .errors import Json
from .gateway import MEMBERS, MESSAGE_CONTENT, PRESENCES
from .guilds import Guild
from .world import World

FLAGS = {PRESENCES: 1 << 13, MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}
DEFAULTS: Json = {
    "type": CHAT_INPUT,
    "description": "",
    "name_localizations": None,
    "description_localizations": None,
    "default_member_permissions": None,
    "nsfw": False,
    "integration_types": [0],
}


class Application:
    """Reference, "Application Resource" and "Application Commands"."""

    def __init__(self, world: World, granted: int) -> None:
        self.world = world
        # Bots made since 2016 share one id with their application.
        self.id = world.bot.id
        self.flags = sum(flag for intent, flag in FLAGS.items() if granted & intent)
        self.commands: dict[int | None, list[Json]] = {}

    def overwrite(self, guild_id: int | None, commands: list[Json]) -> list[Json]:
        """Bulk Overwrite: all or nothing; a command that was there keeps its id."""
        check_commands(commands)
        known = {(each["type"], each["name"]): each["id"] for each in self.commands.get(guild_id, [])}
        scope: Json = {} if guild_id is None else {"guild_id": str(guild_id)}
        self.commands[guild_id] = [
            DEFAULTS
            | {key: value for key, value in command.items() if value is not None}
            | scope
            | {
                "id": known.get((command.get("type", CHAT_INPUT), command["name"]))
                or str(self.world.clock.snowflake()),
                "application_id": str(self.id),
                "version": str(self.world.clock.snowflake()),
            }
            for command in commands
        ]
        self.world.pulse.beat()
        return self.commands[guild_id]

    def find(self, name: str, kind: int, guild: Guild | None) -> Json | None:
        """The command that a member of this guild sees; the guild's own hides the global one."""
        scopes = [None] if guild is None else [guild.id, None]
        for scope in scopes:
            for command in self.commands.get(scope, []):
                if command["name"] == name and command["type"] == kind:
                    return command
        return None

    def json(self) -> Json:
        """Reference, "Application Object"."""
        owner = next((guild.owner.user for guild in self.world.guilds.values()), self.world.bot)
        return {
            "id": str(self.id),
            "name": self.world.bot.name,
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": owner.json(),
            "team": None,
            "verify_key": "0" * 64,
            "flags": self.flags,
            "bot": self.world.bot.json(),
            "integration_types_config": {"0": {}},
            "approximate_guild_count": len(self.world.guilds),
            "redirect_uris": [],
        }
