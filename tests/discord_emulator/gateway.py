"""The gateway websocket. Reference, "Gateway": connecting, sessions, resuming, close codes."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from .compression import Encoder, encoder
from .errors import Json
from .guilds import Guild
from .world import World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11

GUILDS, MEMBERS, PRESENCES, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 1, 1 << 8, 1 << 9, 1 << 12
GUILD_REACTIONS, DIRECT_REACTIONS, MESSAGE_CONTENT = 1 << 10, 1 << 13, 1 << 15
PRIVILEGED = MEMBERS | PRESENCES | MESSAGE_CONTENT
ALL_INTENTS = (1 << 26) - 1

MOST_SENT, MOST_SENT_PER = 120, 60.0


class Closed(Exception):
    """The gateway ends a connection with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(eq=False)
class Connection:
    """One websocket. Frames leave in order through a queue, since events come from everywhere."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    encode: Encoder
    frames: "asyncio.Queue[Json]" = field(default_factory=asyncio.Queue)
    last_heartbeat: float = field(default_factory=time.monotonic)
    received: list[float] = field(default_factory=list)

    def send(self, op: int, d: Any = None, s: int | None = None, t: str | None = None) -> None:
        self.frames.put_nowait({"op": op, "d": d, "s": s, "t": t})

    async def write(self) -> None:
        """Send what is queued, until cancelled or cut off."""
        with contextlib.suppress(ConnectionError):
            while True:
                frame = self.encode(await self.frames.get())
                if isinstance(frame, bytes):
                    await self.socket.send_bytes(frame)
                else:
                    await self.socket.send_str(frame)

    def cut(self) -> None:
        """Drop the line without a word, as a broken network does."""
        self.transport.abort()


@dataclass(eq=False)
class Session:
    """What survives a broken connection: the events so far, to be replayed on RESUME."""

    id: str
    intents: int
    shard: tuple[int, int]
    events: list[tuple[str, Json]] = field(default_factory=list)
    connection: Connection | None = None

    def dispatch(self, event: str, body: Json) -> None:
        self.events.append((event, body))
        if self.connection is not None:
            self.connection.send(DISPATCH, body, len(self.events), event)

    def replay(self, after: int) -> None:
        assert self.connection is not None
        for number, (event, body) in enumerate(self.events[after:], after + 1):
            self.connection.send(DISPATCH, body, number, event)

    def covers(self, guild: Guild | None) -> bool:
        """Reference, "Sharding": direct messages go to shard 0."""
        number, count = self.shard
        return number == (0 if guild is None else (guild.id >> 22) % count)


class Gateway:
    """All sessions of the bot."""

    def __init__(self, world: World, url: str, token: str, granted: int, heartbeat_interval: float) -> None:
        self.world = world
        self.url = url
        self.token = token
        self.granted = granted
        self.heartbeat_interval = heartbeat_interval
        self.is_down = False
        self.identifies = 0
        self.resumes = 0
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()

    def dispatch(self, event: str, body: Json, guild: Guild | None) -> None:
        """Send an event to the sessions that asked for it; a broken session gets it when it resumes."""
        for session in self.sessions.values():
            if session.covers(guild) and session.intents & intent_for(event, guild) == intent_for(
                event, guild
            ):
                session.dispatch(event, self._as_seen(session.intents, event, body, guild))

    def _as_seen(self, intents: int, event: str, body: Json, guild: Guild | None) -> Json:
        """Without the message content intent, messages of others come empty unless they mention the bot."""
        if (
            not event.startswith("MESSAGE_")
            or "content" not in body
            or guild is None
            or intents & MESSAGE_CONTENT
        ):
            return body
        bot = str(self.world.bot.id)
        if body["author"]["id"] == bot or any(each["id"] == bot for each in body["mentions"]):
            return body
        hidden: Json = {"message_snapshots": []} if "message_snapshots" in body else {}
        return body | {"content": "", "embeds": [], "attachments": [], "components": []} | hidden

    # What tests do to it

    def drop(self) -> None:
        """Break every connection; the sessions can be resumed."""
        for connection in list(self.connections):
            connection.cut()

    def ask_to_reconnect(self) -> None:
        """Op 7, as Discord sends before it restarts a gateway node."""
        for connection in self.connections:
            connection.send(RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9; unless resumable, the sessions and their unsent events are forgotten."""
        if not resumable:
            self.sessions.clear()
        for connection in self.connections:
            connection.send(INVALID_SESSION, resumable)

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Break every connection and refuse new ones while the block lasts."""
        self.is_down = True
        self.drop()
        try:
            yield
        finally:
            self.is_down = False

    @property
    def online(self) -> bool:
        """Whether the bot is there: some session has a live connection."""
        return bool(self.shards)

    @property
    def shards(self) -> set[tuple[int, int]]:
        """The shards that have a live connection, each with the number of all."""
        return {session.shard for session in self.sessions.values() if session.connection is not None}

    # What the bot does to it

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One websocket, from HELLO to its end."""
        if self.is_down:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=4096, compress=False)
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        connection = Connection(socket, request.transport, encoder(request.query.get("compress")))
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        try:
            if request.query.get("v") != "10" or request.query.get("encoding") != "json":
                raise Closed(4012, "Invalid API version.")
            connection.send(HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
            await self._listen(connection)
        except Closed as closed:
            await socket.close(code=closed.code, message=closed.reason.encode())
        finally:
            writer.cancel()
            self.connections.discard(connection)
            for session in list(self.sessions.values()):
                if session.connection is connection:
                    session.connection = None
                    # A client that leaves with 1000 or 1001 gives its session up.
                    if socket.close_code in (1000, 1001):
                        del self.sessions[session.id]
            self.world.pulse.beat()
        return socket

    async def _listen(self, connection: Connection) -> None:
        session: Session | None = None
        while True:
            patience = connection.last_heartbeat + 1.5 * self.heartbeat_interval - time.monotonic()
            try:
                message = await connection.socket.receive(timeout=max(patience, 0.001))
            except TimeoutError:
                raise Closed(4009, "Session timed out.") from None
            if message.type is not WSMsgType.TEXT:
                return
            now = time.monotonic()
            connection.received = [each for each in connection.received if each > now - MOST_SENT_PER] + [now]
            if len(connection.received) > MOST_SENT:
                raise Closed(4008, "Rate limited.")
            try:
                payload = json.loads(message.data)
                op, data = payload["op"], payload.get("d")
            except (ValueError, KeyError, TypeError):
                raise Closed(4002, "Error while decoding payload.") from None
            if op == HEARTBEAT:
                connection.last_heartbeat = now
                connection.send(HEARTBEAT_ACK)
            elif op in (IDENTIFY, RESUME):
                if session is not None:
                    raise Closed(4005, "Already authenticated.")
                session = (self._identify if op == IDENTIFY else self._resume)(connection, data)
            elif session is None:
                raise Closed(4003, "Not authenticated.")
            elif op == REQUEST_MEMBERS:
                self._send_members(session, data)
            elif op not in (PRESENCE, VOICE):
                raise Closed(4001, "Unknown opcode.")

    def _identify(self, connection: Connection, data: Json) -> Session:
        self._authenticate(data)
        intents, shard = data.get("intents"), tuple(data.get("shard", (0, 1)))
        if not isinstance(intents, int) or intents & ~ALL_INTENTS:
            raise Closed(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self.granted:
            raise Closed(4014, "Disallowed intent(s).")
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            raise Closed(4010, "Invalid shard.")
        self.identifies += 1
        session = Session(secrets.token_hex(16), intents, (shard[0], shard[1]), connection=connection)
        self.sessions[session.id] = session
        guilds = [guild for guild in self.world.guilds.values() if session.covers(guild)]
        ready = {
            "v": 10,
            "user": self.world.bot.json()
            | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(self.world.application.id), "flags": self.world.application.flags},
            "private_channels": [],
            "session_type": "normal",
        }
        session.dispatch("READY", ready)
        if intents & GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", guild.json(all_members=bool(intents & MEMBERS)))
        self.world.pulse.beat()
        return session

    def _resume(self, connection: Connection, data: Json) -> Session | None:
        self._authenticate(data)
        session = self.sessions.get(data.get("session_id", ""))
        if session is None:
            connection.send(INVALID_SESSION, False)
            return None
        sequence = data.get("seq")
        if not isinstance(sequence, int) or not 0 <= sequence <= len(session.events):
            raise Closed(4007, "Invalid seq.")
        if session.connection is not None:
            session.connection.cut()
        self.resumes += 1
        session.connection = connection
        session.replay(sequence)
        session.dispatch("RESUMED", {})
        self.world.pulse.beat()
        return session

    def _authenticate(self, data: Any) -> None:
        if not isinstance(data, dict) or data.get("token") != self.token:
            raise Closed(4004, "Authentication failed.")

    def _send_members(self, session: Session, data: Json) -> None:
        guild = self.world.guilds.get(int(data.get("guild_id", 0)))
        if guild is None:
            return
        ids = {int(each) for each in data.get("user_ids") or []}
        query = data.get("query")
        if query == "" and not session.intents & MEMBERS:
            return
        chosen = [
            member
            for member in guild.members.values()
            if member.id in ids or (query is not None and member.name.lower().startswith(query.lower()))
        ]
        body: Json = {
            "guild_id": str(guild.id),
            "members": [member.json() for member in chosen],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(each) for each in ids - set(guild.members)],
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", body | ({"nonce": data["nonce"]} if "nonce" in data else {}))


def intent_for(event: str, guild: Guild | None) -> int:
    """The intent an event needs; interactions need none. Reference, "Gateway", List of Intents."""
    if event.startswith("MESSAGE_REACTION_"):
        return DIRECT_REACTIONS if guild is None else GUILD_REACTIONS
    if event.startswith("MESSAGE_"):
        return DIRECT_MESSAGES if guild is None else GUILD_MESSAGES
    if event.startswith("GUILD_MEMBER_"):
        return MEMBERS
    if event.startswith(("GUILD_", "CHANNEL_", "THREAD_")):
        return GUILDS
    return 0
