"""One interaction: its token, its deadlines and what came of it. Reference, "Receiving and Responding"."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .commands import check_choice_value
from .components import ComponentCheck
from .composing import Body, compose
from .errors import Form, Json, Refusal, refuse
from .messages import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    EPHEMERAL,
    LOADING,
    REPLY,
    Message,
    Version,
)
from .posting import edit, post
from .pulse import PATIENCE

if TYPE_CHECKING:
    from .actors import Actor
    from .channels import Channel
    from .world import World

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 1, 2, 3, 4, 5
MESSAGE, THINKING, LATER, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
ANSWERS = {
    COMMAND: (MESSAGE, THINKING, FORM),
    AUTOCOMPLETE: (CHOICES,),
    MODAL: (MESSAGE, THINKING, LATER, UPDATE),
}
ANSWERS[COMPONENT] = (*ANSWERS[MODAL], FORM)
DEADLINE, LIFETIME = timedelta(seconds=3), timedelta(minutes=15)


@dataclass(eq=False, repr=False)
class InteractionRun:
    """What a member set off. The bot answers through the token; tests watch the outcome."""

    world: "World"
    kind: int
    member: "Actor"
    channel: "Channel"
    data: Json
    source: Message | None = None
    id: int = 0
    token: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    created: datetime = field(init=False)
    started: float = field(default_factory=time.monotonic)
    answer: int | None = None
    latency: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    errors: list[Refusal] = field(default_factory=list)
    killed: bool = False
    option_type: int | None = None
    target: Message | None = None
    """Whose menu the command was chosen from."""
    opener: "InteractionRun | None" = None
    """What opened the modal that this submits."""
    submitted: "InteractionRun | None" = None
    """The last submission of the modal that this opened."""

    def __post_init__(self) -> None:
        self.id = self.world.clock.snowflake()
        self.created = self.world.clock.now()

    def __repr__(self) -> str:
        return f"<InteractionRun {self.data.get('name') or self.data.get('custom_id')}\n{self.report()}>"

    # What tests look at

    @property
    def age(self) -> timedelta:
        return self.world.clock.now() - self.created

    @property
    def failed(self) -> bool:
        """Whether the member reads "The application did not respond"."""
        return self.answer is None and self.age > DEADLINE

    @property
    def messages(self) -> list[Message]:
        """The response and the follow-ups that are still there, oldest first."""
        created = [self.original] if self.original is not None and self.original is not self.source else []
        return [each for each in created + self.followups if not each.deleted]

    @property
    def ephemerals(self) -> list[Message]:
        """Of these, the ones that only the member sees."""
        return [each for each in self.messages if each.ephemeral]

    async def response(self, within: float = 3) -> "InteractionRun":
        """Itself, as soon as the bot has answered in any way; `latency` says how long that took."""
        return await self.world.pulse.until(
            lambda: None if self.answer is None else self, within, self.report
        )

    async def message(
        self,
        predicate: Callable[[Message], object] = lambda message: not message.loading,
        within: float = PATIENCE,
    ) -> Message:
        """The first of its messages that fits, now or soon (edits count, and so do edits of the source)."""

        def fitting() -> Message | None:
            candidates = self.messages + (
                [self.source] if self.original is self.source and self.source else []
            )
            return next((each for each in candidates if predicate(each)), None)

        return await self.world.pulse.until(fitting, within, self.report)

    def render(self) -> str:
        """What the member has in front of them."""
        if self.modal is not None:
            return f"modal: {self.modal['title']}"
        if self.choices is not None:
            return "choices: " + ", ".join(each["name"] for each in self.choices)
        shown = [each.render() for each in self.messages]
        return "\n\n".join(shown) or ("The application did not respond" if self.failed else "(no answer yet)")

    def report(self) -> str:
        """The same with what Discord refused, for the message of a failed test."""
        return "\n".join([self.render(), *(f"refused: {error}" for error in self.errors)])

    # What the bot does with the token

    def respond(self, body: Body) -> Json:
        """Create Interaction Response: once, within 3 seconds, of a type that fits the interaction."""
        if self.answer is not None:
            raise refuse(40060)
        if self.age > DEADLINE or self.killed:
            raise refuse(10062)
        answer, data = body.json.get("type"), body.within("data")
        if answer not in ANSWERS[self.kind] or (answer in (LATER, UPDATE) and self.source is None):
            form = Form()
            form.wrong(
                ("type",), "INTERACTION_CALLBACK_TYPE_INVALID", f"{answer} cannot answer type {self.kind}."
            )
            form.finish()
        if answer == MESSAGE:
            self.original = self._create(data, ("data",))
        elif answer == THINKING:
            self.original = self._think(data)
        elif answer in (LATER, UPDATE):
            assert self.source is not None
            self.original = self.source
            if answer == UPDATE:
                edit(self.source, data, under=("data",))
        elif answer == CHOICES:
            self.choices = self._checked_choices(data.json)
        else:
            form = Form(under=("data",))
            ComponentCheck(form, set()).modal(data.json)
            form.finish()
            self.modal = data.json
        self.answer = answer
        self.latency = time.monotonic() - self.started
        self.world.pulse.beat()
        return self._callback()

    def alive(self) -> None:
        """Refuse unless the token still works: 10015 before the first response, 50027 once it is over."""
        if self.killed or (self.answer is not None and self.age > LIFETIME):
            raise refuse(50027)
        if self.answer is None or self.answer in (CHOICES, FORM):
            raise refuse(10015)
        if self.channel.deleted:
            raise refuse(10003)

    def message_by_id(self, message_id: str) -> Message:
        """`@original`, or a message that this token made."""
        self.alive()
        if message_id == "@original":
            found = self.original
        else:
            found = next(
                (each for each in [self.original, *self.followups] if each and str(each.id) == message_id),
                None,
            )
        if found is None or found.deleted:
            raise refuse(10008)
        return found

    def follow_up(self, body: Body) -> Message:
        """Create Followup Message; the first one after "is thinking" takes that message's place."""
        self.alive()
        if self.original is not None and self.original.loading and not self.original.deleted:
            return edit(self.original, body)
        message = self._create(body, ())
        self.followups.append(message)
        self.world.pulse.beat()
        return message

    def _create(self, body: Body, under: tuple[str, ...]) -> Message:
        return self._post(compose(self.channel, body, author=self.world.bot, by_token=True, under=under))

    def _think(self, body: Body) -> Message:
        flags = int(body.json.get("flags") or 0)
        if flags & ~EPHEMERAL:
            form = Form(under=("data",))
            form.wrong(("flags",), "BASE_TYPE_CHOICES", "A deferred response can be ephemeral, nothing else.")
            form.finish()
        return self._post(Version(self.world.clock.now(), flags=LOADING | flags))

    def _post(self, version: Version) -> Message:
        if self.channel.deleted:
            raise refuse(10003)
        first = self.kind == COMMAND and self.original is None
        reference = (self.target if first else self.original) if self.source is None else self.source
        kind = CONTEXT_MENU_COMMAND if self.target else CHAT_INPUT_COMMAND
        return post(
            self.channel,
            self.world.bot,
            version,
            type=kind if first else REPLY if reference else DEFAULT,
            reference=reference,
            visible_to=self.member.user if version.flags & EPHEMERAL else None,
            interaction=self._metadata(),
            webhook_id=self.world.application.id,
        )

    def _metadata(self) -> Json:
        """Reference, "Message Resource", Message Interaction Metadata."""
        body: Json = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.member.user.json(),
            "authorizing_integration_owners": {"0": str(self.member.guild.id)},
        }
        if self.kind == COMMAND:
            body["command_type"] = self.data["type"]
            body["name"] = self.data["name"]
        if self.kind == COMPONENT and self.source is not None:
            body["interacted_message_id"] = str(self.source.id)
        if self.target is not None:
            body["target_message_id"] = str(self.target.id)
        if self.opener is not None:
            body["triggering_interaction_metadata"] = self.opener._metadata()
        return body

    def _checked_choices(self, data: Json) -> list[Json]:
        form = Form(under=("data",))
        choices = form.items(("choices",), data.get("choices"), 25)
        for index, choice in enumerate(choices):
            form.text(("choices", index, "name"), choice.get("name"), 100, 1)
            check_choice_value(form, ("choices", index, "value"), choice.get("value"), self.option_type)
        form.finish()
        return choices

    def _callback(self) -> Json:
        """Interaction Callback Response Object, for `with_response=true`."""
        interaction: Json = {"id": str(self.id), "type": self.kind}
        resource: Json = {"type": self.answer}
        if self.original is not None:
            interaction |= {
                "response_message_id": str(self.original.id),
                "response_message_loading": self.original.loading,
                "response_message_ephemeral": self.original.ephemeral,
            }
        if self.answer in (MESSAGE, UPDATE) and self.original is not None:
            resource["message"] = self.original.json()
        return {"interaction": interaction, "resource": resource}

    def deliver(self) -> None:
        """Send it to the bot; a gateway that resumes may do so once more."""
        self.world.gateway.dispatch("INTERACTION_CREATE", self.event(), self.channel.guild)

    def event(self) -> Json:
        """The INTERACTION_CREATE that the bot gets."""
        world, channel, member = self.world, self.channel, self.member
        permissions = channel.permissions_of(member.user).value
        body: Json = {
            "id": str(self.id),
            "application_id": str(world.application.id),
            "type": self.kind,
            "data": self.data,
            "channel": channel.json() | {"permissions": str(permissions)},
            "channel_id": str(channel.id),
            "token": self.token,
            "version": 1,
            "app_permissions": str(channel.bot_permissions.value),
            "locale": member.user.locale,
            "entitlements": [],
            "attachment_size_limit": world.upload_limit,
        }
        if channel.guild is None:
            body |= {"user": member.user.json(), "context": 1, "authorizing_integration_owners": {"0": "0"}}
        else:
            guild = str(channel.guild.id)
            body |= {
                "guild_id": guild,
                "guild": {"id": guild, "locale": channel.guild.locale, "features": []},
                "guild_locale": channel.guild.locale,
                "member": member.json() | {"permissions": str(permissions)},
                "context": 0,
                "authorizing_integration_owners": {"0": guild},
            }
        if self.source is not None:
            body["message"] = self.source.json()
        return body
