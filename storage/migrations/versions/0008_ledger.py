"""The ledger of credits: transfers between accounts, and what each account holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; jobs of earlier versions cost nothing."""
    op.create_table(
        "transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(96), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("giver", sa.String(64), nullable=False),
        sa.Column("taker", sa.String(64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(16)),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sa.UniqueConstraint("business_id", name="uq_transfers_business_id"),
        sa.CheckConstraint("amount >= 0", name="ck_transfers_amount"),
    )
    op.create_index("ix_transfers_giver", "transfers", ["giver", "id"])
    op.create_index("ix_transfers_taker", "transfers", ["taker", "id"])
    op.create_table(
        "balances",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_balances"),
    )


def downgrade() -> None:
    """Forget who owns and owes what."""
    for table in ("balances", "transfers"):
        op.drop_table(table)
