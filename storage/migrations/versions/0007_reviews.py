"""What moderators decide: reviews, reports, strikes, suspensions, the audit log, and where pictures stand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.schema import SchemaItem

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables, and the moderators' channel of a server, which nobody has named yet."""
    op.add_column("servers", sa.Column("moderators_channel_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        *_server_and_member("reviews"),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(16)),
        sa.Column("index", sa.Integer()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("about", _DOCUMENT, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_at", _MOMENT),
        sa.Column("card_channel_id", sa.BigInteger()),
        sa.Column("card_message_id", sa.BigInteger()),
        sa.Column("told_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("key", name="uq_reviews_key"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_reviews_job_id_jobs"),
    )
    op.create_index("ix_reviews_server_id", "reviews", ["server_id", "state"])
    op.create_index("ix_reviews_job_id", "reviews", ["job_id"])
    op.create_table(
        "reports",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("review_id", "member_id", name="pk_reports"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_reports_review_id_reviews"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_reports_member_id_members"),
    )
    op.create_table(
        "strikes",
        sa.Column("key", sa.String(96), nullable=False),
        *_server_and_member("strikes"),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("forgiven", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_strikes"),
    )
    op.create_index("ix_strikes_server_id", "strikes", ["server_id", "member_id"])
    op.create_table(
        "suspensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        *_server_and_member("suspensions"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger()),
        sa.Column("begins_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("lifted_by", sa.BigInteger()),
        sa.Column("lifted_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_suspensions"),
        sa.UniqueConstraint("key", name="uq_suspensions_key"),
    )
    op.create_index("ix_suspensions_server_id", "suspensions", ["server_id", "member_id"])
    op.create_table(
        "audit",
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("about", _DOCUMENT, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "number", name="pk_audit"),
        sa.UniqueConstraint("key", name="uq_audit_key"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_audit_server_id_servers"),
    )
    op.create_table(
        "showings",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "index", name="pk_showings"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_showings_job_id_jobs"),
    )
    op.create_index("ix_showings_job_id", "showings", ["job_id"])


def downgrade() -> None:
    """Forget all that moderators decided."""
    for table in ("showings", "audit", "suspensions", "strikes", "reports", "reviews"):
        op.drop_table(table)
    op.drop_column("servers", "moderators_channel_id")


def _server_and_member(table: str) -> tuple[SchemaItem, ...]:
    return (
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name=f"fk_{table}_server_id_servers"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=f"fk_{table}_member_id_members"),
    )
