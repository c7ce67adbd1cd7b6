"""Heartbeats: the newest of each feed, each place and the stream.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sinks.model import UtcTime


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "heartbeats",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("subject_id", sa.String(200), primary_key=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("last_heard_at", UtcTime(), nullable=False),
        sa.Column("usual_gap_s", sa.Integer()),
        sa.Column("quiet_after_s", sa.Integer()),
        sa.Column("quiet_since", UtcTime()),
        sa.Column("assessed_at", UtcTime(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Go back to the first ledger."""
    op.drop_table("heartbeats")
