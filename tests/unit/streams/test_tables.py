"""Tables of records: what is kept and forgotten is written to the changelog, in the partition that is named."""

from __future__ import annotations

from typing import Any

from streams.tables import Reported, Stored


def test_a_record_is_kept_and_forgotten_here_and_in_the_changelog(make_table: Any) -> None:
    table = make_table()
    stored = Stored(table, Reported)
    record = Reported(revision=1, places={"homs-syria": "Homs, Syria"})
    stored.put("a", record, 3)
    assert stored.get("a") == record
    assert list(stored.keys()) == ["a"]
    stored.remove("a", 3)
    assert (stored.get("a"), list(stored.keys())) == (None, [])
    assert table.changelog == [(3, b"a", record.to_json()), (3, b"a", None)]
    stored.remove("a", 3)
