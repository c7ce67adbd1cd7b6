"""What Alembic runs a migration in: the connection, and the transaction, of whoever opened the ledger."""

from __future__ import annotations

from alembic import context

from sinks.model import Base


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter most things about a table: batch mode copies it instead.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
