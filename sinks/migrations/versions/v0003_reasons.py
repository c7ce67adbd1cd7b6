"""Reasons as columns: why it is as sure as it is, what an event did, why a report is in its event.

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("alerts", "grounds"),
    ("statuses", "grounds"),
    ("events", "grounds"),
    ("events", "move"),
    ("citations", "joined"),
)


def upgrade() -> None:
    """Add the columns; what is there keeps them empty until it is written again."""
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text()))


def downgrade() -> None:
    """Go back to the ledger without them."""
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column)
