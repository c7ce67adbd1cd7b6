"""Whether a site lets programs read a page: robots.txt as RFC 9309 has it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from protego import Protego


# What RFC 9309 asks a program to read at least; what lies beyond may be left.
MAX_BYTES = 500 * 1024
OUR_NAME = "placewatch"
# Sites that ask for more are asked for pages as seldom as feeds are polled: their feeds share the wait, and a slip of
# the pen must not silence these for years.
MAX_CRAWL_DELAY_S = 600.0
_CLIENT_ERRORS = range(400, 500)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site for us.

    Attributes:
        rules: what its robots.txt says, or None when there is none that counts.
        is_closed: whether everything is forbidden because nobody could say what is allowed.
    """

    rules: Protego | None = None
    is_closed: bool = False

    def allows(self, url: str) -> bool:
        """Return whether the page at `url` may be read."""
        if self.is_closed:
            return False
        return self.rules is None or bool(self.rules.can_fetch(url, OUR_NAME))

    @property
    def crawl_delay_s(self) -> float:
        """The seconds the site wants between two requests, ten minutes at most; 0 when it does not say."""
        delay = self.rules.crawl_delay(OUR_NAME) if self.rules else None
        return min(float(delay or 0.0), MAX_CRAWL_DELAY_S)


def robots_of(status: int, body: bytes) -> Robots:
    """Return the rules in an answer to the request for robots.txt; `status` 0 means there was none.

    No such file allows everything, a server that cannot say forbids everything: so RFC 9309, 2.3.1.
    """
    if status in _CLIENT_ERRORS:
        return Robots()
    if status != 200:  # noqa: PLR2004
        return Robots(is_closed=True)
    return Robots(Protego.parse(body[:MAX_BYTES].decode("utf-8", "replace")))


def robots_url(url: str) -> str:
    """Return where the rules for `url` are."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
