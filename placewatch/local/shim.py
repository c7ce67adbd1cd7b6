"""Makes Faust right on the embedded broker (Tansu). Applied before the worker starts; never on real Kafka.

Two faults of Tansu, both measured: it answers "where does the partition end" with the first offset of the last
batch plus one, so that tables stop recovering too early; and it does not wake a waiting fetch, so that Faust's
fixed 1.5 s wait becomes the latency of every record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import aiokafka
import faust.transport.drivers.aiokafka as driver


FETCH_WAIT_MS = 50
_END_TIMEOUT_S = 10.0


class TansuConsumer(aiokafka.AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
    """A consumer that polls often and finds the true end of partitions by reading their last batch."""

    def __init__(self, *topics: str, **options: Any) -> None:
        options["fetch_max_wait_ms"] = FETCH_WAIT_MS
        self._servers = options["bootstrap_servers"]
        super().__init__(*topics, **options)

    async def end_offsets(self, partitions: Iterable[Any]) -> dict[Any, int]:
        """Return where each partition really ends."""
        claimed: dict[Any, int] = dict(await super().end_offsets(partitions))
        # An empty partition is reported right.
        doubtful = [tp for tp, end in claimed.items() if end]
        if not doubtful:
            return claimed
        probe = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self._servers, enable_auto_commit=False, fetch_max_wait_ms=100
        )
        await probe.start()
        try:
            probe.assign(doubtful)
            for tp in doubtful:
                probe.seek(tp, max(claimed[tp] - 1, 0))
            async with asyncio.timeout(_END_TIMEOUT_S):
                # A fetched batch brings the high watermark with it.
                while any(probe.highwater(tp) is None for tp in doubtful):
                    await probe.getmany(timeout_ms=100)
            return claimed | {tp: max(claimed[tp], probe.highwater(tp)) for tp in doubtful}
        finally:
            await probe.stop()


class _Aiokafka:
    """The module aiokafka with our consumer in place of its own."""

    def __getattr__(self, name: str) -> Any:
        return TansuConsumer if name == "AIOKafkaConsumer" else getattr(aiokafka, name)


def apply() -> None:
    """Have Faust use the consumer above."""
    driver.aiokafka = _Aiokafka()
