"""Secrets that must never be read in a log, an error or `doctor`: told here once, replaced wherever text goes out.

Libraries log the addresses they call and put them into their exceptions; an address may hold a token. So it is not
enough that our own code keeps quiet.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote, quote_plus, unquote


MASK = "***"
# Shorter ones ("bot", "443") are words of their own; masking them would blacken every line.
SHORTEST = 4

_secrets: frozenset[str] = frozenset()
_pattern: re.Pattern[str] | None = None


def conceal(*secrets: str) -> None:
    """Have these secrets replaced from now on, as they are, percent-encoded and as JSON and Python write them."""
    global _secrets, _pattern  # noqa: PLW0603  # a process has one log
    forms = {
        form
        for secret in secrets
        for form in (
            secret,
            unquote(secret),
            quote(secret, safe=""),
            quote(secret),
            quote_plus(secret),
            json.dumps(secret)[1:-1],
            repr(secret)[1:-1],
        )
        if len(form) >= SHORTEST
    }
    if forms - _secrets:
        _secrets |= forms
        # The longest first: an address goes as a whole, not only the token in it.
        _pattern = re.compile("|".join(map(re.escape, sorted(_secrets, key=len, reverse=True))))


def redacted(text: str) -> str:
    """Return `text` with every secret that was told replaced."""
    return text if _pattern is None else _pattern.sub(MASK, text)
