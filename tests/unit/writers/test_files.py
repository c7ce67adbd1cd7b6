"""Writers of files: CAP, Atom and GeoJSON as whoever reads the folder finds them."""

from __future__ import annotations

import io
import json
import stat
import threading
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from placewatch.errors import DeliveryError, LedgerBusyError
from placewatch.records import Alert
from sinks.files import replacing
from sinks.notification import notification_of
from sinks.rendering.atom import Feed
from sinks.rendering.cap import CapSender
from sinks.writers.atom import AtomWriter
from sinks.writers.cap import CapWriter
from sinks.writers.geojson import GeoJsonWriter


FEED = Feed("alerts", "The Watch")
SENDER = CapSender(sender="watch@example.org")


def read(path: Path):
    return feedparser.parse(io.BytesIO(path.read_bytes()))  # noqa: TID251  # our own feed


@pytest.fixture
def cap_writer(tmp_path: Path, make_alert) -> CapWriter:
    known: dict[str, Alert] = {"alert-1": make_alert(1)}
    return CapWriter("cap", tmp_path / "new" / "cap", SENDER, known=known.get, feed=FEED, newest=2)


def test_cap_files_and_their_index(cap_writer, tmp_path: Path, make_alert) -> None:
    update = make_alert(2, msg_type="Update", references=("alert-1",))
    cap_writer.write(notification_of("cap", "", [make_alert(1), update]))
    folder = tmp_path / "new" / "cap"
    assert sorted(path.name for path in folder.iterdir()) == [
        "alert-1.xml",
        "alert-2.xml",
        "index.atom",
    ]
    references = etree.parse(folder / "alert-2.xml").findtext("{*}references")
    assert references == "watch@example.org,alert-1,2024-12-06T13:00:00-00:00"
    index = read(folder / "index.atom")
    links = [link for link in index.entries[0].links if link.rel == "alternate"]
    assert [(link.href, link.type) for link in links] == [("alert-2.xml", "application/cap+xml")]


def test_the_index_forgets_and_the_files_stay(cap_writer, tmp_path: Path, make_alert) -> None:
    for number in range(4):
        cap_writer.write(notification_of("cap", "", [make_alert(number)]))
    folder = tmp_path / "new" / "cap"
    assert len(list(folder.glob("*.xml"))) == 4
    assert len(read(folder / "index.atom").entries) == 2


def test_a_repeat_changes_no_byte(cap_writer, tmp_path: Path, make_alert) -> None:
    def content() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (tmp_path / "new" / "cap").iterdir()}

    notification = notification_of("cap", "", [make_alert(1), make_alert(2)])
    cap_writer.write(notification)
    first = content()
    cap_writer.write(notification)
    assert content() == first


def test_a_place_called_like_a_path_stays_in_the_folder(
    cap_writer, tmp_path: Path, make_alert
) -> None:
    cap_writer.write(notification_of("cap", "", [make_alert(1, alert_id="../../outside")]))
    assert not list(tmp_path.glob("*.xml"))
    assert len(list((tmp_path / "new" / "cap").glob("*.xml"))) == 1


def test_an_atom_feed_keeps_the_newest_through_a_restart(tmp_path: Path, make_alert) -> None:
    path = tmp_path / "alerts.atom"
    for number in (1, 3, 2, 3):
        AtomWriter("atom", path, FEED, newest=2).write(
            notification_of("atom", "", [make_alert(number)])
        )
    found = read(path)
    assert not found.bozo
    assert [entry.updated for entry in found.entries] == [
        "2024-12-06T15:00:00Z",
        "2024-12-06T14:00:00Z",
    ]


@pytest.mark.parametrize("broken", [b"", b"<feed", b"\x00"])
def test_a_broken_feed_file_begins_anew(tmp_path: Path, make_alert, broken: bytes) -> None:
    path = tmp_path / "alerts.atom"
    path.write_bytes(broken)
    AtomWriter("atom", path, FEED, newest=2).write(notification_of("atom", "", [make_alert()]))
    assert len(read(path).entries) == 1


def test_geojson_is_what_holds_now(tmp_path: Path, make_alert, make_status) -> None:
    path = tmp_path / "statuses.geojson"
    statuses = [make_status()]
    writer = GeoJsonWriter("map", path, lambda: statuses)
    writer.write(notification_of("map", "", [make_alert()]))
    statuses[0] = make_status(control="contested")
    writer.write(notification_of("map", "", [make_alert(2)]))
    (feature,) = json.loads(path.read_bytes())["features"]
    assert feature["properties"]["control"] == "contested"


def test_a_folder_that_cannot_be_written_is_tried_again(
    tmp_path: Path, cap_writer, make_alert
) -> None:
    (tmp_path / "new").write_text("a file where a folder should be")
    notification = notification_of("x", "", [make_alert()])
    atom = AtomWriter("atom", tmp_path / "new" / "alerts.atom", FEED, newest=2)
    geojson = GeoJsonWriter("map", tmp_path / "new" / "map.geojson", list)
    for writer in (cap_writer, atom, geojson):
        with pytest.raises(DeliveryError, match="cannot write") as caught:
            writer.write(notification)
        assert caught.value.is_recoverable


def test_a_busy_ledger_is_tried_again(tmp_path: Path, make_alert) -> None:
    def busy(*_: str) -> None:
        raise LedgerBusyError("the ledger is locked")

    cap = CapWriter("cap", tmp_path, SENDER, known=busy, feed=FEED, newest=2)
    geojson = GeoJsonWriter("map", tmp_path / "map.geojson", busy)
    correction = make_alert(2, msg_type="Cancel", references=("alert-1",))
    for writer in (cap, geojson):
        with pytest.raises(DeliveryError, match="locked") as caught:
            writer.write(notification_of("x", "", [correction]))
        assert caught.value.is_recoverable
    assert list(tmp_path.iterdir()) == []


def test_a_reader_never_sees_half_a_feed(tmp_path: Path, make_alert) -> None:
    path = tmp_path / "alerts.atom"
    writer = AtomWriter("atom", path, FEED, newest=30)
    writer.write(notification_of("atom", "", [make_alert(0)]))

    def write() -> None:
        for number in range(1, 60):
            writer.write(notification_of("atom", "", [make_alert(number)]))

    thread = threading.Thread(target=write)
    thread.start()
    reads = 0
    while thread.is_alive() or not reads:
        assert etree.fromstring(path.read_bytes()).tag.endswith("feed")
        reads += 1
    thread.join()
    assert len(read(path).entries) == 30


def test_whoever_reads_sees_the_old_content_until_the_new_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"ne")
        file.flush()
        assert path.read_bytes() == b"old"
        file.write(b"w")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) & 0o400
    with pytest.raises(OSError, match="full"), replacing(path) as file:
        file.writelines(_half_a_file())
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def _half_a_file():
    yield b"half"
    raise OSError("the disk is full")
