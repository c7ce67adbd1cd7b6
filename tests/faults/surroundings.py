"""What some faults need around their world: a small disk, a PostgreSQL; each gives settings and units that differ."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from units import Unit

from placewatch.local.broker import free_port


DISK_BYTES = 16 << 20


class CannotStrikeError(Exception):
    """This machine lacks what a fault needs."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Settings that differ, and what runs beside the services."""

    settings: dict[str, Any] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)


def is_root() -> bool:
    """Return whether this is root, who alone can cut networks and mount disks."""
    return os.geteuid() == 0


@contextmanager
def nothing_special(_folder: Path) -> Iterator[Surroundings]:
    """Give the defaults: the ledger in SQLite on the disk."""
    yield Surroundings()


@contextmanager
def small_disk(folder: Path) -> Iterator[Surroundings]:
    """Give the ledger and the alert log a small disk of their own."""
    if not is_root():
        raise CannotStrikeError("only root may mount a disk in memory")
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)], check=True
    )
    try:
        yield Surroundings(
            {"ledger_url": f"sqlite:///{disk}/ledger.db", "alert_log": disk / "alerts.jsonl"}
        )
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


@contextmanager
def own_postgres(folder: Path) -> Iterator[Surroundings]:
    """Give ledger and feed state a PostgreSQL server; its process is started with the world."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not tools or not is_root():
        raise CannotStrikeError("a PostgreSQL of Debian's is needed, and root to run it as another")
    user = pwd.getpwnam("postgres")
    data, port = folder / "postgres", free_port()
    data.mkdir()
    os.chown(data, user.pw_uid, user.pw_gid)
    for above in (folder, *folder.parents):
        if above.stat().st_uid == os.getuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o111)
    as_owner = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups")
    subprocess.run(
        [*as_owner, str(tools[-1] / "initdb"), "-D", str(data), "-U", "placewatch", "-A", "trust"],
        cwd="/",
        check=True,
        capture_output=True,
    )
    command = [*as_owner, str(tools[-1] / "postgres"), "-D", str(data), "-p", str(port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-k", str(data)]
    unit = Unit("postgres", command, {"PATH": os.environ["PATH"]}, folder / "postgres.log")
    unit.start()
    try:
        url = f"postgresql://placewatch@127.0.0.1:{port}/postgres"
        yield Surroundings({"ledger_url": url}, {"postgres": unit})
    finally:
        unit.stop()
