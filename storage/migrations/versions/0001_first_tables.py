"""The first tables: servers, channels, members, jobs, pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "servers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_servers"),
    )
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("server_id", sa.BigInteger()),
        sa.Column("policy", _DOCUMENT),
        sa.Column("opened_by", sa.BigInteger()),
        sa.Column("opened_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_channels_server_id_servers"),
        sa.ForeignKeyConstraint(["opened_by"], ["members.id"], name="fk_channels_opened_by_members"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("job", _DOCUMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("server_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("token_expires_at", _MOMENT),
        sa.Column("source_message_id", sa.BigInteger()),
        sa.Column("source_job_id", sa.String(16)),
        sa.Column("source_index", sa.Integer()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("message_channel_id", sa.BigInteger()),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("seconds", sa.Float()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_jobs_server_id_servers"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_jobs_channel_id_channels"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_jobs_member_id_members"),
        sa.ForeignKeyConstraint(["source_job_id"], ["jobs.id"], name="fk_jobs_source_job_id_jobs"),
    )
    op.create_index("ix_jobs_member_id", "jobs", ["member_id", "created_at"])
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_table(
        "pictures",
        sa.Column("job_id", sa.String(16), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("blob", sa.String(64)),
        sa.Column("recipe", _DOCUMENT, nullable=False),
        sa.Column("findings", _DOCUMENT, nullable=False),
        sa.Column("verdict", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "index", name="pk_pictures"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_pictures_job_id_jobs"),
    )
    op.create_index("ix_pictures_blob", "pictures", ["blob"])
