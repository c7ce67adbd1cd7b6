"""Tables of records: what is kept and forgotten is written to the changelog, in the partition that is named."""

from __future__ import annotations

from dataclasses import dataclass, field

from streams.tables import Reported, Stored


@dataclass
class FakeTable:
    """Faust's table as far as it is used: its data, and what goes to its changelog."""

    data: dict[bytes, bytes] = field(default_factory=dict)
    changelog: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)

    def send_changelog(self, partition: int, key: bytes, value: bytes | None) -> None:
        self.changelog.append((partition, key, value))


def test_a_record_is_kept_and_forgotten_here_and_in_the_changelog() -> None:
    table = FakeTable()
    stored = Stored(table, Reported)
    record = Reported(revision=1, places={"homs-syria": "Homs, Syria"})
    stored.put("a", record, 3)
    assert stored.get("a") == record
    assert list(stored.keys()) == ["a"]
    stored.remove("a", 3)
    assert (stored.get("a"), list(stored.keys())) == (None, [])
    assert table.changelog == [(3, b"a", record.to_json()), (3, b"a", None)]
    stored.remove("a", 3)
