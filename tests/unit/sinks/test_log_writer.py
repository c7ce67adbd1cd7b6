from __future__ import annotations

import io
import json
import resource
import signal
from pathlib import Path

import pytest

from placewatch.errors import DeliveryError
from placewatch.records import Alert
from sinks.notification import Notification, notification_of
from sinks.writers.log import LogWriter, printable, readable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "alerts.jsonl"


def told(*alerts: Alert) -> Notification:
    return notification_of("log", "", alerts)


def ids(file: Path) -> list[str]:
    return [json.loads(line)["alert_id"] for line in file.read_text().splitlines()]


def test_an_alert_is_one_json_line_in_the_file(path: Path, make_alert) -> None:
    writer = LogWriter(path, out=io.StringIO())
    writer.write(told(make_alert(1, headline="line one\nline two"), make_alert(2)))
    writer.close()
    assert ids(path) == ["alert-1", "alert-2"]
    assert path.read_bytes().splitlines()[1] == make_alert(2).to_json()


def test_an_alert_is_one_readable_line_on_the_output(path: Path, make_alert) -> None:
    out = io.StringIO()
    writer = LogWriter(path, out=out)
    writer.write(told(make_alert(1)))
    writer.close()
    expected = (
        "2024-12-06 13:00Z  Alert   claimed    B3  Rastan, Syria is held by Hayat Tahrir al-Sham.\n"
    )
    assert out.getvalue() == expected


def test_a_new_writer_goes_on_in_the_same_file(path: Path, make_alert) -> None:
    for number in (1, 2):
        writer = LogWriter(path, out=io.StringIO())
        writer.write(told(make_alert(number)))
        writer.close()
    assert ids(path) == ["alert-1", "alert-2"]


def test_a_line_is_there_before_write_returns(path: Path, make_alert) -> None:
    writer = LogWriter(path, out=io.StringIO())
    writer.write(told(make_alert(1)))
    assert ids(path) == ["alert-1"]
    writer.close()


@pytest.mark.parametrize("kept", [0, 1, 40])
def test_a_torn_last_line_is_removed_so_that_every_line_is_whole(
    path: Path, make_alert, kept: int
) -> None:
    path.parent.mkdir()
    path.write_bytes(make_alert(1).to_json() + b"\n" + make_alert(2).to_json()[:kept])
    writer = LogWriter(path, out=io.StringIO())
    writer.write(told(make_alert(2)))
    writer.close()
    assert ids(path) == ["alert-1", "alert-2"]


def test_a_file_that_is_one_torn_line_begins_anew(path: Path, make_alert) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"alert_id": "' + b"x" * 200_000)
    writer = LogWriter(path, out=io.StringIO())
    writer.write(told(make_alert(1)))
    writer.close()
    assert ids(path) == ["alert-1"]


@pytest.mark.parametrize("size", [0, 200_000])
def test_what_a_killed_process_wrote_and_did_not_record_is_not_written_again(
    path: Path, make_alert, size: int
) -> None:
    alerts = [make_alert(1), make_alert(2, headline="x" * size)]
    for told_again in (alerts, alerts[1:], [*alerts[1:], make_alert(3)]):
        writer = LogWriter(path, out=io.StringIO(), tells_once=True)
        for alert in told_again:
            writer.write(told(alert))
        writer.close()
    assert ids(path) == ["alert-1", "alert-2", "alert-3"]


def test_a_disk_that_takes_part_of_a_line_leaves_no_torn_line(tmp_path: Path, make_alert) -> None:
    path = tmp_path / "alerts.jsonl"
    writer = LogWriter(path, out=io.StringIO())
    writer.write(told(make_alert(1)))
    room = path.stat().st_size + 100
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # As a disk that becomes full: the part that fits is taken, the rest refused.
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(DeliveryError, match="room"):
            writer.write(told(make_alert(2)))
        assert ids(path) == ["alert-1"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    writer.write(told(make_alert(2)))
    writer.close()
    assert ids(path) == ["alert-1", "alert-2"]


def test_a_full_file_is_moved_aside_and_no_line_is_lost(path: Path, make_alert) -> None:
    size = len(make_alert(1).to_json()) + 1
    writer = LogWriter(path, max_bytes=3 * size + 10, kept_files=5, out=io.StringIO())
    for number in range(9):
        writer.write(told(make_alert(number)))
    writer.close()
    files = [path.with_name("alerts.jsonl.2"), path.with_name("alerts.jsonl.1"), path]
    assert [ids(file) for file in files] == [
        [f"alert-{n}" for n in group] for group in ((0, 1, 2), (3, 4, 5), (6, 7, 8))
    ]


def test_an_alert_larger_than_a_file_is_written_whole(path: Path, make_alert) -> None:
    writer = LogWriter(path, max_bytes=10, kept_files=3, out=io.StringIO())
    writer.write(told(make_alert(1)))
    writer.write(told(make_alert(2)))
    writer.close()
    assert ids(path.with_name("alerts.jsonl.1")) + ids(path) == ["alert-1", "alert-2"]


def test_only_the_oldest_file_goes_when_there_are_enough(path: Path, make_alert) -> None:
    writer = LogWriter(path, max_bytes=10, kept_files=2, out=io.StringIO())
    for number in range(5):
        writer.write(told(make_alert(number)))
    writer.close()
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "alerts.jsonl",
        "alerts.jsonl.1",
        "alerts.jsonl.2",
    ]
    assert ids(path.with_name("alerts.jsonl.2")) == ["alert-2"]


def test_a_rotation_killed_half_way_loses_nothing(path: Path, make_alert) -> None:
    path.parent.mkdir()
    # Killed after .1 became .2 and before the full file became .1.
    path.with_name("alerts.jsonl.2").write_bytes(make_alert(1).to_json() + b"\n")
    path.write_bytes(make_alert(2).to_json() + b"\n")
    writer = LogWriter(path, max_bytes=10, kept_files=5, out=io.StringIO())
    writer.write(told(make_alert(3)))
    writer.close()
    names = ("alerts.jsonl.3", "alerts.jsonl.1", "alerts.jsonl")
    found = [ids(path.with_name(name)) for name in names]
    assert found == [["alert-1"], ["alert-2"], ["alert-3"]]


def test_a_file_that_cannot_be_written_is_a_recoverable_failure(tmp_path: Path, make_alert) -> None:
    (tmp_path / "alerts.jsonl").mkdir()
    writer = LogWriter(tmp_path / "alerts.jsonl", out=io.StringIO())
    with pytest.raises(DeliveryError, match="PLACEWATCH_ALERT_LOG") as caught:
        writer.write(told(make_alert(1)))
    assert caught.value.is_recoverable


def test_a_file_that_can_be_written_again_is(tmp_path: Path, make_alert) -> None:
    blocked = tmp_path / "alerts.jsonl"
    blocked.mkdir()
    writer = LogWriter(blocked, out=io.StringIO())
    with pytest.raises(DeliveryError):
        writer.write(told(make_alert(1)))
    blocked.rmdir()
    writer.write(told(make_alert(1)))
    writer.close()
    assert ids(blocked) == ["alert-1"]


def test_a_reader_that_goes_away_does_not_stop_the_log(path: Path, make_alert) -> None:
    class FakeClosedPipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    writer = LogWriter(path, out=FakeClosedPipe())
    writer.write(told(make_alert(1)))
    writer.write(told(make_alert(2)))
    writer.close()
    assert ids(path) == ["alert-1", "alert-2"]


def test_the_place_is_said_when_the_headline_does_not_say_it(make_alert) -> None:
    assert readable(make_alert(1, headline="Taken.")).endswith("B3  Rastan, Syria: Taken.")


def test_control_characters_of_a_feed_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\nc\u202ed\u2028e\x07") == "a [31mb c d e "
    assert printable("الرستن — “Rastan”") == "الرستن — “Rastan”"
