"""The ledger's schema, version by version; `sinks.ledger` runs them when it opens a ledger."""
