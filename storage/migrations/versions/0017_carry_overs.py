"""Embeddings on their way to other checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing is on its way yet."""
    op.create_table(
        "carry_overs",
        sa.Column("embedding_id", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.String(255), nullable=False),
        sa.Column("job_id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("file", sa.String(64), nullable=True),
        sa.Column("likeness", sa.Float(), nullable=True),
        sa.Column("failure", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("embedding_id", "checkpoint", name="pk_carry_overs"),
        sa.ForeignKeyConstraint(
            ["embedding_id"], ["embeddings.id"], name="fk_carry_overs_embedding_id_embeddings"
        ),
        sa.UniqueConstraint("job_id", name="uq_carry_overs_job_id"),
    )
    op.create_index("ix_carry_overs_file", "carry_overs", ["file"])


def downgrade() -> None:
    """Forget what was carried over; the checkpoints that words were made for go on drawing them."""
    op.drop_table("carry_overs")
