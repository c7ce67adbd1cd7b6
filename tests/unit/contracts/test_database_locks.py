"""Nobody waits for another's lock: all numbers come from one place, and each is used for one thing."""

from __future__ import annotations

import re
from pathlib import Path

from placewatch.database_locks import DatabaseLock


def test_every_advisory_lock_is_one_of_ours_and_has_one_user(repo_root: Path) -> None:
    used: dict[str, set[str]] = {}
    for package in ("producers", "sinks", "streams", "placewatch"):
        for file in (repo_root / package).rglob("*.py"):
            text = file.read_text("utf-8")
            if file.name != "database_locks.py":
                # A number of one's own is how two modules come to share one.
                assert not ("advisory" in text and re.search(r"\d_\d{3}_\d{3}_\d{3}", text)), file
            for name in re.findall(r"DatabaseLock\.([A-Z_]+)", text):
                used.setdefault(name, set()).add(file.name)
    assert set(used) == {lock.name for lock in DatabaseLock}
    assert all(len(files) == 1 for files in used.values()), used
