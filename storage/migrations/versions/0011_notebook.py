"""Members' notebooks, and what members and channels ask for by default."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "notebook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.String(64), nullable=False),
        sa.Column("entry", _DOCUMENT, nullable=False),
        sa.Column("server_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_notebook"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_notebook_member_id_members"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_notebook_server_id_servers"),
    )
    op.create_index("ix_notebook_server_id", "notebook", ["server_id"])
    op.create_index("ix_notebook_member_id", "notebook", ["member_id", "folded"], unique=True)
    op.create_table(
        "defaults",
        sa.Column("of_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chosen", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("of_id", name="pk_defaults"),
    )


def downgrade() -> None:
    """Forget notebooks and defaults."""
    for table in ("defaults", "notebook"):
        op.drop_table(table)
