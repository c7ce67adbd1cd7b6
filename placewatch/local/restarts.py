"""Whether a service that died is started again, and when. Pure: times are arguments, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


# Five deaths within a minute is no bad luck any more (the like of systemd's StartLimitBurst, 5 in 10 s).
MAX_DEATHS = 5
WINDOW_S = 60.0
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 10.0


@dataclass(frozen=True, slots=True)
class Restart:
    """Start it again after `delay_s`."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It has died `deaths` times within `window_s`: something is wrong that a restart does not mend."""

    deaths: int
    window_s: float


def decide(deaths_at: Sequence[float], now: float) -> Restart | GiveUp:
    """Return what follows from a service's deaths, the latest included.

    The delay doubles with every recent death, so that one kill costs half a second and a broken service does
    not use up the machine.
    """
    recent = [at for at in deaths_at if now - at <= WINDOW_S]
    if len(recent) >= MAX_DEATHS:
        return GiveUp(len(recent), WINDOW_S)
    return Restart(min(FIRST_DELAY_S * 2 ** max(0, len(recent) - 1), LONGEST_DELAY_S))
