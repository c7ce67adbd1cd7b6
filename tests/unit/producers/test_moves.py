"""When a redirect is believed (T32 to T36 of the table in README.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from producers.feed_state import FeedState
from producers.fetched import Fetched, Outcome
from producers.moves import HopFault, Move, give_up_move, next_hop, note_redirects


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, NEW = "https://old.example/feed", "https://new.example/feed"


def after(*statuses: int, url: str = NEW) -> Fetched:
    hops = tuple((status, f"https://old.example/{n}") for n, status in enumerate(statuses))
    return Fetched(Outcome.FETCHED, url=url, status=200, redirects=hops)


def test_t33_a_permanent_redirect_seen_for_two_days_is_adopted() -> None:
    state = FeedState("f", OLD)
    for hours in (0, 1, 47.9):
        assert note_redirects(state, after(301, 308), NOW + timedelta(hours=hours)) is Move.WAITING
        assert state.poll_url == OLD
    assert note_redirects(state, after(301, 308), NOW + timedelta(hours=48)) is Move.ADOPTED
    assert (state.poll_url, state.url, state.feed_id) == (NEW, OLD, "f")


@pytest.mark.parametrize("statuses", [(302,), (301, 302), (302, 301), (301, 307), (303,)])
def test_t32_a_chain_with_a_temporary_hop_is_not_adopted(statuses: tuple[int, ...]) -> None:
    state = FeedState("f", OLD)
    for day in range(10):
        move = note_redirects(state, after(*statuses), NOW + timedelta(days=day))
        assert move is Move.TEMPORARY
    assert state.poll_url == OLD


def test_t32_a_chain_that_changes_starts_its_two_days_anew() -> None:
    state = FeedState("f", OLD)
    note_redirects(state, after(301), NOW)
    note_redirects(state, after(301, url="https://other.example/"), NOW + timedelta(hours=47))
    assert note_redirects(state, after(301), NOW + timedelta(hours=49)) is Move.WAITING
    note_redirects(state, after(), NOW + timedelta(hours=60))
    assert state.redirect_since is None


def test_t34_a_move_from_https_to_http_is_neither_followed_nor_adopted() -> None:
    assert next_hop(OLD, "http://new.example/") == ("http://new.example/", HopFault.INSECURE)
    assert next_hop("http://old.example/", NEW) == (NEW, None)
    state = FeedState("f", OLD)
    for day in range(5):
        insecure = after(301, url="http://new.example/")
        assert note_redirects(state, insecure, NOW + timedelta(days=day)) is Move.INSECURE


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("/there", None),
        ("  /there ", None),
        ("//cdn.example/there", None),
        ("file:///etc/passwd", HopFault.SCHEME),
        ("gopher://x/", HopFault.SCHEME),
        ("data:,x", HopFault.SCHEME),
        ("http:///nohost", HopFault.SCHEME),
        ("/" + "x" * 3000, HopFault.TOO_LONG),
    ],
)
def test_which_redirects_are_followed(location: str, fault: HopFault | None) -> None:
    assert next_hop(OLD, location)[1] is fault


def test_an_adopted_address_that_keeps_failing_is_given_up() -> None:
    state = FeedState("f", OLD, adopted_url=NEW)
    for failed, is_given_up in ((1, False), (2, False), (3, True)):
        state.failed_polls = failed
        assert give_up_move(state) is is_given_up
    assert state.poll_url == OLD
