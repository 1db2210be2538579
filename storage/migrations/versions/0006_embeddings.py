"""The words that members made or brought, what others think of them, and what was drawn with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_IN_USE = sa.text("state != 'withdrawn'")


def upgrade() -> None:
    """Add the tables, empty."""
    op.create_table(
        "embeddings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("folded", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("checkpoint", sa.Text()),
        sa.Column("widths", _DOCUMENT, nullable=False),
        sa.Column("vectors", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(64)),
        sa.Column("previews", _DOCUMENT, nullable=False),
        sa.Column("recipe", _DOCUMENT),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("signed_by", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("published_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_embeddings"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_embeddings_server_id_servers"),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name="fk_embeddings_owner_id_members"),
    )
    op.create_index("ix_embeddings_file", "embeddings", ["file"])
    op.create_index(
        "ix_embeddings_server_id",
        "embeddings",
        ["server_id", "folded"],
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )
    op.create_table(
        "embedding_opinions",
        sa.Column("embedding_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("stars", sa.Integer()),
        sa.Column("report", sa.Text()),
        sa.PrimaryKeyConstraint("embedding_id", "member_id", name="pk_embedding_opinions"),
        sa.ForeignKeyConstraint(
            ["embedding_id"], ["embeddings.id"], name="fk_embedding_opinions_embedding_id_embeddings"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_embedding_opinions_member_id_members"
        ),
    )
    op.create_table(
        "embedding_uses",
        sa.Column("embedding_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("embedding_id", "job_id", name="pk_embedding_uses"),
        sa.ForeignKeyConstraint(
            ["embedding_id"], ["embeddings.id"], name="fk_embedding_uses_embedding_id_embeddings"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_embedding_uses_job_id_jobs"),
    )


def downgrade() -> None:
    """Forget the embeddings; their files stay among the blobs."""
    for table in ("embedding_uses", "embedding_opinions", "embeddings"):
        op.drop_table(table)
