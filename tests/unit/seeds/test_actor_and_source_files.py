"""The shipped lists of actors and sources load, agree with each other and know the names that matter."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from placewatch.actors import Actors, load_actors
from placewatch.names import fold_name
from placewatch.places import load_watchlist
from placewatch.settings import seeds_dir
from placewatch.sources import Sources, load_sources
from placewatch.vocabulary import ActorKind, Reliability, SourceKind


@pytest.fixture(scope="module")
def actors() -> Actors:
    return load_actors(seeds_dir() / "actors.yaml")


@pytest.fixture(scope="module")
def sources() -> Sources:
    return load_sources(seeds_dir() / "sources.yaml")


@pytest.fixture(scope="module")
def sides() -> set[str]:
    return set(yaml.safe_load((seeds_dir() / "actors.yaml").read_text(encoding="utf-8"))["sides"])


def test_there_are_enough_actors_and_sources(actors: Actors, sources: Sources) -> None:
    assert len(actors) >= 180
    assert len(sources) >= 250


def test_every_side_has_somebody_on_it(actors: Actors, sides: set[str]) -> None:
    used = {a.side for a in actors} | {s for a in actors for s in a.sides_in.values()}
    assert used == sides


def test_every_actor_fights_somewhere_and_changes_side_only_where_it_matters(
    actors: Actors,
) -> None:
    for actor in actors:
        assert len(set(actor.countries)) == len(actor.countries), actor.actor_id
        for country, side in actor.sides_in.items():
            assert side != actor.side, f"{actor.actor_id} in {country} is on its own side anyway"


def test_every_government_is_a_state_and_every_country_has_at_most_one(actors: Actors) -> None:
    governed = [(c, a) for a in actors for c in a.government_of]
    assert len({country for country, _ in governed}) == len(governed)
    assert {a.kind for _, a in governed} == {ActorKind.STATE_FORCES}


def test_the_two_parties_of_a_country_are_on_two_sides(actors: Actors) -> None:
    for rebel in actors:
        for country in rebel.rebels_of:
            assert actors.side_of("the army", country) != actors.side(rebel, country), country


def test_every_source_side_is_a_side_of_the_actors(sources: Sources, sides: set[str]) -> None:
    assert {s.side for s in sources if s.side} <= sides


def test_official_and_party_media_have_a_side_and_no_high_grade(sources: Sources) -> None:
    for source in sources:
        if source.kind is SourceKind.PARTY_MEDIA:
            assert source.side is not None, source.source_id
            assert source.reliability in {Reliability.D, Reliability.E}, source.source_id
        if source.kind is SourceKind.GOVERNMENT:
            assert source.side is not None, source.source_id
            assert source.reliability is not Reliability.A, source.source_id


def test_aggregators_cannot_be_judged_or_name_their_agency(sources: Sources) -> None:
    for source in sources:
        if source.kind is SourceKind.AGGREGATOR:
            assert source.reliability is Reliability.F or source.agency, source.source_id


def test_the_best_grade_is_for_those_on_no_side(sources: Sources) -> None:
    assert all(s.side is None for s in sources if s.reliability is Reliability.A)


@pytest.mark.parametrize(
    ("name", "country", "side"),
    [
        ("insurgents", "Syria", "syrian-opposition"),
        ("Syrian opposition fighters", "Syria", "syrian-opposition"),
        ("the jihadist group Hayat Tahrir al-Sham", "Syria", "syrian-opposition"),
        ("Hayat Tahrir al-Sham (HTS)", "Syria", "syrian-opposition"),
        ("local fighters", "Syria", "syrian-opposition"),
        ("SNA", "Syria", "syrian-opposition"),
        ("SNA", "Somalia", "somalia-government"),
        ("government forces", "Syria", "syrian-government"),
        ("Russia", "Syria", "syrian-government"),
        ("Turkish army", "Syria", "syrian-opposition"),
        ("Kurdish forces", "Syria", "sdf"),
        ("Kurdish forces", "Iraq", "kurdistan-region"),
        ("Ukrainian troops", "Ukraine", "ukraine"),
        ("Wagner mercenaries", "Ukraine", "russia"),
        ("Yevgeny Prigozhin", "Ukraine", "russia"),
        ("Russia's Defense Ministry", "Ukraine", "russia"),
        ("paramilitaries", "Sudan", "rsf"),
        ("the army", "Sudan", "sudan-army"),
        ("Rwandan troops", "DR Congo", "m23"),
        ("Congolese soldiers", "DR Congo", "drc-government"),
        ("the junta", "Myanmar", "myanmar-military"),
        ("ethnic armed groups", "Myanmar", "myanmar-resistance"),
        ("militants", "Gaza Strip", "palestinian-factions"),
        ("gangs", "Haiti", "haiti-gangs"),
        ("rebels", "Norway", None),
        ("protesters", "Sudan", None),
    ],
)
def test_news_names_have_the_side_they_should(
    actors: Actors, name: str, country: str, side: str | None
) -> None:
    assert actors.side_of(name, country) == side


@pytest.mark.parametrize(
    ("cited", "source_id"),
    [
        ("AP", "apnews.com"),
        ("state news agency SANA", "sana.sy"),
        ("pro-government Sham FM", "sham-fm"),
        ("the Britain-based Syrian Observatory for Human Rights", "syriahr.com"),
        ("Rami Abdurrahman", "syriahr.com"),
        ("the Institute for the Study of War", "understandingwar.org"),
    ],
)
def test_cited_names_are_the_source_they_should_be(
    sources: Sources, cited: str, source_id: str
) -> None:
    found = sources.find(cited)
    assert found is not None
    assert found.source_id == source_id


def test_holders_of_all_baselines_are_known_actors(actors: Actors) -> None:
    for path in (
        *(seeds_dir() / "watchlists").glob("*.yaml"),
        seeds_dir() / "demo" / "watchlist.yaml",
    ):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["places"]:
            holder = entry.get("baseline", {}).get("holder")
            country = entry["place"].rsplit(", ", 1)[-1]
            assert holder is None or actors.find(holder, country), f"{path.name}: {entry['place']}"


@pytest.mark.parametrize("name", ["syria", "ukraine", "sudan", "drc", "myanmar"])
def test_a_watchlist_has_places_with_labels_of_their_own(name: str) -> None:
    path = seeds_dir() / "watchlists" / f"{name}.yaml"
    watchlist = load_watchlist(path)
    assert 15 <= len(watchlist) <= 40
    assert len(watchlist.by_id) == len(watchlist.by_label) == len(watchlist)
    assert all(p.resolution != "ambiguous" for p in watchlist)
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["places"]
    own = [
        {fold_name(a) for a in (e["place"].rsplit(", ", 1)[0], *e.get("aliases", []))}
        for e in entries
    ]
    assert sum(map(len, own)) == len(set().union(*own)), "two places share a spelling"


@pytest.mark.evaluation
def test_most_actors_and_outlets_of_labelled_news_are_known(
    evaluation_dir: Path, actors: Actors, sources: Sources
) -> None:
    import json  # noqa: PLC0415 - only where the evaluation data is

    known, named, outlets, urls = 0, 0, 0, 0
    for line in (evaluation_dir / "train_gold.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["url"]:
            urls += 1
            outlets += sources.by_domain(row["url"]) is not None
        for report in row["reports"]:
            country = report["place"].rsplit(", ", 1)[-1]
            for name in filter(None, (report.get("actor"), report.get("against"))):
                named += 1
                known += actors.find(name, country) is not None
    assert known / named > 0.95
    assert outlets / urls > 0.95
