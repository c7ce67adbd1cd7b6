"""Divides the partitions among the workers as Faust does, but never without topics that it does not see.

A worker that joins while it cannot ask the broker (cut off, or the broker just starts) may be the one that divides. Faust
then leaves out, with a warning, every topic of which it knows no partitions; nobody reads those, and nothing divides them
anew. Seen on a real Kafka: workers alive, ready, and reading nothing.
"""

from __future__ import annotations

from typing import Any

from faust.assignor.partition_assignor import PartitionAssignor

from placewatch.health import end_now


class Assignor(PartitionAssignor):  # type: ignore[misc]  # Faust is untyped to mypy
    """Faust's own, of a worker that ends where it would leave topics to nobody: started again, it asks anew."""

    def _perform_assignment(self, cluster: Any, member_metadata: Any) -> Any:
        subscribed = {topic for each in member_metadata.values() for topic in each.subscription}
        unknown = sorted(topic for topic in subscribed if not cluster.partitions_for_topic(topic))
        if unknown:
            end_now("topics_unknown", topics=unknown)
        return super()._perform_assignment(cluster, member_metadata)
