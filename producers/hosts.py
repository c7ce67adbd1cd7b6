"""Politeness to servers: how many connections, how far apart, and which hosts asked for a pause. Pure.

Two scopes. Connections and pauses are per registrable domain: what is one outlet's. A "too many requests" is of the
feed that got it, and of its host (name and port) once two feeds of it got one within ten minutes: by domain
would silence feeds that were served well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from urllib.parse import urlsplit

import yaml

from producers.urls import is_loopback, registrable_host


THROTTLED_TOGETHER = timedelta(minutes=10)
FEEDS_OF_A_HOST = 2


@dataclass(frozen=True, slots=True)
class Manners:
    """How one registrable domain is treated."""

    connections: int
    pause: timedelta


def load_manners() -> tuple[Manners, Mapping[str, Manners]]:
    """Return how domains are treated, and those that are treated otherwise (politeness.yaml)."""
    content = yaml.safe_load((files("producers") / "politeness.yaml").read_text("utf-8"))
    return _manners(content["usual"]), {
        str(domain): _manners(entry) for domain, entry in content["domains"].items()
    }


@dataclass(slots=True)
class Hosts:
    """What is under way with which servers."""

    usual: Manners
    others: Mapping[str, Manners] = field(default_factory=dict)
    _running: Counter[str] = field(default_factory=Counter)
    _free_at: dict[str, datetime] = field(default_factory=dict)
    _throttled: dict[str, dict[str, tuple[datetime, datetime]]] = field(default_factory=dict)

    def ready_at(self, url: str, now: datetime) -> datetime:
        """Return when a poll of `url` may start: `now`, or later when its domain is busy or its host paused."""
        paused_until = self.paused_until(url, now)
        domain = _domain(url)
        if paused_until > now or not domain:
            return paused_until
        manners = self.others.get(domain, self.usual)
        free_at = self._free_at.get(domain, now)
        if self._running[domain] >= manners.connections:
            return max(free_at, now + timedelta(seconds=1))
        return max(free_at, now)

    def start(self, url: str, now: datetime) -> None:
        """Note that a poll of `url` starts."""
        if domain := _domain(url):
            self._running[domain] += 1
            self._free_at[domain] = now + self.others.get(domain, self.usual).pause

    def reserve(self, url: str, now: datetime, *, pause: timedelta) -> datetime:
        """Return when a request that belongs to a poll under way may start, and keep its domain free after that.

        `pause` is what the server asks for between two requests; ours counts if it is longer.
        """
        at = self.paused_until(url, now)
        if domain := _domain(url):
            at = max(at, self._free_at.get(domain, now))
            self._free_at[domain] = at + max(pause, self.others.get(domain, self.usual).pause)
        return at

    def end(self, url: str) -> None:
        """Note that a poll of `url` has ended."""
        domain = _domain(url)
        if self._running[domain] > 1:
            self._running[domain] -= 1
        else:
            self._running.pop(domain, None)

    def throttle(self, feed_id: str, url: str, *, at: datetime, until: datetime) -> bool:
        """Note that a feed was told to come back at `until`; return whether that pauses its whole host."""
        feeds = self._throttled.setdefault(_host(url), {})
        feeds[feed_id] = (at, until)
        long_ago = at - THROTTLED_TOGETHER
        for other in [f for f, (when, end) in feeds.items() if max(when, end) < long_ago]:
            del feeds[other]
        return self.paused_until(url, at) > at

    def paused_until(self, url: str, now: datetime) -> datetime:
        """Return until when the host of `url` is left alone; `now` when it is not."""
        told = self._throttled.get(_host(url), {}).values()
        times = sorted(at for at, _ in told)
        is_host_wide = any(
            later - first <= THROTTLED_TOGETHER
            for first, later in zip(times, times[FEEDS_OF_A_HOST - 1 :], strict=False)
        )
        return max((now, *(until for _, until in told if is_host_wide)))


def _manners(entry: Mapping[str, object]) -> Manners:
    return Manners(
        connections=int(str(entry["connections"])),
        pause=timedelta(seconds=float(str(entry["pause_s"]))),
    )


def _domain(url: str) -> str:
    """Return the registrable domain of `url`; this machine itself needs no politeness and has none."""
    return "" if is_loopback(url) else registrable_host(url)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower()
