"""Who is told, and why not: routing of alerts, reasons of deliveries, notifications and silences.

What is in the ledger already came before there were routes, and is told to nobody later.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sinks.model import UtcTime


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables."""
    op.add_column("alerts", sa.Column("routing", sa.String(40)))
    op.execute("UPDATE alerts SET routing = 'before_routes'")
    op.create_index("ix_alerts_routing", "alerts", ["routing"])
    op.add_column("deliveries", sa.Column("reason", sa.String(40)))
    op.add_column("deliveries", sa.Column("because", sa.Text()))
    op.add_column("deliveries", sa.Column("routed_at", UtcTime()))
    op.add_column("deliveries", sa.Column("due_at", UtcTime()))
    op.add_column("deliveries", sa.Column("notification_id", sa.String(16)))
    op.create_index("ix_deliveries_writer_reason", "deliveries", ["writer", "reason"])
    op.create_index("ix_deliveries_notification_id", "deliveries", ["notification_id"])
    op.create_table(
        "notifications",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("notification_id", sa.String(16), nullable=False, unique=True),
        sa.Column("receiver", sa.String(100), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("delivered_at", UtcTime()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcTime()),
        sa.Column("is_abandoned", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text()),
    )
    op.create_index(
        "ix_notifications_receiver_created_at", "notifications", ["receiver", "created_at"]
    )
    op.create_table(
        "silences",
        sa.Column("silence_id", sa.String(16), primary_key=True),
        sa.Column("matchers", sa.JSON(), nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
    )


def downgrade() -> None:
    """Go back to the ledger without them."""
    op.drop_table("silences")
    op.drop_table("notifications")
    op.drop_index("ix_deliveries_notification_id", "deliveries")
    op.drop_index("ix_deliveries_writer_reason", "deliveries")
    for column in ("notification_id", "due_at", "routed_at", "because", "reason"):
        op.drop_column("deliveries", column)
    op.drop_index("ix_alerts_routing", "alerts")
    op.drop_column("alerts", "routing")
