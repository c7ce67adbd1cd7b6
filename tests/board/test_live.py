"""The stream: every alert once and in order for whoever follows, and behind Last-Event-ID without a gap."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from placewatch.records import Alert
from placewatch.settings import Settings
from sinks.board import arrivals
from sinks.board.arrivals import GAP_IS_OLD_AFTER_S, Arrivals, Gaps
from sinks.board.reads import BoardLedger
from sinks.ledger import Ledger


@contextmanager
def stream(board: httpx.Client, **options: Any) -> Iterator[Iterator[tuple[str, int, Any]]]:
    """Follow the stream: gives (event, number, data); heartbeats as ("", 0, None)."""

    def events(answer: httpx.Response) -> Iterator[tuple[str, int, Any]]:
        said: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                said[name] = value
            else:
                if "event" in said:
                    yield said["event"], int(said.get("id", 0)), json.loads(said["data"])
                elif said.get("") == "still here":
                    yield "", 0, None
                said = {}

    with board.stream("GET", "/api/v1/stream", timeout=20, **options) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer)


def alerts_of(events: Iterator[tuple[str, int, Any]], count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        kind, seq, _ = next(events)
        if kind == "alert":
            found.append(seq)
    return found


def test_an_alert_reaches_a_reader_as_it_is_written(
    board: httpx.Client, ledger: Ledger, new_alert: Callable[..., Alert]
) -> None:
    with stream(board, params={"after": 5}) as events:
        ledger.write_alerts([new_alert(6, msg_type="Cancel", references=("alert-2",))])
        kind, seq, data = next(events)
    assert (kind, seq, data["msg_type"], data["references"]) == ("alert", 6, "Cancel", ["alert-2"])


def test_last_event_id_goes_on_without_gap_and_wins_over_the_address(
    board: httpx.Client, ledger: Ledger, new_alert: Callable[..., Alert]
) -> None:
    with stream(board, params={"after": 0}) as events:
        assert alerts_of(events, 5) == [1, 2, 3, 4, 5]
    ledger.write_alerts([new_alert(6), new_alert(7)])
    with stream(board, params={"after": 0}, headers={"last-event-id": "5"}) as events:
        assert alerts_of(events, 2) == [6, 7]


@pytest.mark.parametrize("wrong", ["abc", "-1", "1e3", "٣"])
def test_a_last_event_id_that_is_no_number_is_refused(asked: httpx.Client, wrong: str) -> None:
    answer = asked.get("/api/v1/stream", headers={"last-event-id": wrong.encode()})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_while_nothing_comes_the_line_is_kept_alive(
    war: str, asked: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "HEARTBEAT_EVERY_S", 0.05)
    with stream(asked, params={"after": 5}) as events:
        assert next(events) == ("", 0, None)


def test_a_ledger_put_in_the_place_of_another_is_told(
    board: httpx.Client, ledger: Ledger, settings: Settings, tmp_path: Any
) -> None:
    with stream(board, params={"after": 5}) as events:
        for file in tmp_path.glob("ledger.db*"):
            file.unlink()
        Ledger(settings.ledger).close()
        assert next(events)[0] == "reset"


async def test_a_burst_reaches_many_readers_whole_and_in_order(
    settings: Settings, new_alert: Callable[..., Alert]
) -> None:
    with BoardLedger(settings.ledger) as ledger:
        following = Arrivals(lambda: ledger)
        await following.look()
        burst = [new_alert(n, alert_id=f"burst-{n}") for n in range(300)]

        async def read() -> list[int]:
            found: list[int] = []
            async for news in following.follow(0):
                found += [seq for seq, _ in news.alerts] if news else []
                if len(found) >= len(burst):
                    break
            return found

        readers = [asyncio.create_task(read()) for _ in range(50)]
        for start in range(0, len(burst), 100):
            ledger.write_alerts(burst[start : start + 100])
            await following.look()
        for seen in await asyncio.gather(*readers):
            assert seen == list(range(1, len(burst) + 1))


def test_what_comes_after_a_gap_waits_until_the_gap_is_filled() -> None:
    gaps = Gaps(9)
    assert gaps.settle([(11, "b")], now=0) == []
    assert gaps.settle([(10, "a"), (11, "b")], now=1) == [(10, "a"), (11, "b")]
    assert gaps.settled == 11


def test_a_gap_that_stays_is_a_number_never_used() -> None:
    gaps = Gaps(9)
    assert gaps.settle([(11, "b"), (12, "c")], now=0) == []
    assert gaps.settle([(11, "b"), (12, "c"), (14, "d")], now=GAP_IS_OLD_AFTER_S) == [
        (11, "b"),
        (12, "c"),
    ]
    assert gaps.settle([(14, "d")], now=GAP_IS_OLD_AFTER_S + 1) == []
    assert gaps.settle([(14, "d")], now=2 * GAP_IS_OLD_AFTER_S) == [(14, "d")]
