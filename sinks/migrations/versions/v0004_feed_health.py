"""How each feed does: the newest word of the producer.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sinks.model import UtcTime


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "feed_health",
        sa.Column("feed_id", sa.String(200), primary_key=True),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("is_in_trouble", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_success_at", UtcTime()),
        sa.Column("last_new_at", UtcTime()),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Go back to the ledger without it."""
    op.drop_table("feed_health")
