"""Whom a message would really ping. Reference, "Message Resource", Allowed Mentions Object."""

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .errors import Form, Json

if TYPE_CHECKING:
    from .channels import Channel
    from .people import Member, Role, User

USER, ROLE, EVERYONE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>"), re.compile(r"@(?:everyone|here)")
# When a request does not say; interactions (and all webhooks) parse users only.
ALLOWED_IN_MESSAGES: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}
ALLOWED_BY_TOKEN: Json = {"parse": ["users"]}
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
KINDS = ("users", "roles", "everyone")


@dataclass(frozen=True)
class Pings:
    """`member in message.pings`; false when nobody is pinged."""

    users: frozenset[int] = field(default_factory=frozenset)
    roles: frozenset[int] = field(default_factory=frozenset)
    everyone: bool = False

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)

    def without(self, user: "User") -> "Pings":
        """The same for a message by `user`, whom their own message does not notify."""
        return replace(self, users=self.users - {user.id})

    def __contains__(self, who: "Member | User | Role") -> bool:
        return who.id in self.users or who.id in self.roles


def check_allowed_mentions(form: Form, allowed: Any) -> None:
    """An id list and `parse` of the same kind exclude each other; 100 ids at most."""
    if allowed is None:
        return
    if not isinstance(allowed, dict):
        form.wrong(("allowed_mentions",), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    parse = form.items(("allowed_mentions", "parse"), allowed.get("parse"), 3)
    for index, kind in enumerate(parse):
        form.one_of(("allowed_mentions", "parse", index), kind, KINDS)
    for kind in ("users", "roles"):
        ids = form.items(("allowed_mentions", kind), allowed.get(kind), 100)
        if ids and kind in parse:
            form.wrong(
                ("allowed_mentions",),
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )


def pings_of(channel: "Channel", author: "User", text: str, allowed: Json, replied: "User | None") -> Pings:
    """What of the mentions in `text` survives `allowed`. Text in code marks mentions nobody."""
    text = CODE.sub("", text)
    parse = allowed.get("parse") or []

    def survivors(kind: str, pattern: re.Pattern[str]) -> set[int]:
        named = {int(found) for found in pattern.findall(text)}
        return named if kind in parse else named & {int(each) for each in allowed.get(kind) or []}

    users = {each for each in survivors("users", USER) if each in channel.world.users}
    if replied is not None and allowed.get("replied_user", False):
        users.add(replied.id)
    if channel.guild is None:
        return Pings(frozenset(users))
    may_ping_all = channel.permissions_of(author).mention_everyone
    roles = {
        each
        for each in survivors("roles", ROLE)
        if (role := channel.guild.roles.get(each)) and (role.mentionable or may_ping_all)
    }
    everyone = "everyone" in parse and may_ping_all and EVERYONE.search(text) is not None
    return Pings(frozenset(users), frozenset(roles), everyone)
