"""What members chose among pictures, and what CLIP saw in these."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the table, empty, and the column: of pictures that came before, nothing can be learned."""
    op.add_column("pictures", sa.Column("look", _DOCUMENT, nullable=True))
    op.create_table(
        "choices",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(16), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("liked", sa.Boolean(), nullable=False),
        sa.Column("server_id", sa.BigInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "job_id", "index", name="pk_choices"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_choices_member_id_members"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_choices_job_id_jobs"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_choices_server_id_servers"),
    )
    op.create_index("ix_choices_server_id", "choices", ["server_id"])


def downgrade() -> None:
    """Forget what was chosen."""
    op.drop_table("choices")
    op.drop_column("pictures", "look")
