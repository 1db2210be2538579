"""The emulated Discord: a server on this machine, and the handles by which tests shape and watch it."""

import contextlib
import socket
from collections.abc import Callable, Collection, Iterator
from types import TracebackType
from typing import TypeVar

import discord
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from .api import Api
from .application import Application
from .cdn import Cdn
from .clock import Clock
from .errors import Json
from .faults import Faults
from .front_door import API, FrontDoor, Seen
from .gateway import Gateway
from .guilds import Guild
from .hosts import resolved
from .interactions import InteractionRun
from .people import MEMBER_PERMISSIONS
from .pulse import PATIENCE, Pulse
from .ratelimits import RateLimitHit, RateLimits
from .token_api import TokenApi
from .world import World

T = TypeVar("T")
MEGABYTE = 1024 * 1024
TOKEN = "emulated.bot.token"


class DiscordEmulator:
    """`async with DiscordEmulator() as emulator:` serves HTTP API v10, gateway and CDN on 127.0.0.1."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        shards: int = 1,
        privileged_intents: int = 0,
        heartbeat_interval: float = 41.25,
        upload_limit: int = 10 * MEGABYTE,
    ) -> None:
        # Bound at once, since addresses inside answers need the port; served from __aenter__ on.
        self._socket = socket.create_server(("127.0.0.1", 0))
        host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.token = token
        self.api_url = f"http://{host}{API}"
        self.cdn_url = f"http://{host}/cdn"
        self.gateway_url = f"ws://{host}/gateway"
        self.faults = Faults()
        self._pulse = Pulse()
        self.clock = Clock(self._pulse)
        self.world = World(self.clock, self._pulse, upload_limit)
        self.application = self.world.application = Application(self.world, privileged_intents)
        self.gateway = self.world.gateway = Gateway(
            self.world, self.gateway_url, token, privileged_intents, heartbeat_interval
        )
        self._limits = RateLimits()
        self._door = FrontDoor(token, self.faults, self._limits)
        server = web.Application(client_max_size=200 * MEGABYTE)
        server.add_routes(Api(self.world, self.gateway, shards).routes(self._door))
        server.add_routes(TokenApi(self.world).routes(self._door))
        server.add_routes(Cdn(self.world, self.faults).routes())
        server.add_routes(
            [web.get("/gateway", self.gateway.connect), web.route("*", "/{tail:.*}", self._door.nowhere)]
        )
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> "DiscordEmulator":
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gateway.drop()
        await self._runner.cleanup()
        if self._door.crashes and error is None:
            # discord.py retries a 500 quietly; a body that broke the emulator must not pass for a success.
            raise ExceptionGroup("requests that the emulator could not serve", self._door.crashes)

    @contextlib.contextmanager
    def redirect(self) -> Iterator[None]:
        """Point the discord.py of this process here while the block lasts."""
        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self.api_url, yarl.URL(self.gateway_url)
        try:
            with resolved(self.cdn_url, self._door.unknown):
                yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before

    @property
    def environment(self) -> dict[str, str]:
        """What a bot in another process needs: `python -m tests.discord_emulator.run_bot bot`."""
        return {
            "DISCORD_EMULATOR_API": self.api_url,
            "DISCORD_EMULATOR_GATEWAY": self.gateway_url,
            "DISCORD_EMULATOR_CDN": self.cdn_url,
            "DARKROOM_DISCORD_TOKEN": self.token,
        }

    # The world

    def guild(
        self, name: str = "The Darkroom", *, bot_permissions: discord.Permissions = MEMBER_PERMISSIONS
    ) -> Guild:
        """A new server with the bot in it."""
        return self.world.guild(name, bot_permissions)

    def guild_of(self, shard: int, count: int, name: str = "The Darkroom") -> Guild:
        """A new server with the bot in it, which is in this shard of so many."""
        while ((guild := self.guild(name)).id >> 22) % count != shard:
            del self.world.guilds[guild.id]
            self.advance(milliseconds=1)
        return guild

    def advance(self, **by: float) -> None:
        """Skip time: `emulator.advance(minutes=16)`. Rate limits and heartbeats keep to real time."""
        self.clock.advance(**by)

    def kill_token(self, run: InteractionRun) -> None:
        """Let an interaction's token die early, as some do (50027)."""
        run.killed = True

    # The gateway

    def drop_gateway(self) -> None:
        """Break the bot's connections; it can resume."""
        self.gateway.drop()

    @contextlib.contextmanager
    def gateway_down(self) -> Iterator[None]:
        """No connection to the gateway while the block lasts."""
        with self.gateway.down():
            yield

    async def wait_online(
        self, within: float = PATIENCE, shards: Collection[tuple[int, int]] = frozenset()
    ) -> None:
        """Until the bot has a session; or one of each of these shards, each with the number of all."""

        def online() -> bool:
            return self.gateway.online and self.gateway.shards.issuperset(shards)

        await self.until(online, within, "the bot did not come online")

    async def wait_commands(
        self, *names: str, guild: Guild | None = None, within: float = PATIENCE
    ) -> list[Json]:
        """The registered commands, as soon as these are among them."""
        scope = None if guild is None else guild.id

        def synced() -> list[Json] | None:
            commands = self.application.commands.get(scope)
            found = {each["name"] for each in commands or []}
            return commands if commands is not None and found.issuperset(names) else None

        return await self.until(synced, within, f"the commands {names} were not registered")

    async def until(
        self, probe: Callable[[], T | None], within: float = PATIENCE, lament: str = "nothing came"
    ) -> T:
        """What `probe` finds, as soon as that is true; it may also look at the bot or a database."""
        return await self._pulse.until(probe, within, lambda: lament)

    # The record

    @property
    def requests(self) -> list[Seen]:
        """Every request so far."""
        return self._door.requests

    @property
    def unknown_requests(self) -> list[str]:
        """Requests to routes that are not emulated. A test should find this empty."""
        return self._door.unknown

    @property
    def rate_limit_hits(self) -> list[RateLimitHit]:
        """Requests answered with 429 because they came too fast. A test should find this empty."""
        return self._limits.hits

    @property
    def refusals(self) -> list[Seen]:
        """Requests that were refused with a JSON error code."""
        return [each for each in self.requests if each.code]

    # Bad weather (see faults.py)

    def fail_next(
        self,
        times: int = 1,
        *,
        status: int = 502,
        route: str = "",
        after_effect: bool = False,
        retry_after: float = 0.2,
    ) -> None:
        """Answer the next requests to `route` (a pattern over "METHOD /path") with `status`."""
        self.faults.fail_next(
            times, status=status, route=route, after_effect=after_effect, retry_after=retry_after
        )

    def reset_next(self, times: int = 1, *, route: str = "", after_effect: bool = False) -> None:
        """Break the connection of the next requests to `route`, before or after they took effect."""
        self.faults.reset_next(times, route=route, after_effect=after_effect)

    def hold(self, route: str) -> contextlib.AbstractContextManager[None]:
        """Let requests to `route` wait while the block lasts."""
        return self.faults.hold(route)

    def slow(self, route: str, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Let requests to `route` take that much longer while the block lasts."""
        return self.faults.slow(route, seconds)
