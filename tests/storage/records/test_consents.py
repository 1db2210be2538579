from __future__ import annotations

from storage.database import Database
from storage.records.audit import AuditRecords, first_broken
from storage.records.consents import Consent, ConsentRecords

GUILD, ADA, BEN, MODERATOR = 10, 1, 2, 3


async def test_a_consent_is_one_members_in_one_server_until_it_is_taken_back(database: Database) -> None:
    consents = ConsentRecords(database)
    hers = Consent(GUILD, ADA, "Tom Hanks")
    for _ in range(2):
        await consents.give(hers, MODERATOR, "1")
    await consents.give(Consent(GUILD, ADA, "Ana Roe"), MODERATOR, "2")
    assert await consents.names(GUILD, ADA) == ("Ana Roe", "Tom Hanks")
    assert await consents.names(GUILD, BEN) == await consents.names(GUILD + 1, ADA) == ()
    assert await consents.end(hers, ADA, "3")
    assert not await consents.end(hers, ADA, "4")
    assert await consents.of_server(GUILD) == [Consent(GUILD, ADA, "Ana Roe")]
    log = await AuditRecords(database).whole(GUILD)
    assert [(line.what, line.actor_id, line.about["name"]) for line in log] == [
        ("consent", MODERATOR, "Tom Hanks"),
        ("consent", MODERATOR, "Ana Roe"),
        ("consent ended", ADA, "Tom Hanks"),
    ]
    assert first_broken(log) is None
