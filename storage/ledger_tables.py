"""The tables of the ledger of credits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base, Moment, Snowflake

BUSINESS_ID = 96
"""Characters of what a transfer is for: written twice, it is one transfer."""


class TransferRow(Base):
    """So many credits went from one account to another: rows are added and never changed.

    storage/records/ledger.py has the accounts and the kinds. `by_id` is the member who granted them.
    """

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    business_id: Mapped[str] = mapped_column(String(BUSINESS_ID), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    giver: Mapped[str] = mapped_column(String(64))
    taker: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[str | None] = mapped_column(String(16))
    by_id: Mapped[int | None] = mapped_column(Snowflake)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("amount >= 0", name="ck_transfers_amount"),
        Index(None, "giver", "id"),
        Index(None, "taker", "id"),
    )


class BalanceRow(Base):
    """What an account holds: all that it took, less all that it gave."""

    __tablename__ = "balances"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    credits: Mapped[int] = mapped_column(BigInteger)
