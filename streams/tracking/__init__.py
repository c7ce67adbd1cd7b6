"""tracking: pure; readings of a place in, its events, status and alerts out."""
