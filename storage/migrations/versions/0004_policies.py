"""A history of policies for servers, categories, channels and threads, in place of one policy a channel."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Take over the policies that channels have; their old columns stay, as SQLite could not drop them."""
    op.create_table(
        "policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("policy", _DOCUMENT),
        sa.Column("member_id", sa.BigInteger()),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_policies_server_id_servers"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_policies_member_id_members"),
    )
    op.create_index("ix_policies_place_id", "policies", ["place_id"])
    columns = ("id", "server_id", "opened_by")
    channels = sa.table(
        "channels",
        *(sa.column(name, sa.BigInteger) for name in columns),
        sa.column("policy", _DOCUMENT),
        sa.column("opened_at", _MOMENT),
    )
    policies = sa.table(
        "policies",
        *(sa.column(name, sa.BigInteger) for name in ("server_id", "place_id", "member_id")),
        sa.column("change", sa.String),
        sa.column("policy", _DOCUMENT),
        sa.column("at", _MOMENT),
    )
    database = op.get_bind()
    for row in database.execute(sa.select(channels).where(channels.c.server_id.is_not(None))).all():
        if row.policy is not None:
            database.execute(
                policies.insert().values(
                    server_id=row.server_id,
                    place_id=row.id,
                    member_id=row.opened_by,
                    change="set",
                    policy=row.policy,
                    at=row.opened_at or datetime.now(UTC),
                )
            )


def downgrade() -> None:
    """Go back to the policies that channels had before; what was set since is forgotten."""
    op.drop_table("policies")
