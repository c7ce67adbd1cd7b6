"""Loading a watchlist file: what it accepts, what it refuses, the cache, and what is published."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import placewatch.places as places_module
from placewatch.errors import WatchlistError
from placewatch.places import ProblemKind, load_watchlist, publish_watchlist
from placewatch.records import WatchedPlace
from placewatch.vocabulary import Certainty, Control, PlaceKind


def written(folder: Path, text: str) -> Path:
    path = folder / "watchlist.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_label_alone_is_enough(tmp_path: Path) -> None:
    watchlist = load_watchlist(written(tmp_path, "places:\n  - place: Rastan, Syria\n"))
    (rastan,) = watchlist
    assert watchlist.by_label["Rastan, Syria"] is watchlist.by_id["rastan-syria"] is rastan
    assert len(watchlist) == 1
    assert watchlist.problems == ()


def test_a_plain_list_of_labels_is_a_watchlist(tmp_path: Path) -> None:
    watchlist = load_watchlist(written(tmp_path, "- Rastan, Syria\n- place: Homs, Syria\n"))
    assert [p.place for p in watchlist] == ["Rastan, Syria", "Homs, Syria"]


@pytest.mark.parametrize("text", ["", "places:\n", "places: []\n", "# nothing yet\n"])
def test_an_empty_file_is_an_empty_watchlist(tmp_path: Path, text: str) -> None:
    assert load_watchlist(written(tmp_path, text)).places == ()


def test_a_baseline_becomes_an_assertion(tmp_path: Path) -> None:
    text = (
        "places:\n  - place: Homs, Syria\n"
        "    baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}\n"
    )
    (homs,) = load_watchlist(written(tmp_path, text))
    assert homs.baseline is not None
    assert (homs.baseline.control, homs.baseline.holder) == (Control.HELD, "Syrian government")
    assert homs.baseline.as_of == datetime(2024, 11, 27, tzinfo=UTC)
    assert homs.baseline.certainty is Certainty.SETTLED
    assert (homs.baseline.kind, homs.baseline.place_id) == ("baseline", homs.place_id)


def test_the_same_baseline_always_has_the_same_id(tmp_path: Path) -> None:
    text = "- {place: 'Homs, Syria', baseline: {status: held, as_of: %s}}\n"
    first, again, other = (
        load_watchlist(written(tmp_path, text % day)).places[0].baseline
        for day in ("2024-11-27", "2024-11-27", "2024-11-28")
    )
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.assertion_id == again.assertion_id != other.assertion_id


def test_kind_aliases_and_geonameid_of_an_entry_are_used(tmp_path: Path) -> None:
    text = (
        "- {place: 'Lyman, Ukraine', aliases: [Krasnyi Lyman], geonameid: 703071}\n"
        "- {place: 'Azovstal, Ukraine', kind: facility}\n"
    )
    lyman, azovstal = load_watchlist(written(tmp_path, text))
    assert "Krasnyi Lyman" in lyman.aliases
    assert lyman.geonameid == 703071
    assert azovstal.kind is PlaceKind.FACILITY


def test_a_part_has_the_id_of_its_town_however_that_is_written(tmp_path: Path) -> None:
    text = "- Homs, Syria\n- {place: 'Baba Amr, Syria', part_of: 'homs, SYRIA'}\n"
    homs, quarter = load_watchlist(written(tmp_path, text), tmp_path / "cache")
    assert (homs.part_of, quarter.part_of) == (None, homs.place_id)
    again = load_watchlist(written(tmp_path, text), tmp_path / "cache")
    assert again.places[1].part_of == homs.place_id


def test_a_part_of_a_region_deserves_a_look(tmp_path: Path) -> None:
    text = "- {place: 'Homs, Syria', part_of: 'Homs Governorate, Syria'}\n- 'Homs Governorate, Syria'\n"
    watchlist = load_watchlist(written(tmp_path, text))
    found = [p for p in watchlist.problems if p.kind is ProblemKind.PART_OF_REGION]
    assert [(p.place, p.candidates) for p in found] == [
        ("Homs, Syria", ("Homs Governorate, Syria",))
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("places: [unclosed", "is not YAML"),
        ("places: Rastan\n", "must be a list"),
        ("places:\n  - aliases: [Rstn]\n", "entry 1 (no `place`): place: Field required"),
        ("- Homs, Syria\n- {place: 'Hama, Syria', kind: castle}\n", "entry 2 (Hama, Syria): kind:"),
        ("- {place: 'Homs, Syria', baseline: {status: lost, as_of: 2024-11-27}}", "baseline.status"),
        ("- {place: 'Homs, Syria', baseline: {status: held, as_of: yesterday}}", "baseline.as_of"),
        ("- {place: 'Homs, Syria', baseline: {status: held}}", "baseline.as_of: Field required"),
        ("- {place: 'Homs, Syria', alias: [Hims]}", "alias: 'alias' means nothing here: did you mean 'aliases'"),
        ("- {place: 'Homs, Syria', geonameid: -1}", "geonameid"),
        ("- {place: ' '}", "is empty"),
        ("- 5\n", "entry 1: 5 is not a place"),
        ("- Homs, Syria\n- {place: 'Baba Amr, Syria', part_of: 'Hims, Syria'}",
         "entry 2 (Baba Amr, Syria): part_of names 'Hims, Syria', which is not in the file: did you mean 'Homs, Syria'?"),
        ("- {place: 'Baba Amr, Syria', part_of: 'Kyiv, Ukraine'}", "add that place, or leave part_of out"),
        ("- {place: 'Homs, Syria', part_of: 'Homs, Syria'}", "goes in a circle: Homs, Syria -> Homs, Syria"),
        ("- {place: 'A, Syria', part_of: 'B, Syria'}\n- {place: 'B, Syria', part_of: 'A, Syria'}",
         "entry 1 (A, Syria): part_of goes in a circle: A, Syria -> B, Syria -> A, Syria"),
        ("- Homs, Syria\n- Hama, Syria\n- homs, syria\n", "entry 3: 'homs, syria' is there already as entry 1"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_with_file_and_number(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(WatchlistError) as raised:
        load_watchlist(path)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)
    assert raised.value.exit_code == 78


def test_a_missing_file_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match="placewatch watch add"):
        load_watchlist(tmp_path / "none.yaml")


def test_a_file_that_is_no_text_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_bytes(b"\xff\xfe\x00places")
    with pytest.raises(WatchlistError, match="cannot be read"):
        load_watchlist(path)


def test_with_the_cache_no_gazetteer_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "- Rastan, Syria\n- Tripoli, Lebanon\n")
    first = load_watchlist(path, tmp_path / "cache")
    monkeypatch.setattr(places_module, "load_gazetteer", _must_not_be_called)
    again = load_watchlist(path, tmp_path / "cache")
    assert again == first
    assert again.problems


def _must_not_be_called(_codes: object) -> None:
    raise AssertionError("the gazetteer was read")


def test_a_changed_entry_is_resolved_anew_and_a_changed_baseline_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    load_watchlist(written(tmp_path, "- {place: 'Rastan, Syria'}\n"), cache)
    monkeypatch.setattr(places_module, "load_gazetteer", _must_not_be_called)
    changed = "- {place: 'Rastan, Syria', baseline: {status: held, as_of: 2024-11-27}}\n"
    (rastan,) = load_watchlist(written(tmp_path, changed), cache)
    assert rastan.baseline is not None
    with pytest.raises(AssertionError, match="gazetteer was read"):
        load_watchlist(written(tmp_path, "- {place: 'Rastan, Syria', aliases: [Rstn]}\n"), cache)


def test_a_cache_of_another_version_is_not_used(tmp_path: Path) -> None:
    path, cache = written(tmp_path, "- Rastan, Syria\n"), tmp_path / "cache"
    load_watchlist(path, cache)
    kept = json.loads((cache / "places.json").read_text(encoding="utf-8"))
    (key,) = kept["places"]
    kept["places"][key]["place"]["geonameid"] = 1
    (cache / "places.json").write_text(json.dumps(kept), encoding="utf-8")
    assert load_watchlist(path, cache).places[0].geonameid == 1
    (cache / "places.json").write_text(json.dumps(kept | {"version": "old"}), encoding="utf-8")
    assert load_watchlist(path, cache).places[0].geonameid == 172946


@pytest.mark.parametrize("damage", ["not json", "[]", '{"x": {"place": {}}}'])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: str) -> None:
    path, cache = written(tmp_path, "- Rastan, Syria\n"), tmp_path / "cache"
    cache.mkdir()
    (cache / "places.json").write_text(damage, encoding="utf-8")
    assert load_watchlist(path, cache).by_id["rastan-syria"].geonameid == 172946
    assert "172946" in (cache / "places.json").read_text(encoding="utf-8")


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "- Rastan, Syria\n")
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert len(load_watchlist(path, tmp_path / "cache")) == 1


def test_places_that_share_names_are_reported(tmp_path: Path) -> None:
    watchlist = load_watchlist(written(tmp_path, "- Tripoli, Lebanon\n- Tripoli, Libya\n"))
    shared = [p for p in watchlist.problems if p.kind is ProblemKind.SHARED_NAME]
    assert [(p.place, p.candidates) for p in shared] == [("Tripoli, Libya", ("Tripoli, Lebanon",))]


class FakeProducer:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []

    def send(self, topic: str, *, key: bytes, value: bytes) -> None:
        self.sent.append((topic, key, value))


def test_publishing_sends_each_place_under_its_id(tmp_path: Path) -> None:
    watchlist = load_watchlist(written(tmp_path, "- Rastan, Syria\n- Homs, Syria\n"))
    producer = FakeProducer()
    assert publish_watchlist(watchlist, producer) == 2
    assert [(t, k) for t, k, _ in producer.sent] == [
        ("placewatch.watchlist.v1", b"rastan-syria"),
        ("placewatch.watchlist.v1", b"homs-syria"),
    ]
    assert WatchedPlace.from_json(producer.sent[0][2]) == watchlist.places[0]


@pytest.mark.evaluation
def test_the_seed_watchlist_resolves_whole(evaluation_dir: Path) -> None:
    watchlist = load_watchlist(evaluation_dir / "seed_watchlist.yaml")
    assert {p.resolution for p in watchlist} == {"resolved"}


@pytest.mark.evaluation
def test_four_of_five_places_of_the_labelled_news_resolve(evaluation_dir: Path) -> None:
    watchlist = load_watchlist(evaluation_dir / "dev_watchlist.yaml")
    found = sum(p.resolution != "unresolved" for p in watchlist)
    assert found / len(watchlist) >= 0.8


@pytest.mark.evaluation
def test_places_of_reports_are_named_in_their_articles(evaluation_dir: Path) -> None:
    """The aliases, not the reading: whether any name of the place stands in the text."""
    by_label = load_watchlist(evaluation_dir / "dev_watchlist.yaml").by_label
    named = []
    for line in (evaluation_dir / "dev_gold.jsonl").read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        text = f"{article['title']}\n{article['text']}"
        named += [
            any(alias in text for alias in by_label[label].aliases)
            for label in {report["place"] for report in article["reports"]}
        ]
    assert sum(named) / len(named) >= 0.95
