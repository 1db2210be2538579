"""The gallery of known faces: descriptors by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nobody is known yet."""
    op.create_table(
        "known_faces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.BigInteger()),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("encoder", sa.String(32), nullable=False),
        sa.Column("descriptor", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.BigInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_faces"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_known_faces_server_id_servers"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_known_faces_member_id_members"),
    )
    op.create_index("ix_known_faces_server_id", "known_faces", ["server_id"])


def downgrade() -> None:
    """Forget everybody."""
    op.drop_table("known_faces")
