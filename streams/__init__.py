"""streams: reads articles and tracks the status of places (a Faust application)."""
