"""The reading commands as a person runs them: the installed command on a ledger on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sinks.ledger import Ledger


COMMAND = str(Path(sys.executable).with_name("placewatch"))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_command


def environment(folder: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if "PLACEWATCH" not in name}
    return clean | {"PLACEWATCH_STATE_DIR": str(folder / "state"), "COLUMNS": "200"}


@pytest.fixture
def filled(tmp_path: Path, make_alert, make_status, make_event, make_citation) -> Path:
    """A state folder with a ledger of two places."""
    with Ledger(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}") as ledger:
        hostile = make_citation(1, title="[bold]\x1b[2J", sentence="Rastan [/red] fell.")
        late = make_citation(2, counted="historical")
        ledger.write_alerts(
            [
                make_alert(1, citations=(hostile,)),
                make_alert(2, msg_type="Update", certainty="confirmed", references=("alert-1",)),
                make_alert(
                    3, place_id="homs-syria", place="Homs, Syria", headline="Homs is threatened."
                ),
            ]
        )
        ledger.write_statuses(
            [
                make_status(1, alert_id="alert-2"),
                make_status(1, place_id="homs-syria", place="Homs, Syria", is_stale=True),
            ]
        )
        ledger.write_events([make_event(1, citations=(hostile, late))])
    return tmp_path


def test_status_shows_every_place(run, filled) -> None:
    result = run("status")
    assert result.returncode == 0, result.stderr
    rastan = next(line for line in result.stdout.splitlines() if "Rastan, Syria" in line)
    assert all(word in rastan for word in ("held", "Hayat Tahrir al-Sham", "confirmed", "12:00"))
    homs = next(line for line in result.stdout.splitlines() if "Homs, Syria" in line)
    assert "stale" in homs


def test_status_as_json_is_the_records(run, filled) -> None:
    statuses = json.loads(run("status", "--json").stdout)
    assert [status["place"] for status in statuses] == ["Homs, Syria", "Rastan, Syria"]
    (rastan,) = json.loads(run("status", "rastan", "--json").stdout)
    assert (rastan["control"], rastan["certainty"]) == ("held", "confirmed")


def test_an_unknown_place_is_named_with_near_ones(run, filled) -> None:
    result = run("status", "Rasten, Syria")
    assert result.returncode == 66
    assert 'did you mean "Rastan, Syria"?' in result.stderr
    assert result.stdout == ""


def test_a_place_in_square_brackets_is_an_error_and_no_traceback(run, filled) -> None:
    result = run("why", "x[/y]")
    assert result.returncode == 66
    assert "x[/y]" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_ledger_says_what_to_run(run) -> None:
    result = run("status")
    assert result.returncode == 66
    assert "placewatch demo" in result.stderr


def test_the_demos_ledger_is_shown_with_a_word_about_it(run, filled) -> None:
    (filled / "state" / "demo").mkdir()
    for file in list((filled / "state").glob("ledger.db*")):
        file.rename(filled / "state" / "demo" / file.name)
    result = run("status", "--json")
    assert result.returncode == 0
    assert "showing the demo's" in result.stderr
    assert len(json.loads(result.stdout)) == 2


def test_no_script_acts_on_the_demos_invented_news(run, filled) -> None:
    (filled / "state" / "demo").mkdir()
    for file in list((filled / "state").glob("ledger.db*")):
        file.rename(filled / "state" / "demo" / file.name)
    until = ("tail", "--no-follow", "--until", "Rastan, Syria=held by HTS")
    result = run(*until)
    assert (result.returncode, result.stdout) == (66, "")
    assert "invented" in result.stderr
    named = f"sqlite:///{filled / 'state' / 'demo' / 'ledger.db'}"
    assert f"--ledger {named}" in result.stderr
    assert run(*until, "--ledger", named).returncode == 0


def test_another_ledger_can_be_named(run, filled) -> None:
    file = filled / "state" / "ledger.db"
    other = file.rename(filled / "other.db")
    assert run("status").returncode == 66
    assert run("status", "--ledger", f"sqlite:///{other}").returncode == 0


def test_an_empty_ledger_says_that_nothing_was_told_yet(run, tmp_path: Path) -> None:
    Ledger(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}").close()
    result = run("status")
    assert (result.returncode, result.stdout[:13]) == (0, "no status yet")
    assert json.loads(run("status", "--json").stdout) == []


def test_tail_prints_one_line_an_alert(run, filled) -> None:
    result = run("tail", "--no-follow")
    lines = result.stdout.splitlines()
    assert result.returncode == 0, result.stderr
    assert [line[:16] for line in lines] == [f"2024-12-06 {hour}:00" for hour in (13, 14, 15)]


def test_tail_can_be_narrowed(run, filled) -> None:
    def ids(*arguments: str) -> list[str]:
        lines = run("tail", "--no-follow", "--json", *arguments).stdout.splitlines()
        return [json.loads(line)["alert_id"] for line in lines]

    assert ids("--place", "rastan") == ["alert-1", "alert-2"]
    assert ids("--certainty", "confirmed") == ["alert-2"]
    assert ids("--since", "2024-12-06T14:30") == ["alert-3"]
    assert ids("--from", "24h") == []
    assert ids("-n", "1") == ["alert-3"]


def test_tail_waits_for_what_holds_in_the_ledger_where_no_broker_runs(run, filled) -> None:
    result = run("tail", "--from", "3", "--json", "--no-follow")
    assert [json.loads(line)["alert_id"] for line in result.stdout.splitlines()] == ["alert-3"]
    result = run("tail", "--until", "Rastan, Syria=held by HTS confirmed")
    assert result.returncode == 0
    assert result.stderr.startswith("Rastan, Syria is held by Hayat Tahrir al-Sham since")


def test_tail_stays_and_prints_what_comes(filled: Path, make_alert) -> None:
    command = [COMMAND, "tail", "--json"]
    with subprocess.Popen(
        command, cwd=filled, env=environment(filled), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            past = [json.loads(process.stdout.readline())["alert_id"] for _ in range(3)]
            assert past == ["alert-1", "alert-2", "alert-3"]
            with Ledger(f"sqlite:///{filled / 'state' / 'ledger.db'}") as ledger:
                ledger.write_alerts([make_alert(4)])
            assert json.loads(process.stdout.readline())["alert_id"] == "alert-4"
        finally:
            process.terminate()


def test_history_tells_every_alert_of_a_place(run, filled) -> None:
    result = run("history", "Rastan, Syria")
    assert result.returncode == 0, result.stderr
    assert result.stdout.index("alert-1") < result.stdout.index("alert-2")
    assert "alert-3" not in result.stdout
    found = json.loads(run("history", "rastan-syria", "--json").stdout)
    assert [(a["msg_type"], a["fate"], a["after"]) for a in found["alerts"]] == [
        ("Alert", "updated", "alert-2"),
        ("Update", "stands", None),
    ]
    (event,) = found["events"]
    assert [origin["name"] for origin in event["origins"]] == ["The Monitor"]


def test_history_tells_every_event_with_who_says_so_and_what_did_not_count(run, filled) -> None:
    lines = run("history", "Rastan, Syria").stdout.splitlines()
    (event,) = (line for line in lines if "captured by Hayat Tahrir al-Sham" in line)
    assert "The Monitor (neutral, B)" in event
    assert "told as history" in event


def test_history_draws_the_past(run, filled) -> None:
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    result = run("history", "rastan", "--plot", "past.svg")
    assert result.returncode == 0, result.stderr
    assert "drawn: past.svg" in result.stderr
    drawn = (filled / "past.svg").read_text(encoding="utf-8")
    assert all(mark in drawn for mark in ("alert-alert-1", "alert-alert-2", "held by Hayat"))


def test_history_refuses_what_it_cannot_draw(run, filled) -> None:
    result = run("history", "rastan", "--plot", "past.gif")
    assert result.returncode == 78
    assert "past.gif cannot be drawn: name a file that ends in .png or .svg" in result.stderr
    assert result.stdout == ""


def test_why_tells_the_whole_chain(run, filled) -> None:
    result = run("why", "Rastan, Syria")
    assert result.returncode == 0, result.stderr
    said = (
        "Update: Rastan, Syria is held by Hayat Tahrir al-Sham",
        "event: captured by Hayat Tahrir al-Sham, 2024-12-06",
        "Non-state actor overtakes territory, CAMEO 192",
        "The Monitor",
        "neutral, reliability B",
        "what      held by Hayat Tahrir al-Sham",
        "since     2024-12-06 12:00 UTC",
        "a side that did not hold it took it (taken)",
        "usually reliable source, possibly true",
        "https://wire.example/2",
        "Fighters took Rastan without much of a battle.",
        "historical",
    )
    assert [text for text in said if text not in result.stdout] == []


def test_why_begins_with_what_is_needed_to_decide(run, filled) -> None:
    lines = [line.split() for line in run("why", "Rastan, Syria").stdout.splitlines()]
    heads = [" ".join(line[:2]) for line in lines[:7]]
    assert heads[0] == "Rastan, Syria"
    assert [head.split()[0] for head in heads[1:6]] == ["what", "since", "how", "says", "because"]


def test_why_is_brief_unless_it_is_told_to_be_full(
    run, filled, make_status, make_event, make_citation
) -> None:
    idle = [
        make_event(n, hours=n, move="old_news", citations=(make_citation(n, title=f"Old {n}"),))
        for n in range(2, 13)
    ]
    ids = ("event-1", *(event.event_id for event in idle))
    with Ledger(f"sqlite:///{filled / 'state' / 'ledger.db'}") as ledger:
        ledger.write_events(idle)
        ledger.write_statuses([make_status(2, alert_id="alert-2", considered_ids=ids)])
    brief, full = run("why", "rastan").stdout, run("why", "rastan", "--full").stdout
    assert brief.count("changed nothing, it is older than what is known (old_news)") == 8
    assert "and 3 earlier: --full" in brief
    assert "Old 12" not in brief
    assert full.count("changed nothing, it is older than what is known (old_news)") == 11
    assert "Old 2" in full


def test_the_beginning_of_an_alerts_id_is_enough(run, filled, make_alert) -> None:
    with Ledger(f"sqlite:///{filled / 'state' / 'ledger.db'}") as ledger:
        ledger.write_alerts([make_alert(5, alert_id="1a4597117d8d5829")])
    assert json.loads(run("why", "1a4597", "--json").stdout)["alert"]["alert_id"] == (
        "1a4597117d8d5829"
    )
    wrong = run("why", "1a45971")
    assert wrong.returncode == 0
    wrong = run("why", "1a4597117d8d5820")
    assert wrong.returncode == 66
    assert "did you mean 1a4597117d8d5829?" in wrong.stderr


def test_a_watched_place_without_news_is_no_unknown_place(run, filled) -> None:
    (filled / "watchlist.yaml").write_text("places:\n  - Idlib, Syria\n  - Hama, Syria\n")
    for command in ("why", "history", "status"):
        silent = run(command, "idlib")
        assert silent.returncode == 66
        assert "Idlib, Syria is watched, but no article has said anything of it yet" in (
            silent.stderr
        )
    assert 'did you mean "Hama, Syria"?' in run("why", "Hamma").stderr


def test_what_a_feed_wrote_is_shown_as_it_is_and_steers_nothing(run, filled) -> None:
    result = run("why", "rastan")
    assert "Rastan [/red] fell." in result.stdout
    assert "[bold] [2J" in result.stdout
    assert "\x1b" not in result.stdout


def test_why_of_an_alert_is_about_that_alert(run, filled) -> None:
    chain = json.loads(run("why", "alert-1", "--json").stdout)
    assert chain["alert"]["alert_id"] == "alert-1"
    origins = chain["events"][0]["origins"]
    assert [report["counted"] for report in origins[0]["reports"]] == ["counted", "historical"]


@pytest.mark.parametrize("command", ["status", "tail", "history", "why"])
def test_each_command_has_help_with_an_example(run, command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert f"placewatch {command}" in result.stdout
    assert "Example" in result.stdout


def test_status_says_where_there_has_been_no_news_for_unusually_long(
    run, filled, make_heartbeat
) -> None:
    nine_days_ago = datetime.now(UTC) - timedelta(days=9, hours=1)
    quiet = make_heartbeat(last_heard_at=nine_days_ago)
    feed = make_heartbeat(kind="feed", subject_id="wire.example", label="wire\x1b.example")
    stream = make_heartbeat(kind="stream", subject_id="all", label="everything that arrives")
    with Ledger(f"sqlite:///{filled / 'state' / 'ledger.db'}") as ledger:
        ledger.write_heartbeats([quiet, feed, stream])
    shown = run("status").stdout
    rastan = next(line for line in shown.splitlines() if "Rastan, Syria" in line)
    assert "no news for 9 days, usually every 6 h" in rastan
    homs = next(line for line in shown.splitlines() if "Homs, Syria" in line)
    assert "never named" in homs
    assert "nothing arrives: no news for" in shown
    assert "feed wire .example has gone quiet: no news for" in shown
    told = json.loads(run("status", "--json").stdout)
    assert told[0]["heartbeat"] is None
    assert told[1]["heartbeat"]["state"] == "quiet"
    assert told[1]["heartbeat"]["usual_gap_s"] == 21_600


def test_status_says_nothing_of_silences_where_all_is_as_usual(run, filled, make_heartbeat) -> None:
    alive = make_heartbeat(state="alive", reason="heard_at_its_pace", quiet_since=None)
    unknown = make_heartbeat(
        subject_id="homs-syria", state="unknown", usual_gap_s=None, reason="too_little_history"
    )
    feeds = [
        make_heartbeat(kind="feed", subject_id=f"feed-{number}", label=f"feed-{number}")
        for number in range(11)
    ]
    with Ledger(f"sqlite:///{filled / 'state' / 'ledger.db'}") as ledger:
        ledger.write_heartbeats([alive, unknown])
        shown = run("status").stdout
        ledger.write_heartbeats(feeds)
        with_feeds = run("status").stdout
    assert "no news" not in shown
    assert "quiet" not in shown
    homs = next(line for line in shown.splitlines() if "Homs, Syria" in line)
    assert "too little for a usual pace, named 2024-11-27" in homs
    assert "11 feeds have gone quiet" in with_feeds


def test_status_names_the_feeds_in_trouble_with_what_to_do(run, filled, make_health) -> None:
    sound = make_health(feed_id="sound", title="Sound", state="ok", is_in_trouble=False)
    hostile = make_health(title="Wire [bold]\x1b[2J")
    many = [make_health(feed_id=f"feed-{number}") for number in range(10)]
    with Ledger(f"sqlite:///{filled / 'state' / 'ledger.db'}") as ledger:
        ledger.write_feed_health([sound, hostile])
        shown = run("status").stdout
        ledger.write_feed_health(many)
        with_many = run("status").stdout
    said = "is failing since 2024-12-06 12:00 UTC (not_found); look at its address"
    assert said in shown
    assert "Wire [bold]" in shown
    assert "\x1b" not in shown
    assert "Sound" not in shown
    assert "11 feeds are in trouble: `placewatch feeds list` shows them" in with_many


def test_a_faulty_address_of_the_ledger_does_not_show_its_password(run) -> None:
    result = run("status", "--ledger", "postgresql//watch:S3cretPass@db/placewatch")
    assert result.returncode == 78
    assert "is not a database URL" in result.stderr
    assert "S3cretPass" not in result.stderr
