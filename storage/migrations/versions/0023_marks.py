"""Which channels were age-restricted when they were last seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. What had a policy of its own may have been marked: if it is not, it closes.

    To set a policy opened a closed channel, which is said of each such channel that is open.
    """
    op.create_table(
        "marks",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name="pk_marks"),
    )
    op.execute(
        "INSERT INTO marks (channel_id) SELECT DISTINCT place_id FROM policies WHERE place_id <> server_id"
    )
    op.execute(
        "INSERT INTO policies (server_id, place_id, change, member_id, at) "
        "SELECT server_id, place_id, 'reopened', member_id, at FROM policies AS opened "
        "WHERE change = 'set' AND id = (SELECT max(id) FROM policies AS last "
        "WHERE last.place_id = opened.place_id AND last.change IN ('set', 'closed', 'reopened')) "
        "AND EXISTS (SELECT 1 FROM policies AS lost "
        "WHERE lost.place_id = opened.place_id AND lost.change = 'closed')"
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("marks")
