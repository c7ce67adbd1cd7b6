"""The faults: each strikes a world at a random moment, and returns when it is over."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from surroundings import (
    CannotStrikeError,
    Surroundings,
    is_root,
    nothing_special,
    own_postgres,
    small_disk,
)
from world import SERVICES, World

from placewatch.kafka import make_producer
from placewatch.topics import ALERTS, ARTICLES, DEADLETTERS, READINGS


AWAY_S = 60.0
# Shorter and longer than a session of the consumer group.
CUT_S = (3.0, 20.0)
FULL_S = (5.0, 15.0)
# Kafka refuses records that are more than an hour ahead of it: a clock that is an hour off is so by seconds, too.
OFF_S = 3610
OFF_FOR_S = (5.0, 12.0)
WORKERS_GROUP = 42_424
FAKETIME = "faketime/libfaketimeMT.so.1"

Strike = Callable[[World, random.Random], None]


def none(_world: World, _rng: random.Random) -> None:
    """Nothing happens."""


def killing(name: str) -> Strike:
    """Return what kills a service with -9; it is started again after 2 s."""

    def strike(world: World, _rng: random.Random) -> None:
        world.units[name].kill()

    return strike


def kill_broker(world: World, _rng: random.Random) -> None:
    """Kill Kafka itself with -9; what runs it ends, and is started again."""
    os.kill(world.kafka_pid(), signal.SIGKILL)


def kill_everything(world: World, _rng: random.Random) -> None:
    """Kill all of them at once, as when a machine's power goes."""
    os.kill(world.kafka_pid(), signal.SIGKILL)
    for unit in world.units.values():
        unit.kill()


def broker_away(world: World, rng: random.Random) -> None:
    """Have no broker for a minute: stopped in its tracks, or ended and started again."""
    if rng.random() < 0.5:
        pid = world.kafka_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            world.last(AWAY_S)
        finally:
            os.kill(pid, signal.SIGCONT)
    else:
        port = str(world.settings.bootstrap_servers).rpartition(":")[2]
        world.units.pop("broker").stop()
        world.last(AWAY_S)
        world.add("broker", "broker", "run", "--port", port)


def workers_come_and_go(world: World, rng: random.Random) -> None:
    """Have two more workers join and leave, one asked to and one killed."""
    names = ["second", "third"]
    for name in names:
        folder = world.folder / f"{name}-{rng.random()}"
        folder.mkdir()
        world.add(name, "work", settings=world.settings.model_copy(update={"state_dir": folder}))
        world.last(rng.uniform(2, 6))
    rng.shuffle(names)
    world.units.pop(names[0]).stop()
    world.last(rng.uniform(0, 4))
    unit = world.units.pop(names[1])
    unit.kill()
    unit.stop()


def full_disk(world: World, rng: random.Random) -> None:
    """Fill the disk of the ledger and the alert log, and make room again."""
    filler = world.settings.alert_log_path.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    world.last(rng.uniform(*FULL_S))
    filler.unlink()


def worker_in_a_group(world: World) -> None:
    """Have the worker run under a group of its own, by which its packets are known."""
    if not is_root() or shutil.which("iptables") is None or shutil.which("setpriv") is None:
        raise CannotStrikeError("only root may cut networks, with iptables and setpriv")
    world.replace(
        "worker", "work", before=("setpriv", f"--regid={WORKERS_GROUP}", "--clear-groups")
    )


def cut(world: World, rng: random.Random) -> None:
    """Cut the network between worker and broker: packets vanish, or connections are refused."""
    port = str(world.settings.bootstrap_servers).rpartition(":")[2]
    way = rng.choice([["DROP"], ["REJECT", "--reject-with", "tcp-reset"]])
    rule = ["OUTPUT", "-p", "tcp", "--dport", port, "-m", "owner", "--gid-owner"]
    rule += [str(WORKERS_GROUP), "-j", *way]
    subprocess.run(["iptables", "-w", "-I", *rule], check=True)
    try:
        world.last(rng.uniform(*CUT_S))
    finally:
        subprocess.run(["iptables", "-w", "-D", *rule], check=True)


POISON: Mapping[str, list[bytes]] = {
    ARTICLES.name: [b"\xff\xfe", b"", b"[]", b'{"article_id": 7}', b'{"title": "x"}', b"{" * 5000],
    READINGS.name: [b"null", b'{"place_id": "idlib-syria"}', b"\x00\x00\x00\x00\x05"],
    ALERTS.name: [b"not json", b'{"alert_id": "x"}', b'"' + b"x" * 100_000],
}


def poison(world: World, rng: random.Random) -> None:
    """Put records that are none onto topics, among those that are."""
    producer = make_producer(world.settings)
    for topic, values in POISON.items():
        for value in rng.sample(values, len(values)):
            # Its key does not matter to the way it is read, and its partition is to have company.
            partition = 0 if topic == ARTICLES.name else rng.randrange(world.settings.partitions)
            key = f"poison-{rng.random()}".encode()
            sent = producer.send(topic, key=key, value=value, partition=partition).get(timeout=30)
            world.poisoned.add(f"{topic}[{sent.partition}]@{sent.offset}")
            world.last(rng.uniform(0, 0.3))
    producer.close()


def not_buried(world: World) -> list[str]:
    """Return what was poison and is not among the dead letters with a reason."""
    letters = [json.loads(value) for value in world.everything(DEADLETTERS.name)]
    buried = {letter["where"].removeprefix("sink: ") for letter in letters if letter["reason"]}
    return [f"not buried: {where}" for where in sorted(world.poisoned - buried)]


def clocks_of_their_own(world: World) -> None:
    """Have each service ask a clock that can be set."""
    found = sorted(Path("/usr/lib").glob(f"*/{FAKETIME}"))
    if not found:
        raise CannotStrikeError("libfaketime is needed: apt install faketime")
    for name, word in SERVICES.items():
        set_clock(world, name, 0)
        faked = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(world.folder / f"{name}.clock"),
            "FAKETIME_NO_CACHE": "1",
            # As when a clock is set: what counts seconds goes on counting.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        world.replace(name, word, more=faked)


def set_clock(world: World, name: str, off_s: int) -> None:
    """Set the clock of a service, in seconds beside the right time."""
    file = world.folder / f"{name}.clock"
    unfinished = file.with_suffix(".new")
    unfinished.write_text(f"{off_s:+d}\n")
    unfinished.replace(file)


def clock_off(world: World, rng: random.Random) -> None:
    """Set the clocks of one service or of all an hour ahead or back for a while, and right again."""
    names = rng.choice([[name] for name in SERVICES] + [list(SERVICES)])
    off_s = rng.choice([OFF_S, -OFF_S])
    for name in names:
        set_clock(world, name, off_s)
    world.last(rng.uniform(*OFF_FOR_S))
    for name in names:
        set_clock(world, name, 0)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        name: its name on the command line.
        title: what the table calls it.
        strike: brings it about, and returns when it is over.
        around: what must be there as long as the world is.
        prepare: changes the world that has started.
        complaints: what is wrong besides alerts and statuses once all is read.
        is_by_wall_clock: whether what happens is judged by real time.
    """

    name: str
    title: str
    strike: Strike
    around: Callable[[Path], AbstractContextManager[Surroundings]] = nothing_special
    prepare: Callable[[World], None] | None = None
    complaints: Callable[[World], list[str]] | None = None
    is_by_wall_clock: bool = False


FAULTS = (
    Fault("none", "none", none),
    Fault("producer", "kill -9 of the producer", killing("producer")),
    Fault("worker", "kill -9 of the worker", killing("worker")),
    Fault("sink", "kill -9 of the sink", killing("sink")),
    Fault("broker", "kill -9 of the broker", kill_broker),
    Fault("postgres", "kill -9 of PostgreSQL", killing("postgres"), own_postgres),
    Fault("everything", "kill -9 of everything at once", kill_everything),
    Fault("full-disk", "disk of the ledger full for 5 to 15 s", full_disk, small_disk),
    Fault("away", "broker away for 60 s", broker_away),
    Fault("cut", "worker cut off from the broker for 3 to 20 s", cut, prepare=worker_in_a_group),
    Fault("scaling", "two workers join and leave", workers_come_and_go),
    Fault("poison", "poison on three topics", poison, complaints=not_buried),
    Fault(
        "clock",
        "clocks of services an hour off",
        clock_off,
        prepare=clocks_of_their_own,
        is_by_wall_clock=True,
    ),
)
