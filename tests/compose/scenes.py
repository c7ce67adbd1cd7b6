"""What is played with the stack, and what must hold; run.py tells in which order."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks import Checks, until
from engine import run
from stack import OURS, REPO, SERVICES, Stack

from placewatch.local.newswire import load_newswire
from placewatch.settings import seeds_dir


UP_S = 240
RECOVERED_S = 90
TOLD_S = 240
CUT_S = 15
# How much more of the story is told during each failure.
ITEMS = 12
OUTSIDE = "deb.debian.org"
WORKERS = 3
CAP_NONE = "0000000000000000"


class NotUpError(Exception):
    """The stack did not come up: nothing else can be looked at."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo comes to: ids of its alerts, and place, control, holder and certainty in the end."""

    alert_ids: set[str]
    statuses: set[tuple[str, ...]]


def offline_demo(folder: Path) -> Demo:
    """Run `placewatch demo` on this machine."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    said = run(
        sys.executable,
        "-m",
        "placewatch",
        "demo",
        "--json",
        "--fast",
        cwd=REPO,
        env=inherited | {"PLACEWATCH_STATE_DIR": str(folder), "PYTHONPATH": str(REPO)},
    )
    with sqlite3.connect(folder / "demo" / "ledger.db") as ledger:
        rows = ledger.execute(STATUSES).fetchall()
    ids = {json.loads(line)["alert_id"] for line in said.splitlines()}
    return Demo(ids, {tuple(str(v) for v in row) for row in rows})


STATUSES = "SELECT place_id, control, coalesce(holder, ''), certainty FROM statuses"


def up(stack: Stack, checks: Checks) -> None:
    """Start it as the documentation says, and look whether everything is well."""
    is_held = stack.is_done("up", "-d", "--wait", "newswire", timeout=UP_S)
    if is_held:
        stack.inside("newswire", "sh", "-c", "echo 0 > /tmp/hold")
    is_up = is_held and stack.is_done("up", "-d", "--wait", timeout=UP_S)
    if not checks.expect("`up -d --wait` ends well", is_up):
        raise NotUpError
    for service in SERVICES:
        checks.expect(f"{service} is healthy", stack.is_healthy(service))
    prepared = stack.container("prepare")["State"]
    checks.expect("prepare has ended with 0", prepared["ExitCode"] == 0, prepared["Status"])


def pages_and_topics(stack: Stack, checks: Checks) -> None:
    """Look at the pages for machines, and at how the topics are kept."""
    pages = {
        (s, p): stack.page(s, p)[0]
        for s in ("produce", "work", "sink", "board")
        for p in ("/healthz", "/readyz")
    }
    bad = {key: status for key, status in pages.items() if status != 200}
    checks.expect(
        "produce, work, sink and board answer on /healthz and /readyz", not bad, bad or ""
    )
    counted = {
        s: "placewatch_" in stack.page(s, "/metrics")[1] for s in ("produce", "work", "sink")
    }
    checks.expect("produce, work and sink count on /metrics", all(counted.values()), counted)
    topics = stack.probe("look")["topics"]
    wrong = [
        name
        for name, topic in topics.items()
        if topic["partitions"] != 4
        or (
            topic["cleanup"] != "compact"
            if topic["declared_ms"] is None
            else topic["cleanup"] != "delete" or int(topic["retention_ms"]) != topic["declared_ms"]
        )
    ]
    checks.expect(
        f"{len(topics)} topics have the partitions, retention and compaction declared",
        not wrong,
        wrong or "",
    )


def hardening(stack: Stack, checks: Checks, secrets: Path) -> None:
    """Look who runs as what and what it may, from within and from without."""
    uids, caps, written, privileged = {}, {}, [], []
    for service in SERVICES:
        status = dict(
            line.split(":\t", 1)
            for line in stack.inside(service, "cat", "/proc/1/status").splitlines()
            if ":\t" in line
        )
        uids[service] = status["Uid"].split()[0]
        caps[service] = {status["CapEff"], status["CapPrm"], status["CapBnd"]}
        if status["NoNewPrivs"] != "1":
            privileged.append(service)
        tried = stack.inside(
            service,
            "sh",
            "-c",
            "echo x 2>&1 > /x; echo x 2>&1 > /usr/bin/x; ls /x /usr/bin/x 2>/dev/null || true",
            check=False,
        )
        if "/x" in tried.split():
            written.append(service)
    checks.expect("nothing runs as root", "0" not in uids.values(), uids)
    checks.expect(
        "nothing has a capability, nor can get one", all(c == {CAP_NONE} for c in caps.values())
    )
    checks.expect("nothing can gain privileges", not privileged, privileged or "")
    checks.expect("every root is read-only: a write really fails", not written, written or "")
    inspected = stack.containers()
    unbounded = [
        c["Name"]
        for c in inspected
        if not c["HostConfig"]["Memory"] or not c["HostConfig"]["PidsLimit"]
    ]
    checks.expect("memory and processes of all are bounded", not unbounded, unbounded or "")
    published = [
        binding["HostIp"]
        for c in inspected
        for bindings in (c["HostConfig"]["PortBindings"] or {}).values()
        for binding in bindings
    ]
    checks.expect(
        "what is published is published to this machine only",
        set(published) == {"127.0.0.1"},
        published,
    )
    words = [file.read_text().strip() for file in secrets.iterdir()]
    image = run("docker", "history", "--no-trunc", inspected[-1]["Config"]["Image"])
    shown = json.dumps(inspected) + stack.logs() + image
    checks.expect(
        "no password is in `docker inspect`, in a log or in the image",
        not any(w in shown for w in words),
    )
    is_shut_in = _is_shut_in(stack)
    if is_shut_in is None:
        checks.note(
            f"not looked at: whether the worker is shut in, for {OUTSIDE} cannot be reached at all"
        )
    else:
        checks.expect("the sink has a way out of its networks and the worker has none", is_shut_in)


def _is_shut_in(stack: Stack) -> bool | None:
    """Try to reach an address outside from the worker; None when even the sink, which has a way out, cannot."""
    script = f"import socket; print(socket.create_connection(({OUTSIDE!r}, 80), timeout=5))"
    if not stack.inside("sink", "python3", "-c", script, check=False):
        return None
    return not stack.inside("work", "python3", "-c", script, check=False)


def story(stack: Stack, checks: Checks, offline: Demo) -> None:
    """Let the demo's feeds be told while one thing after the other is killed; then compare with the offline demo."""
    for service in ("work", "sink", "produce", "kafka", "postgres"):
        _tell_on(stack)
        _kill_and_wait(stack, checks, service)
    _tell_on(stack)
    _cut_and_mend(stack, checks)
    stack.inside("newswire", "rm", "/tmp/hold")
    is_told = until(lambda: _told(stack)["is_told"], TOLD_S, every_s=1)
    checks.expect("the story was told to its end", is_told, _told(stack)["told"])
    until(lambda: set(_ids(stack)) >= offline.alert_ids, RECOVERED_S)
    # What would be too much may come later: let everything be read.
    until(lambda: _lag(stack) == 0, RECOVERED_S)
    _compare(stack, checks, offline)


def _compare(stack: Stack, checks: Checks, offline: Demo) -> None:
    """Compare ledger, topic, statuses and board with the offline demo."""
    items = load_newswire(seeds_dir() / "demo" / "newswire.yaml").items
    articles = sum(item.revises is None for item in items)
    ids, looked = _ids(stack), stack.probe("look")
    on_topic = [alert["alert_id"] for alert in looked["alerts"]]
    statuses = {tuple(row) for row in stack.sql(STATUSES)}
    shown = _on_the_board(stack)
    checks.expect(
        f"the ledger holds the {len(offline.alert_ids)} alerts of the offline demo, no other, each once",
        Counter(ids) == Counter(offline.alert_ids),
        _difference(ids, offline.alert_ids),
    )
    checks.expect(
        "the topic holds the same alerts",
        set(on_topic) == offline.alert_ids,
        f"{len(on_topic)} records",
    )
    checks.expect(
        "every place stands as in the offline demo",
        statuses == offline.statuses,
        sorted(statuses ^ offline.statuses) or len(statuses),
    )
    checks.expect("the board shows the same alerts", shown == offline.alert_ids, len(shown))
    checks.expect(
        "every article is on its topic, and none became a dead letter",
        len(set(looked["articles"])) == articles and not looked["dead_letters"],
        f"{len(set(looked['articles']))} articles, {len(looked['articles'])} records",
    )
    tracebacks = [line for line in stack.logs(*OURS).splitlines() if "Traceback" in line]
    checks.expect("no service of ours logged a traceback", not tracebacks, tracebacks[:1] or "")


def _kill_and_wait(stack: Stack, checks: Checks, service: str) -> None:
    told = _told(stack)
    began = time.monotonic()
    restarts = stack.kill_9(service)
    is_back = until(
        lambda: stack.container(service)["RestartCount"] > restarts and stack.is_healthy(service),
        RECOVERED_S,
    )
    checks.expect(
        f"{service}, killed with -9 while the story was told, was started again and is healthy",
        is_back,
        f"after {time.monotonic() - began:.0f} s, at item {told['told']}",
    )


def _cut_and_mend(stack: Stack, checks: Checks) -> None:
    """Take the worker off the network, long enough for Kafka to give it up, and put it back."""
    told = _told(stack)
    container, network = stack.container("work")["Id"], f"{stack.project}_backend"
    run("docker", "network", "disconnect", network, container)
    time.sleep(CUT_S)
    run("docker", "network", "connect", "--alias", "work", network, container)
    began = time.monotonic()
    is_back = until(lambda: stack.is_healthy("work") and _lag(stack) == 0, RECOVERED_S)
    checks.expect(
        f"the worker, cut off from the broker for {CUT_S} s, reads on",
        is_back,
        f"caught up after {time.monotonic() - began:.0f} s, at item {told['told']}",
    )


def scale(stack: Stack, checks: Checks) -> None:
    """Have three workers share the work, and one do it again."""
    began = stack.is_done(
        "up", "-d", "--wait", "--no-recreate", f"--scale=work={WORKERS}", timeout=UP_S
    )
    checks.expect("`up --scale work=3` ends well", began)
    members = until(lambda: _members(stack) == WORKERS, RECOVERED_S)
    checks.expect("three workers are in the group", members, _members(stack))
    partitions = stack.probe("publish", "0", "40")["partitions"]
    checks.expect(
        "40 articles on all partitions are read by them",
        _are_read(stack, 40),
        f"partitions {partitions}",
    )
    received = [_received(stack, index) for index in range(1, WORKERS + 1)]
    checks.expect("more than one of them read", sum(count > 0 for count in received) > 1, received)
    stack.is_done("up", "-d", "--wait", "--no-recreate", "--scale=work=1", timeout=UP_S)
    stack.probe("publish", "40", "20")
    checks.expect("one worker alone reads the next 20", _are_read(stack, 60))


def backup(stack: Stack, checks: Checks, folder: Path) -> None:
    """Dump the ledger while all runs, lose alerts, and restore it, by the commands of docs/deployment.md."""
    before = Counter(_ids(stack))
    dump = folder / "ledger.dump"
    with dump.open("wb") as file:
        dumped = _pipe(stack, "pg_dump", "-U", "placewatch", "-Fc", "placewatch", stdout=file)
    stack.is_done("stop", "produce", "work", "sink", "board", timeout=120)
    stack.sql("DELETE FROM alerts")
    lost = Counter(_ids(stack))
    with dump.open("rb") as file:
        restored = _pipe(
            stack,
            "pg_restore",
            "-U",
            "placewatch",
            "-d",
            "placewatch",
            "--clean",
            "--if-exists",
            stdin=file,
        )
    checks.expect(
        "a dump of the ledger brings back what was lost since",
        dumped and restored and not lost and Counter(_ids(stack)) == before,
        f"{sum(before.values())} alerts, {dump.stat().st_size / 1000:.0f} kB",
    )
    checks.expect("and everything starts on it", stack.is_done("up", "-d", "--wait", timeout=UP_S))


def _pipe(stack: Stack, *command: str, **files: Any) -> bool:
    """Run a command in the database's container with its input or output in a file."""
    container = stack.container("postgres")["Id"]
    docker = ["docker", "exec", "-i", container, *command]
    return subprocess.run(docker, timeout=120, check=False, **files).returncode == 0


def stop_and_start(stack: Stack, checks: Checks) -> None:
    """Stop as a person would, start again, and see that nothing is told anew."""
    before = (Counter(_ids(stack)), len(stack.probe("look")["alerts"]))
    began = time.monotonic()
    stack.is_done("stop", timeout=180)
    took = time.monotonic() - began
    codes = {s: stack.container(s)["State"]["ExitCode"] for s in SERVICES}
    # A Java machine that ends on SIGTERM says so with 143.
    is_orderly = all(code == 0 or (s == "kafka" and code == 143) for s, code in codes.items())
    checks.expect(
        "`stop` lets everything end by itself, with 0",
        is_orderly and took < 60,
        f"{took:.0f} s, {codes}",
    )
    started = stack.is_done("up", "-d", "--wait", timeout=UP_S)
    until(lambda: _lag(stack) == 0, RECOVERED_S)
    after = (Counter(_ids(stack)), len(stack.probe("look")["alerts"]))
    checks.expect(
        "started again, it tells nothing twice", started and before == after, f"{after[1]} alerts"
    )


def _tell_on(stack: Stack) -> None:
    """Let the next items be told, so that the failure that follows comes in the midst of them."""
    told = int(_told(stack)["told"])
    stack.inside("newswire", "sh", "-c", f"echo {told + ITEMS} > /tmp/hold")
    until(lambda: _told(stack)["told"] > told + 1, RECOVERED_S, every_s=0.2)


def _told(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.page("newswire", "/readyz")[1])
    return found


def _ids(stack: Stack) -> list[str]:
    try:
        return [row[0] for row in stack.sql("SELECT alert_id FROM alerts")]
    except subprocess.CalledProcessError:
        return []


def _lag(stack: Stack) -> float:
    """Return how many records the first worker has not read; -1 when it cannot say."""
    return sum(_metric(stack, "placewatch_lag_records")) if stack.is_healthy("work") else -1


def _received(stack: Stack, number: int) -> float:
    """Return how many records a worker has taken in."""
    return sum(
        _values(stack.page("work", "/metrics", number=number)[1], "placewatch_received_total")
    )


def _metric(stack: Stack, name: str) -> list[float]:
    return _values(stack.page("work", "/metrics")[1], name)


def _values(metrics: str, name: str) -> list[float]:
    return [float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith(name)]


def _members(stack: Stack) -> int:
    groups = stack.probe("look")["groups"]
    group = groups.get("placewatch", {"state": "", "members": 0})
    return int(group["members"]) if group["state"] == "Stable" else 0


def _are_read(stack: Stack, count: int) -> bool:
    wanted = {f"scaled-{number}" for number in range(count)}
    return bool(until(lambda: wanted <= set(stack.probe("look")["read"]), RECOVERED_S, every_s=2))


def _on_the_board(stack: Stack) -> set[str]:
    """Return the ids of the alerts that the board's API gives."""
    status, body = stack.page("board", "/api/v1/alerts?limit=500")
    return {alert["alert_id"] for alert in json.loads(body)["items"]} if status == 200 else set()


def _difference(found: list[str], wanted: set[str]) -> str:
    missing, other = wanted - set(found), set(found) - wanted
    twice = [each for each, count in Counter(found).items() if count > 1]
    said = {"missing": missing, "others": other, "more than once": twice}
    return "; ".join(f"{len(ids)} {word}: {sorted(ids)[:3]}" for word, ids in said.items() if ids)
