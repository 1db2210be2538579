"""What Discord answers when it refuses. Reference, "Opcodes and Status Codes", JSON error codes."""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]

REASONS: dict[int, tuple[int, str]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20012: (403, "You are not authorized to perform this action on this application"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
}


class Refusal(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} (error {code}): {message} {errors or ''}".rstrip())
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        body: Json = {"message": self.message, "code": self.code}
        return body if self.errors is None else body | {"errors": self.errors}


def refuse(code: int) -> Refusal:
    """The refusal with this JSON error code."""
    status, message = REASONS[code]
    return Refusal(status, code, message)


class Form:
    """Collects what is wrong with a body, field by field. Reference, "Error Messages" (50035)."""

    def __init__(self, *, under: Path = ()) -> None:
        self.errors: Json = {}
        self._under = under

    def wrong(self, path: Path, code: str, message: str) -> None:
        node = self.errors
        for key in (*self._under, *path):
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def text(self, path: Path, value: Any, most: int, least: int = 0) -> str:
        """A string of so many characters; None counts as empty."""
        if value is not None and not isinstance(value, str):
            self.wrong(path, "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
            return ""
        text = str(value or "")
        if not text and least:
            self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not least <= len(text) <= most:
            bounds = f"Must be between {least} and {most} in length."
            self.wrong(
                path, "BASE_TYPE_BAD_LENGTH", bounds if least else f"Must be {most} or fewer in length."
            )
        return text

    def items(self, path: Path, value: Any, most: int, least: int = 0) -> list[Any]:
        """A list of so many elements; None counts as empty."""
        if value is not None and not isinstance(value, list):
            self.wrong(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType.")
            return []
        value = value or []
        if not least <= len(value) <= most:
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        return list(value)

    def one_of(self, path: Path, value: Any, choices: Iterable[Any]) -> None:
        choices = tuple(choices)
        if value not in choices or isinstance(value, bool):
            self.wrong(path, "BASE_TYPE_CHOICES", f"Value must be one of {choices}.")

    def number(self, path: Path, value: Any, least: int, most: int) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(path, "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")

    def finish(self) -> None:
        """Refuse, if anything was wrong."""
        if self.errors:
            status, message = REASONS[50035]
            raise Refusal(status, 50035, message, self.errors)
