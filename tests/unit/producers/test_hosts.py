"""Politeness to servers (T21, T30, T31 of the table in README.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from producers.hosts import Hosts, Manners, load_manners


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
USUAL = Manners(connections=1, pause=5 * SECOND)


@pytest.fixture
def hosts() -> Hosts:
    return Hosts(USUAL)


def test_t30_two_polls_of_a_domain_start_five_seconds_apart(hosts: Hosts) -> None:
    hosts.start("https://a.bbc.co.uk/1", NOW)
    hosts.end("https://a.bbc.co.uk/1")
    assert hosts.ready_at("https://b.bbc.co.uk/2", NOW + SECOND) == NOW + 5 * SECOND
    assert hosts.ready_at("https://itv.co.uk/", NOW + SECOND) == NOW + SECOND
    assert hosts.ready_at("https://b.bbc.co.uk/2", NOW + 5 * SECOND) == NOW + 5 * SECOND


def test_t31_a_domain_has_one_connection_however_long_it_takes(hosts: Hosts) -> None:
    hosts.start("https://a.example.org/", NOW)
    late = NOW + timedelta(minutes=1)
    assert hosts.ready_at("https://b.example.org/", late) > late
    hosts.end("https://a.example.org/")
    assert hosts.ready_at("https://b.example.org/", late) == late


def test_t31_a_domain_may_be_treated_otherwise() -> None:
    hosts = Hosts(USUAL, {"example.org": Manners(connections=2, pause=timedelta(0))})
    hosts.start("https://a.example.org/", NOW)
    assert hosts.ready_at("https://b.example.org/", NOW) == NOW
    hosts.start("https://b.example.org/", NOW)
    assert hosts.ready_at("https://c.example.org/", NOW) > NOW
    hosts.end("https://b.example.org/")
    assert hosts.ready_at("https://c.example.org/", NOW) == NOW


def test_t31_the_shipped_file_keeps_five_seconds_and_one_connection() -> None:
    usual, others = load_manners()
    assert usual == USUAL
    assert others["feedburner.com"].pause < usual.pause


def test_the_public_suffix_list_tells_who_is_one_outlet(hosts: Hosts) -> None:
    hosts.start("https://one.blogspot.com/feed", NOW)
    assert hosts.ready_at("https://two.blogspot.com/feed", NOW) == NOW
    hosts.start("https://one.com.au/feed", NOW)
    assert hosts.ready_at("https://two.com.au/feed", NOW) == NOW


def test_this_machine_needs_no_pause(hosts: Hosts) -> None:
    hosts.start("http://127.0.0.1:80/a", NOW)
    assert hosts.ready_at("http://127.0.0.1:80/b", NOW) == NOW


def test_t21_one_throttled_feed_is_its_own_matter_and_two_are_their_hosts(hosts: Hosts) -> None:
    until = NOW + timedelta(hours=1)
    assert not hosts.throttle("a", "https://one.example.org/a", at=NOW, until=until)
    assert hosts.ready_at("https://one.example.org/c", NOW) == NOW
    soon = NOW + timedelta(minutes=9)
    assert hosts.throttle("b", "https://one.example.org/b", at=soon, until=until + SECOND)
    assert hosts.ready_at("https://one.example.org/c", soon) == until + SECOND
    assert hosts.ready_at("https://two.example.org/c", soon) == soon
    assert hosts.ready_at("https://elsewhere.example/", soon) == soon
    after = until + 2 * SECOND
    assert hosts.ready_at("https://one.example.org/c", after) == after


def test_t21_two_that_are_throttled_far_apart_do_not_pause_their_host(hosts: Hosts) -> None:
    until = NOW + timedelta(hours=3)
    hosts.throttle("a", "https://x.example/a", at=NOW, until=until)
    later = NOW + timedelta(minutes=11)
    assert not hosts.throttle("b", "https://x.example/b", at=later, until=until)


def test_t21_one_feed_throttled_twice_is_still_one(hosts: Hosts) -> None:
    until = NOW + timedelta(hours=1)
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        assert not hosts.throttle("a", "https://x.example/a", at=at, until=until)


def test_the_host_is_meant_whoever_logs_in(hosts: Hosts) -> None:
    until = NOW + timedelta(hours=1)
    hosts.throttle("a", "https://jo:secret@x.example/a", at=NOW, until=until)
    assert hosts.throttle("b", "https://X.example/b", at=NOW, until=until)
