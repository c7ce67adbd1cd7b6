"""Whether a broker is there at all: kafka-python reconnects for ever without a word."""

from __future__ import annotations

import time

from placewatch.errors import BrokerError
from placewatch.kafka import answers


# Long enough for a broker to restart under us, short enough that a person still remembers what they did.
PROBE_EVERY_S = 5.0
BROKER_LOSS_S = 30.0


class BrokerProbe:
    """Notices that no broker answers any more."""

    def __init__(self, bootstrap_servers: str) -> None:
        """Watch the brokers of a comma-separated list of host:port."""
        self._servers = bootstrap_servers
        self._seen_at = self._probed_at = time.monotonic()

    def check(self) -> None:
        """Look whether a broker takes connections, every PROBE_EVERY_S at most.

        Raises:
            BrokerError: none did for BROKER_LOSS_S.
        """
        now = time.monotonic()
        if now - self._probed_at < PROBE_EVERY_S:
            return
        self._probed_at = now
        if answers(self._servers):
            self._seen_at = now
        elif now - self._seen_at >= BROKER_LOSS_S:
            raise BrokerError(
                f"no broker of {self._servers} has answered for {BROKER_LOSS_S:.0f} s: nothing is lost; "
                "start the sink again once Kafka is back"
            )
