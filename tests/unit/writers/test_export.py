"""`placewatch export` on a ledger on disk: in this process, and once as the installed command."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import feedparser
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from lxml import etree
from typer.testing import CliRunner

from placewatch.cli.app import app
from placewatch.errors import PlacewatchError
from sinks.ledger import Ledger


COMMAND = str(Path(sys.executable).with_name("placewatch"))
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, make_alert, make_status, monkeypatch) -> Run:
    with Ledger(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}") as ledger:
        homs = {"place_id": "homs-syria", "place": "Homs, Syria", "headline": "Homs, Syria fell."}
        ledger.write_alerts(
            [
                make_alert(3, **homs),
                make_alert(1),
                make_alert(2, msg_type="Update", references=("alert-1",)),
            ]
        )
        ledger.write_statuses(
            [make_status(), make_status(place_id="homs-syria", place="Homs, Syria")]
        )

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["export", *arguments])

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACEWATCH_STATE_DIR", str(tmp_path / "state"))
    return run_command


def ids(result: Result) -> list[str]:
    assert result.exit_code == 0, result.stderr
    return [row["alert_id"] for row in csv.DictReader(io.StringIO(result.stdout))]


def test_csv_goes_to_standard_output_oldest_first_and_can_be_narrowed(run: Run) -> None:
    assert ids(run("csv")) == ["alert-1", "alert-2", "alert-3"]
    assert ids(run("csv", "--place", "homs")) == ["alert-3"]
    assert ids(run("csv", "--since", "2024-12-06T14:00")) == ["alert-2", "alert-3"]
    assert ids(run("csv", "--since", "2024-12-06", "--until", "2024-12-06T14:00")) == ["alert-1"]
    assert ids(run("csv", "--since", "24h")) == []


def test_a_summary_says_what_was_written(run: Run, tmp_path: Path) -> None:
    said = run("csv", "--out", "new/alerts.csv")
    assert (said.stdout, said.stderr) == ("", "3 alerts written to new/alerts.csv\n")
    assert (tmp_path / "new" / "alerts.csv").read_bytes() == run("csv").stdout_bytes
    as_json = run("csv", "-o", "alerts.csv", "--json")
    assert json.loads(as_json.stdout) == {"written": 3, "what": "alerts", "out": "alerts.csv"}


def test_parquet(run: Run, tmp_path: Path) -> None:
    assert run("parquet", "--out", "alerts.parquet").exit_code == 0
    assert pq.read_table(tmp_path / "alerts.parquet")["alert_id"].to_pylist() == [
        "alert-1",
        "alert-2",
        "alert-3",
    ]


def test_geojson(run: Run) -> None:
    def places(*arguments: str) -> list[str]:
        found = json.loads(run("geojson", *arguments).stdout)
        return [feature["id"] for feature in found["features"]]

    assert places() == ["homs-syria", "rastan-syria"]
    assert places("--place", "homs") == ["homs-syria"]
    assert places("--since", "2024-12-07") == []


def test_atom(run: Run) -> None:
    found = feedparser.parse(io.BytesIO(run("atom", "--newest", "2").stdout_bytes))  # noqa: TID251  # our own
    assert [entry.updated for entry in found.entries] == [
        "2024-12-06T15:00:00Z",
        "2024-12-06T14:00:00Z",
    ]


def test_cap_files_refer_to_each_other(run: Run, tmp_path: Path) -> None:
    said = run(
        "cap", "--sender", "watch@example.org", "--out", "cap", "--since", "2024-12-06T14:00"
    )
    assert said.exit_code == 0, said.stderr
    assert sorted(path.name for path in (tmp_path / "cap").iterdir()) == [
        "alert-2.xml",
        "alert-3.xml",
        "index.atom",
    ]
    references = etree.parse(tmp_path / "cap" / "alert-2.xml").findtext("{*}references")
    assert references == "watch@example.org,alert-1,2024-12-06T13:00:00-00:00"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("csv", "--since", "yesterday"), 78, "--since yesterday is no time"),
        (("csv", "--place", "Nowhere"), 66, "Nowhere"),
        (("csv", "--out", "state"), 78, "--out state cannot be written"),
        (("cap", "--sender", "a b", "--out", "cap"), 78, "--sender a b cannot be used"),
        (("geojson", "--ledger", "sqlite:///nowhere.db"), 66, "there is no ledger"),
    ],
)
def test_mistakes_are_told_in_a_line(
    run: Run, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = run(*arguments)
    error = result.exception
    assert isinstance(error, PlacewatchError)
    assert error.exit_code == code
    assert said in str(error)


def test_the_installed_command_ends_quietly_when_its_reader_goes_away(
    run: Run, tmp_path: Path, make_alert
) -> None:
    with Ledger(
        f"sqlite:///{tmp_path / 'state' / 'ledger.db'}"
    ) as ledger:  # more than a pipe holds
        ledger.write_alerts([make_alert(number) for number in range(10, 500)])
    program = f"{COMMAND} export csv --since 2024-12-06 | head -c 10; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.stdout == "alert_id,m"
    assert (result.returncode, result.stderr) == (141, "")


def test_pages_of_the_ledger_join_without_gap_or_repeat(
    tmp_path: Path, make_alert, monkeypatch
) -> None:
    monkeypatch.setattr("sinks.ledger._ALERTS_A_PAGE", 3)
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        # Pairs of the same moment, in an order of arrival that is not that of their moments.
        alerts = [
            make_alert(n, at=f"2024-12-{1 + (n * 7 % 10) // 2:02}T00:00:00Z") for n in range(10)
        ]
        ledger.write_alerts(alerts)
        for count in (3, 9, 10):
            until = sorted(alert.at for alert in alerts)[count] if count < 10 else None
            found = list(ledger.each_alert(until=until))
            wanted = [alert for alert in alerts if until is None or alert.at < until]
            assert [alert.at for alert in found] == sorted(alert.at for alert in wanted)
            assert {alert.alert_id for alert in found} == {alert.alert_id for alert in wanted}
            assert ledger.count_alerts(until=until) == len(found)
