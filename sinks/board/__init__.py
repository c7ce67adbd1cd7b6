"""The board: what the ledger holds, as a page and as an API."""
