"""Whether a feed has moved for good: when the address it redirects to is polled instead. Pure.

A redirect is believed only when every hop says it is permanent, the same hops are seen for two days, and what they
lead to is a feed. A hijacked or misconfigured server gets a feed's readers for an hour, not for ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from producers.feed_state import FeedState
from producers.fetched import Fetched


ADOPTED_AFTER = timedelta(hours=48)
# An adopted address that fails this often in a row is given up for the one in the list.
MAX_FAILED_POLLS = 3
MAX_URL_CHARS = 2048
_PERMANENT = frozenset({301, 308})


class Move(StrEnum):
    """What the redirects of a successful poll come to."""

    NONE = "no_redirect"
    TEMPORARY = "temporary_hop"
    INSECURE = "https_to_http"
    WAITING = "not_seen_for_two_days"
    ADOPTED = "adopted"


class HopFault(StrEnum):
    """Why a redirect is not followed."""

    SCHEME = "not http or https"
    TOO_LONG = "longer than an address may be"
    INSECURE = "from https to http, where anybody on the way could change the news"


def next_hop(url: str, location: str) -> tuple[str, HopFault | None]:
    """Return where a redirect leads, and why it is not to be followed if it is not."""
    target = urljoin(url, location.strip())
    scheme = urlsplit(target).scheme
    if scheme not in {"http", "https"} or not urlsplit(target).hostname:
        return target, HopFault.SCHEME
    if len(target) > MAX_URL_CHARS:
        return target, HopFault.TOO_LONG
    if urlsplit(url).scheme == "https" and scheme == "http":
        return target, HopFault.INSECURE
    return target, None


def note_redirects(state: FeedState, fetched: Fetched, now: datetime) -> Move:
    """Note the redirects of a poll that gave the feed; adopt where they lead if it is time.

    Call it for successes only: what is no feed must not be adopted, and a failure says nothing of the address.
    """
    move = _judge(state, fetched, now)
    if move in {Move.NONE, Move.TEMPORARY, Move.INSECURE}:
        state.redirect_chain, state.redirect_since = [], None
    elif move is Move.ADOPTED:
        state.adopted_url = fetched.url
        state.redirect_chain, state.redirect_since = [], None
    else:
        chain = _chain(fetched)
        if chain != state.redirect_chain:
            state.redirect_chain, state.redirect_since = chain, now
    return move


def give_up_move(state: FeedState) -> bool:
    """Return to the listed address when the adopted one keeps failing; return whether it does."""
    if not state.adopted_url or state.failed_polls < MAX_FAILED_POLLS:
        return False
    state.adopted_url, state.redirect_chain, state.redirect_since = "", [], None
    return True


def _judge(state: FeedState, fetched: Fetched, now: datetime) -> Move:
    if not fetched.redirects:
        return Move.NONE
    if any(status not in _PERMANENT for status, _ in fetched.redirects):
        return Move.TEMPORARY
    if urlsplit(state.url).scheme == "https" and urlsplit(fetched.url).scheme != "https":
        return Move.INSECURE
    is_old = state.redirect_since is not None and now - state.redirect_since >= ADOPTED_AFTER
    return Move.ADOPTED if is_old and _chain(fetched) == state.redirect_chain else Move.WAITING


def _chain(fetched: Fetched) -> list[str]:
    return [*(f"{status} {url}" for status, url in fetched.redirects), fetched.url]
