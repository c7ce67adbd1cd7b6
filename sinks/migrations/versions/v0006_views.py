"""Views for people with a SQL tool: places now, alerts with evidence, what counted and why, feeds, who was told.

Whoever alters or drops a column that a view names drops the view first and makes it again: SQLite refuses to rename,
and PostgreSQL to alter, what a view depends on.

Revision: 0006
"""

from __future__ import annotations

from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PLACES_NOW = """
SELECT s.place, s.control, s.holder, s.opponent, s.certainty, s.since, s.last_confirmed_at, s.is_stale,
       a.headline AS last_alert, a.at AS last_alert_at, h.state AS news, h.last_heard_at, s.reason,
       s.latitude, s.longitude, s.place_id, s.alert_id
FROM statuses s
LEFT JOIN alerts a ON a.alert_id = s.alert_id
LEFT JOIN heartbeats h ON h.kind = 'place' AND h.subject_id = s.place_id
"""

ALERTS_WITH_EVIDENCE = """
SELECT a.at, a.place, a.msg_type, a.control, a.holder, a.certainty, a.admiralty, a.headline,
       c.origin, c.side, c.reliability, c.factuality, c.sentence, c.counted, c.url, c.title, c.source_id,
       c.published_at, a.latitude, a.longitude, a.place_id, a.alert_id, c.position
FROM alerts a
LEFT JOIN citations c ON c.kind = 'alert' AND c.parent_id = a.alert_id
"""

WHAT_COUNTED = """
SELECT e.place, c.counted, c.joined, c.state AS told_state, c.actor AS told_actor, c.factuality,
       c.origin, c.side, c.reliability, c.sentence, c.url, c.source_id, c.published_at,
       e.state AS event_state, e.actor AS event_actor, e.event_date, e.certainty, e.credibility, e.grounds, e.move,
       e.place_id, e.event_id
FROM citations c
JOIN events e ON c.kind = 'event' AND c.parent_id = e.event_id
UNION ALL
SELECT s.place, c.counted, c.joined, c.state, c.actor, c.factuality,
       c.origin, c.side, c.reliability, c.sentence, c.url, c.source_id, c.published_at,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       s.place_id, NULL
FROM citations c
JOIN statuses s ON c.kind = 'set_aside' AND c.parent_id = s.place_id
"""

FEEDS_NOW = """
SELECT f.title, f.state, f.is_in_trouble, f.reason, f.advice, f.last_error, f.last_success_at, f.last_new_at, f.since,
       h.state AS news, h.last_heard_at, h.usual_gap_s / 3600.0 AS usual_gap_h, h.quiet_since,
       f.url, f.source_id, f.feed_id
FROM feed_health f
LEFT JOIN heartbeats h ON h.kind = 'feed' AND h.subject_id = f.source_id
"""

WHO_WAS_TOLD = """
SELECT a.at, a.place, a.headline, d.writer AS receiver, COALESCE(d.reason, a.routing) AS reason, d.because, d.due_at,
       d.delivered_at, d.attempts, d.last_error, d.is_abandoned, n.group_name, n.route, d.notification_id,
       a.place_id, a.alert_id
FROM alerts a
LEFT JOIN deliveries d ON d.alert_id = a.alert_id
LEFT JOIN notifications n ON n.notification_id = d.notification_id
"""

VIEWS = {
    "places_now": PLACES_NOW,
    "alerts_with_evidence": ALERTS_WITH_EVIDENCE,
    "what_counted": WHAT_COUNTED,
    "feeds_now": FEEDS_NOW,
    "who_was_told": WHO_WAS_TOLD,
}


def upgrade() -> None:
    """Add the views."""
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")


def downgrade() -> None:
    """Go back to the ledger without them."""
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
