"""The first ledger: alerts, statuses, events, citations, deliveries and dead letters.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sinks.model import UtcTime


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build this version from nothing."""
    op.create_table(
        "alerts",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("alert_id", sa.String(200), nullable=False, unique=True),
        sa.Column("msg_type", sa.String(20), nullable=False),
        sa.Column("place_id", sa.String(200), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("control", sa.String(20), nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("opponent", sa.Text()),
        sa.Column("certainty", sa.String(20), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cap_certainty", sa.String(20), nullable=False),
        sa.Column("admiralty", sa.String(2), nullable=False),
        sa.Column("acled", sa.Text()),
        sa.Column("cameo", sa.String(20)),
        sa.Column("plover", sa.Text()),
        sa.Column("references", sa.JSON(), nullable=False),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("record", sa.JSON(), nullable=False),
    )
    op.create_index("ix_alerts_place_id_at", "alerts", ["place_id", "at"])
    op.create_index("ix_alerts_at", "alerts", ["at"])
    op.create_table(
        "statuses",
        sa.Column("place_id", sa.String(200), primary_key=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("control", sa.String(20), nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("opponent", sa.Text()),
        sa.Column("certainty", sa.String(20), nullable=False),
        sa.Column("since", UtcTime()),
        sa.Column("last_confirmed_at", UtcTime()),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("assessed_at", UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.String(200)),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("record", sa.JSON(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(200), primary_key=True),
        sa.Column("place_id", sa.String(200), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("actor", sa.Text()),
        sa.Column("side", sa.Text()),
        sa.Column("against", sa.Text()),
        sa.Column("event_date", sa.String(10), nullable=False),
        sa.Column("certainty", sa.String(20), nullable=False),
        sa.Column("credibility", sa.String(2), nullable=False),
        sa.Column("origins", sa.Integer(), nullable=False),
        sa.Column("first_reported_at", UtcTime(), nullable=False),
        sa.Column("last_reported_at", UtcTime(), nullable=False),
        sa.Column("assessed_at", UtcTime(), nullable=False),
        sa.Column("acled", sa.Text()),
        sa.Column("cameo", sa.String(20)),
        sa.Column("plover", sa.Text()),
        sa.Column("record", sa.JSON(), nullable=False),
    )
    op.create_index("ix_events_place_id_event_date", "events", ["place_id", "event_date"])
    op.create_table(
        "citations",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("parent_id", sa.String(200), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("origin_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("side", sa.Text()),
        sa.Column("reliability", sa.String(2), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("factuality", sa.String(20), nullable=False),
        sa.Column("actor", sa.Text()),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
    )
    op.create_index("ix_citations_article_id", "citations", ["article_id"])
    op.create_table(
        "deliveries",
        sa.Column("alert_id", sa.String(200), primary_key=True),
        sa.Column("writer", sa.String(100), primary_key=True),
        sa.Column("delivered_at", UtcTime()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("is_abandoned", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text()),
    )
    op.create_table(
        "dead_letters",
        sa.Column("dead_letter_id", sa.String(32), primary_key=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
    )
    op.create_index("ix_dead_letters_at", "dead_letters", ["at"])


def downgrade() -> None:
    """Go back to nothing."""
    for table in ("dead_letters", "deliveries", "citations", "events", "statuses", "alerts"):
        op.drop_table(table)
