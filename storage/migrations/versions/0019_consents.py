"""Members who let their own name be used, as a moderator confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "consents",
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "member_id", "name", name="pk_consents"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_consents_server_id_servers"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_consents_member_id_members"),
    )


def downgrade() -> None:
    """Forget who consented."""
    op.drop_table("consents")
