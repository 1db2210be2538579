"""How results are handed over, and who had a picture shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; all that came before was shown to everybody, by nobody knows whom."""
    op.add_column("jobs", sa.Column("manner", sa.String(16), nullable=True))
    op.add_column("showings", sa.Column("member_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Forget both.

    An older bot shows a server's jobs to the whole server: those that were private become their members' own,
    as if they had been asked for in a direct message.
    """
    op.execute("UPDATE jobs SET server_id = NULL WHERE manner IN ('private', 'direct')")
    op.drop_column("showings", "member_id")
    op.drop_column("jobs", "manner")
