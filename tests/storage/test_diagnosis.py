"""A part whose examination fails is a line like the others."""

from __future__ import annotations

from storage.diagnosis import Check, examined


def test_what_nobody_foresaw_is_a_line() -> None:
    def strange() -> list[Check]:
        raise ZeroDivisionError("nobody\nforesaw this")

    (check,) = examined("database", strange)
    assert (check.part, check.state) == ("database", "broken")
    assert check.says == "cannot be examined (ZeroDivisionError: nobody foresaw this)"
    fine = [Check(part="database", state="fine", says="up to date")]
    assert examined("database", lambda: fine) == fine
