"""Serves a newswire, a story told by many outlets, as real feeds over loopback HTTP.

The story has its own clock: the next item appears when the producer has come back to the feed of the last one
with that feed's current ETag. It saves an ETag only after the broker has acknowledged the articles, so the
articles are published in the order of the story, however fast or slow this machine is.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from xml.etree import ElementTree as ET

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from placewatch.datafile import read_mapping
from placewatch.errors import ConfigError
from placewatch.health import QuietServer
from placewatch.local.broker import HOST


ATOM = "http://www.w3.org/2005/Atom"
_BEFORE_THE_STORY = datetime(2024, 11, 27, tzinfo=UTC)


class Outlet(BaseModel):
    """An outlet of the newswire."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    title: str
    domain: str
    language: str = "en"


class Item(BaseModel):
    """One thing an outlet publishes; `revises` names the item whose text this one replaces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    outlet: str
    published: AwareDatetime
    title: str
    summary: str
    revises: str | None = None


class Newswire(BaseModel):
    """The outlets and what they publish, in the order of the story."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlets: tuple[Outlet, ...]
    items: tuple[Item, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Every item belongs to a known outlet and revises an earlier item of that outlet."""
        sources = {outlet.source for outlet in self.outlets}
        seen: dict[str, str] = {}
        for item in self.items:
            if item.outlet not in sources:
                raise ValueError(f"item {item.id} is of an unknown outlet {item.outlet}")
            if item.id in seen:
                raise ValueError(f"two items have the id {item.id}")
            if item.revises is not None and seen.get(item.revises) != item.outlet:
                raise ValueError(
                    f"item {item.id} revises {item.revises}, no earlier one of its outlet"
                )
            seen[item.id] = item.outlet
        return self


def load_newswire(path: Path) -> Newswire:
    """Return the newswire in a YAML file.

    Raises:
        ConfigError: the file cannot be read or is no newswire.
    """
    try:
        return Newswire.model_validate(read_mapping(path, ConfigError))
    except ValidationError as error:
        raise ConfigError(f"{path} is not a newswire: {' '.join(str(error).split())}") from error


class Story:
    """How far the newswire is told. Thread-safe: feeds are fetched at the same time."""

    def __init__(self, newswire: Newswire, hold: Path | None = None) -> None:
        """Begin it; while there is a file `hold`, it stops at the item whose number that file holds."""
        self._newswire = newswire
        self._hold = hold
        self._lock = threading.Lock()
        self._told = 0
        self._documents: dict[str, tuple[bytes, str]] = {}

    @property
    def told(self) -> int:
        """How many items have appeared."""
        return self._told

    @property
    def is_told(self) -> bool:
        """Whether every item has appeared and the producer has come back for the last one."""
        return self._told > len(self._newswire.items)

    def fetch(self, source: str, etag: str | None) -> tuple[HTTPStatus, bytes, str]:
        """Return status, body and ETag of an outlet's feed for a client that has the version `etag`."""
        outlet = next((o for o in self._newswire.outlets if o.source == source), None)
        if outlet is None:
            return HTTPStatus.NOT_FOUND, b"", ""
        with self._lock:
            body, current = self._document(outlet)
            if etag != current:
                return HTTPStatus.OK, body, current
            self._confirmed(source)
            return HTTPStatus.NOT_MODIFIED, b"", current

    def _confirmed(self, source: str) -> None:
        """Let the next item appear if the feed that was confirmed carries the last one."""
        items = self._newswire.items
        if self._told > len(items) or (self._told and items[self._told - 1].outlet != source):
            return
        if self._is_held():
            return
        self._told += 1
        if self._told <= len(items):
            self._documents.pop(items[self._told - 1].outlet, None)

    def _is_held(self) -> bool:
        """Return whether somebody wants the story to stop here."""
        try:
            return self._hold is not None and self._told >= int(self._hold.read_text())
        except (OSError, ValueError):
            return False  # no file, or one that is just being written

    def _document(self, outlet: Outlet) -> tuple[bytes, str]:
        """Return an outlet's feed as it is now, and its ETag."""
        if outlet.source not in self._documents:
            entries = current_entries(self._newswire.items[: self._told], outlet.source)
            write = atom if self._newswire.outlets.index(outlet) % 2 else rss
            body = write(outlet, entries)
            self._documents[outlet.source] = (body, f'"{sha256(body).hexdigest()[:16]}"')
        return self._documents[outlet.source]


class Entry(NamedTuple):
    """One entry of a feed: its guid, when it first appeared, and its text as it is now."""

    guid: str
    published: datetime
    item: Item


def current_entries(items: Sequence[Item], source: str) -> list[Entry]:
    """Return an outlet's entries, newest first; a revision keeps guid and date of what it revises."""
    guids: dict[str, str] = {}
    entries: dict[str, Entry] = {}
    for item in items:
        if item.outlet != source:
            continue
        guid = guids.get(item.revises or "", item.id)
        guids[item.id] = guid
        published = entries[guid].published if guid in entries else item.published
        entries[guid] = Entry(guid, published, item)
    return sorted(entries.values(), key=lambda entry: entry.published, reverse=True)


def rss(outlet: Outlet, entries: Sequence[Entry]) -> bytes:
    """Return an RSS 2.0 document."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _texts(
        channel,
        title=outlet.title,
        link=f"https://{outlet.domain}/",
        description=f"News from {outlet.title}",
        language=outlet.language,
    )
    for guid, _, item in entries:
        element = ET.SubElement(channel, "item")
        _texts(
            element,
            title=item.title,
            link=_link(outlet, guid),
            description=item.summary,
            # As outlets do: an edit moves it up. Untold, an edit would be dated by its fetch, years after the story.
            pubDate=format_datetime(item.published),
        )
        ET.SubElement(element, "guid", isPermaLink="false").text = guid
    return _bytes(root)


def atom(outlet: Outlet, entries: Sequence[Entry]) -> bytes:
    """Return an Atom document."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": outlet.language})
    _texts(root, id=f"tag:{outlet.domain},2024:feed", title=outlet.title)
    newest = max((entry.item.published for entry in entries), default=_BEFORE_THE_STORY)
    _texts(root, updated=newest.isoformat())
    for guid, published, item in entries:
        element = ET.SubElement(root, "entry")
        _texts(
            element,
            id=f"tag:{outlet.domain},2024:{guid}",
            title=item.title,
            published=published.isoformat(),
            updated=item.published.isoformat(),
            summary=item.summary,
        )
        ET.SubElement(element, "link", rel="alternate", href=_link(outlet, guid))
    return _bytes(root)


def opml(newswire: Newswire, base_url: str) -> bytes:
    """Return the list of a newswire's feeds, served at `base_url`, as `placewatch` reads it."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "The demo's newswire"
    body = ET.SubElement(root, "body")
    for outlet in newswire.outlets:
        ET.SubElement(
            body,
            "outline",
            type="rss",
            text=outlet.title,
            xmlUrl=f"{base_url}/{outlet.source}.xml",
            htmlUrl=f"https://{outlet.domain}/",
            source=outlet.source,
            language=outlet.language,
        )
    ET.indent(root)
    return _bytes(root) + b"\n"


class NewswireServer:
    """The newswire on a free loopback port, or where you say, as a context manager."""

    def __init__(
        self, newswire: Newswire, *, host: str = HOST, port: int = 0, hold: Path | None = None
    ) -> None:
        """Take the port; `hold` as the story takes it.

        Raises:
            OSError: it is taken.
        """
        self.story = Story(newswire, hold)
        self._newswire = newswire
        self._server = _Server((host, port), _Handler, self.story)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, source: str) -> str:
        """Return the address of an outlet's feed."""
        return f"http://{HOST}:{self._server.server_address[1]}/{source}.xml"

    def opml(self) -> bytes:
        """Return the list of all feeds, as `placewatch` reads it."""
        return opml(self._newswire, f"http://{HOST}:{self._server.server_address[1]}")


class _Server(QuietServer):
    """A server whose handlers know the story."""

    def __init__(self, address: tuple[str, int], handler: Any, story: Story) -> None:
        super().__init__(address, handler)
        self.story = story


class _Handler(BaseHTTPRequestHandler):
    """Answers GET /SOURCE.xml, and /readyz with how far the story is told."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the name http.server calls
        """Answer with an outlet's feed as it is now, or that it is unchanged."""
        if self.path == "/readyz":
            self._say_how_far()
            return
        source = self.path.removeprefix("/").removesuffix(".xml")
        status, body, etag = self.server.story.fetch(source, self.headers.get("If-None-Match"))
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if status is HTTPStatus.OK:
            self.send_header("Content-Type", "application/xml; charset=utf-8")
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the producer logs its polls."""

    def _say_how_far(self) -> None:
        story = self.server.story
        said = {"status": "ready", "told": story.told, "is_told": story.is_told}
        body = json.dumps(said).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _texts(parent: ET.Element, **texts: str) -> None:
    """Add child elements that hold text."""
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text


def _link(outlet: Outlet, guid: str) -> str:
    """Return the address an item would have."""
    return f"https://{outlet.domain}/news/{guid}"


def _bytes(root: ET.Element) -> bytes:
    """Return a document as UTF-8 with its declaration."""
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
