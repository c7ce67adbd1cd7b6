"""The text of an article's page, and how much of the article it is. Pure.

A page that says of itself that it is not for free is labelled; nothing is done to get past that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from lxml import etree, html
from trafilatura import extract

from placewatch.vocabulary import TextQuality
from producers.identity import names_a_page
from producers.text_quality import MIN_TEXT_CHARS, PageText, is_cut
from producers.urls import absolute_url, canonical_url, registrable_host


MAX_PAGE_BYTES = 2 * 1024 * 1024
MAX_TEXT_CHARS = 200_000
# A result made of these is the question whether we accept cookies, not the article (trafilatura's issue 569).
_CONSENT = re.compile(
    r"\b(cookies?|consent|gdpr|privacy (?:policy|choices|settings)|legitimate interest|our partners"
    r"|personal data|advertising)\b",
    re.IGNORECASE,
)
_MAX_CONSENT_SHARE = 0.02


def page_text(body: bytes, url: str) -> PageText:
    """Return the article in the page `body` that came from `url`."""
    page = body[:MAX_PAGE_BYTES]
    root = _root(page)
    is_paywalled = _is_paywalled(root)
    canonical = _canonical(root, url)
    text = extract(
        page,
        url=url,
        include_comments=False,
        include_tables=False,
        with_metadata=False,
    )
    found = (text or "").strip()[:MAX_TEXT_CHARS]
    if len(found) < MIN_TEXT_CHARS or _is_consent(found):
        return PageText(is_paywalled=is_paywalled, canonical_url=canonical)
    is_part = bool(is_paywalled) or is_cut(found) or len(body) > MAX_PAGE_BYTES
    quality = TextQuality.PARTIAL if is_part else TextQuality.FULL
    return PageText(text=found, quality=quality, is_paywalled=is_paywalled, canonical_url=canonical)


def _is_consent(text: str) -> bool:
    """Return whether a text is about cookies and little else."""
    words = len(text.split())
    return len(_CONSENT.findall(text)) > max(2, _MAX_CONSENT_SHARE * words)


def _root(page: bytes) -> etree._Element | None:
    """Return the root of a page, None when there is none."""
    try:
        return html.document_fromstring(page)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _canonical(root: etree._Element | None, url: str) -> str:
    """Return the canonical form of a page's address: its own word counts if it names the same registered domain."""
    told = []
    if root is not None:
        told += [link.get("href") for link in root.xpath("//link[@rel='canonical']")]
        told += [meta.get("content") for meta in root.xpath("//meta[@property='og:url']")]
    for address in told:
        own = canonical_url(absolute_url(url, address or ""))
        if own and names_a_page(own) and registrable_host(own) == registrable_host(url):
            return own
    return canonical_url(url)


def _is_paywalled(root: etree._Element | None) -> bool | None:
    """Return what a page says of itself (schema.org isAccessibleForFree), None when it says nothing."""
    if root is None:
        return None
    answers = []
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json":
            try:
                answers += list(_free(json.loads(script.text or "")))
            except (ValueError, RecursionError):
                continue
    for element in root.xpath("//*[@itemprop='isAccessibleForFree']"):
        answers.append(_is_true(element.get("content") or element.text))
    return not all(answers) if answers else None


def _free(node: object) -> Iterator[bool]:
    """Yield what each part of a JSON-LD document says of whether it is free."""
    if isinstance(node, list):
        for part in node:
            yield from _free(part)
    elif isinstance(node, dict):
        if "isAccessibleForFree" in node:
            yield _is_true(node["isAccessibleForFree"])
        for part in node.values():
            yield from _free(part)


def _is_true(value: object) -> bool:
    """Return what publishers write for true: the word, in any case, or the address of its term."""
    return str(value).strip().lower().rpartition("/")[2] in {"true", "1", "yes"}
