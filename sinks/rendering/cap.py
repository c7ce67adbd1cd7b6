"""An alert as an OASIS CAP 1.2 message.

Identifier and `sent` come from the alert alone, so that writing it again gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from typing import Literal, Self

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, model_validator

from placewatch.datafile import read_mapping, validated
from placewatch.errors import ConfigError
from placewatch.place_labels import country_of
from placewatch.record_base import digest
from placewatch.records import Alert
from placewatch.vocabulary import Control, MsgType
from sinks.rendering.message import block
from sinks.rendering.plain import one_line, position, told, web_address


NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
# CAP 1.2, 3.2.2: a headline is cut to 160 characters by receivers with short lines.
HEADLINE_LENGTH = 160
# CAP 1.2, 3.2.1: neither spaces, commas nor < and & in identifier and sender.
_NOT_OF_AN_IDENTIFIER = re.compile(r"[^A-Za-z0-9._-]+")
_IDENTIFIER_LENGTH = 100


class CapSender(BaseModel):
    """Who sends CAP messages, and to whom.

    Attributes:
        sender: unique in the world, as a mail address is; no spaces, commas, < or &.
        sender_name: who that is, for people.
        status: Actual, or Exercise and Test for what nobody is to act on.
        scope: Public, or Restricted to those whom `restriction` describes.
        contact: whom to ask about a message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sender: str = Field(pattern=r"^[^\s,<&]+$", max_length=200)
    sender_name: str = ""
    status: Literal["Actual", "Exercise", "Test"] = "Actual"
    scope: Literal["Public", "Restricted"] = "Public"
    restriction: str = ""
    contact: str = ""

    @model_validator(mode="after")
    def _restriction_is_given_when_it_is_needed(self) -> Self:
        if (self.scope == "Restricted") != bool(self.restriction):
            raise ValueError("`restriction` says to whom `scope: Restricted` is: give both or none")
        return self


class _Kind(BaseModel):
    """A row of cap.yaml, which explains it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: str
    category: Literal["Security", "Safety", "Infra", "Transport", "Other"]
    urgency: Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    circle_km: float = Field(gt=0)
    controls: dict[Control, _Kind]
    other: _Kind


@cache
def _table() -> _Table:
    with as_file(files("sinks.rendering") / "cap.yaml") as path:
        return validated(_Table, read_mapping(path, ConfigError), path.name, ConfigError)


def identifier_of(alert_id: str) -> str:
    """Return the CAP identifier of an alert: its id, unless that holds what CAP and file names do not allow."""
    if len(alert_id) <= _IDENTIFIER_LENGTH and not _NOT_OF_AN_IDENTIFIER.search(alert_id):
        return alert_id
    kept = _NOT_OF_AN_IDENTIFIER.sub("-", alert_id)[:_IDENTIFIER_LENGTH]
    return f"{kept}.{digest(alert_id)}"


def cap_message(alert: Alert, sender: CapSender, earlier: Sequence[Alert] = ()) -> bytes:
    """Return the alert as a CAP 1.2 document in UTF-8.

    Args:
        alert: what is told.
        sender: who tells it.
        earlier: the alerts among its references that are known. An Update or Cancel of none that is known is an Alert
            with a note: CAP asks these two for the message that they change.
    """
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    references = [_reference(each, sender) for each in earlier if each.alert_id in alert.references]
    is_orphan = alert.msg_type is not MsgType.ALERT and not references
    _add(root, "identifier", identifier_of(alert.alert_id))
    _add(root, "sender", sender.sender)
    _add(root, "sent", _time(alert.at))
    _add(root, "status", sender.status)
    _add(root, "msgType", (MsgType.ALERT if is_orphan else alert.msg_type).value)
    _add(root, "source", "placewatch")
    _add(root, "scope", sender.scope)
    _add(root, "restriction", sender.restriction)
    if is_orphan:
        _add(root, "note", f"{alert.msg_type.value} of a message that is not known here")
    _add(root, "references", " ".join(references))
    _add_info(root, alert, sender)
    document: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return document


def _add_info(root: etree._Element, alert: Alert, sender: CapSender) -> None:
    kind = _table().controls.get(alert.control, _table().other)
    info = etree.SubElement(root, f"{{{NAMESPACE}}}info")
    _add(info, "language", "en")
    _add(info, "category", kind.category)
    _add(info, "event", kind.event or alert.control.value.replace("_", " "))
    # CAP: "evaluate the information in this message". We tell what is said to be so and instruct nobody.
    _add(info, "responseType", "Assess")
    _add(info, "urgency", kind.urgency)
    _add(info, "severity", kind.severity)
    _add(info, "certainty", alert.cap_certainty.value)
    for system, code in _codes(alert).items():
        _add_pair(info, "eventCode", system, code)
    _add(info, "effective", _time(alert.at))
    if alert.since is not None:
        _add(info, "onset", _time(alert.since))
    _add(info, "senderName", sender.sender_name)
    _add(info, "headline", one_line(told(alert), HEADLINE_LENGTH))
    _add(info, "description", block(alert), is_lines=True)
    _add(info, "web", next(filter(None, (web_address(c.url) for c in alert.citations)), ""))
    _add(info, "contact", sender.contact)
    for name, value in _parameters(alert).items():
        _add_pair(info, "parameter", name, value)
    _add_area(info, alert)


def _codes(alert: Alert) -> dict[str, str]:
    codes = {"ACLED": alert.acled, "CAMEO": alert.cameo, "PLOVER": alert.plover}
    return {system: code for system, code in codes.items() if code}


def _parameters(alert: Alert) -> dict[str, str]:
    """Return what placewatch knows beyond CAP's own elements, by name."""
    told_values = {
        "Control": alert.control.value,
        "Holder": alert.holder,
        "Opponent": alert.opponent,
        "Certainty": alert.certainty.value,
        "PreviousControl": alert.previous_control.value,
        "PreviousHolder": alert.previous_holder,
        "Reason": alert.reason,
        "Grounds": alert.grounds,
    }
    known = {name: value for name, value in told_values.items() if value}
    return {"Admiralty": alert.admiralty} | _codes(alert) | known


def _add_area(info: etree._Element, alert: Alert) -> None:
    area = etree.SubElement(info, f"{{{NAMESPACE}}}area")
    _add(area, "areaDesc", one_line(alert.place) or one_line(alert.place_id) or "unnamed")
    point = position(alert.latitude, alert.longitude)
    if point is not None:
        _add(area, "circle", f"{point[0]:.5f},{point[1]:.5f} {_table().circle_km:g}")
    _add_pair(area, "geocode", "placewatch", alert.place_id)
    country = alert.country_code or country_of(alert.place)
    if country:
        _add_pair(area, "geocode", "ISO3166-1", country)


def _reference(alert: Alert, sender: CapSender) -> str:
    return f"{sender.sender},{identifier_of(alert.alert_id)},{_time(alert.at)}"


def _time(moment: datetime) -> str:
    """Return a time as CAP wants it: to the second, and UTC written as -00:00 (CAP 1.2, 3.3.2)."""
    return f"{moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}-00:00"


def _add(parent: etree._Element, name: str, text: str, *, is_lines: bool = False) -> None:
    """Add an element unless there is nothing to say in it."""
    lines = text.split("\n") if is_lines else [text]
    clean = "\n".join(filter(None, map(one_line, lines)))
    if clean:
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = clean


def _add_pair(parent: etree._Element, name: str, value_name: str, value: str) -> None:
    """Add a named value unless there is nothing to say in it."""
    if one_line(value):
        pair = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        _add(pair, "valueName", value_name)
        _add(pair, "value", value)
