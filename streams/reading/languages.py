"""Which languages the reader has a model and a grammar for. Pure."""

from __future__ import annotations


READABLE = frozenset({"en"})


def is_readable(language: str | None) -> bool:
    """Return whether texts of a language ("en-gb") can be read; one that nobody knows is tried."""
    return not language or language.lower().partition("-")[0] in READABLE
