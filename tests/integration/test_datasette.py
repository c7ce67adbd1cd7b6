"""The ledger in a real Datasette, as docs/ledger.md tells people to start it, read through its HTTP JSON."""

from __future__ import annotations

import html
import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from placewatch.local.broker import free_port
from placewatch.records import Alert, Citation, Origin, Status
from sinks.ledger import Ledger
from sinks.ledger_schema import described


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
PATIENCE_S = 60.0
BIN = Path(sys.executable).parent
CITATION = Citation(
    article_id="article-1",
    source_id="wire.example",
    published_at=NOON,
    origin=Origin(origin_id="monitor", name="The Monitor", reliability="B"),
    state="captured",
    factuality="asserted",
    sentence="<script>alert(1)</script> Fighters took Rastan.",
)


def make_alert(number: int) -> Alert:
    return Alert(
        alert_id=f"alert-{number}",
        msg_type="Alert",
        place_id="rastan-syria",
        place="Rastan, Syria",
        at=NOON + timedelta(hours=number),
        control="held",
        holder="Syrian rebels",
        certainty="claimed",
        reason="taken",
        headline="Rastan is held.",
        cap_certainty="Possible",
        citations=(CITATION,),
        latitude=34.93,
        longitude=36.73,
    )


@pytest.fixture(scope="module")
def fetch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Gets a path of a Datasette that serves a ledger which is open for writing at the same time."""
    pytest.importorskip("datasette", reason="datasette, of the test group, is not installed")
    folder = tmp_path_factory.mktemp("datasette")
    metadata = subprocess.run(
        [BIN / "placewatch", "ledger", "datasette"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with Ledger(f"sqlite:///{folder / 'ledger.db'}") as ledger:
        ledger.write_alerts([make_alert(1), make_alert(2)])
        ledger.write_statuses(
            [
                Status(
                    place_id="rastan-syria",
                    place="Rastan, Syria",
                    control="held",
                    holder="Syrian rebels",
                    assessed_at=NOON,
                    alert_id="alert-2",
                    latitude=34.93,
                    longitude=36.73,
                )
            ]
        )
        port = free_port()
        command = [BIN / "datasette", "ledger.db", "-m", metadata, "-p", str(port)]
        with (
            (folder / "datasette.log").open("wb") as log,
            subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process,
        ):

            def get(path: str, **query: str) -> Any:
                address = f"http://127.0.0.1:{port}/{path}?{urllib.parse.urlencode(query)}"
                with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
                    body = answer.read().decode()
                return json.loads(body) if path.endswith(".json") else body

            try:
                wait_for(get, process, folder / "datasette.log")
                yield get
            finally:
                process.terminate()


def wait_for(get: Callable[..., Any], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, log.read_text()
        try:
            get("-/versions.json")
        except urllib.error.URLError:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        else:
            return


def test_views_come_with_facets_and_columns_a_map_finds(fetch: Callable[..., Any]) -> None:
    found = fetch("ledger/places_now.json", _shape="objects")
    (row,) = found["rows"]
    assert (row["place"], row["holder"], row["last_alert"]) == (
        "Rastan, Syria",
        "Syrian rebels",
        "Rastan is held.",
    )
    assert (row["latitude"], row["longitude"]) == (34.93, 36.73)
    assert set(found["facet_results"]) == {"control", "holder", "certainty", "is_stale"}
    evidence = fetch("ledger/alerts_with_evidence.json", _shape="objects", _facet_date="at")
    assert [row["alert_id"] for row in evidence["rows"]] == ["alert-2", "alert-1"]
    assert evidence["facet_results"]["at"]["results"][0]["value"] == "2024-12-06"


def test_every_table_and_view_opens_and_shows_what_its_columns_mean(
    fetch: Callable[..., Any],
) -> None:
    for name, table in described().items():
        page = fetch(f"ledger/{name}")
        assert "<script>alert(1)</script>" not in page
        assert next(iter(table["columns"].values())) in html.unescape(page)


def test_the_ready_queries_answer(fetch: Callable[..., Any]) -> None:
    rows = fetch("ledger/timeline.json", place="Rastan, Syria", _shape="objects")["rows"]
    assert [row["alert_id"] for row in rows] == ["alert-2", "alert-1"]
    rows = fetch("ledger/evidence.json", alert_id="alert-1", _shape="objects")["rows"]
    assert [row["origin"] for row in rows] == ["The Monitor"]
    assert fetch("ledger/changed_since.json", since="2024-12-06", _shape="objects")["rows"] == []
