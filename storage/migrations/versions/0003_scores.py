"""All that pictures were ranked by, in place of the agreement alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Take the agreements over."""
    op.add_column("pictures", sa.Column("scores", _DOCUMENT, nullable=True))
    pictures = sa.table(
        "pictures",
        sa.column("job_id", sa.String),
        sa.column("index", sa.Integer),
        sa.column("agreement", sa.Float),
        sa.column("scores", _DOCUMENT),
    )
    ranked = sa.select(pictures.c.job_id, pictures.c.index, pictures.c.agreement).where(
        pictures.c.agreement.is_not(None)
    )
    database = op.get_bind()
    for job_id, index, agreement in database.execute(ranked).all():
        database.execute(
            pictures.update()
            .where(pictures.c.job_id == job_id, pictures.c.index == index)
            .values(scores={"agreement": agreement})
        )
    op.drop_column("pictures", "agreement")


def downgrade() -> None:
    """Keep of the scores the agreements alone."""
    op.add_column("pictures", sa.Column("agreement", sa.Float(), nullable=True))
    pictures = sa.table(
        "pictures",
        sa.column("job_id", sa.String),
        sa.column("index", sa.Integer),
        sa.column("agreement", sa.Float),
        sa.column("scores", _DOCUMENT),
    )
    database = op.get_bind()
    ranked = sa.select(pictures.c.job_id, pictures.c.index, pictures.c.scores)
    for job_id, index, scores in database.execute(ranked.where(pictures.c.scores.is_not(None))).all():
        database.execute(
            pictures.update()
            .where(pictures.c.job_id == job_id, pictures.c.index == index)
            .values(agreement=(scores or {}).get("agreement"))
        )
    op.drop_column("pictures", "scores")
