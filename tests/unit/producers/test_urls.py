"""The canonical form of URLs (T89 to T93)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producers.urls import canonical_url, is_loopback, registrable_host, without_credentials


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("HTTP://Example.ORG/a", "http://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org", "https://example.org/"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/%7euser/%2fx", "https://example.org/~user/%2Fx"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a#section", "https://example.org/a"),
        ("https://example.org/#!/story/5", "https://example.org/#!/story/5"),
        ("https://example.org/a;jsessionid=0F3A?x=1", "https://example.org/a?x=1"),
        ("  https://example.org/a\n", "https://example.org/a"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_the_same_page_has_one_form(raw: str, canonical: str) -> None:
    assert canonical_url(raw) == canonical


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=rss",
        "UTM_Medium=feed",
        "fbclid=x",
        "at_medium=RSS",
        "CMP=rss",
        "ns_mchannel=rss",
    ],
)
def test_what_only_tracks_readers_goes(query: str) -> None:
    assert canonical_url(f"https://example.org/a?{query}&id=7") == "https://example.org/a?id=7"


@pytest.mark.parametrize(
    "query",
    ["cid=55", "eid=7", "uid=9", "gallery_id=4", "game=3", "reference=88", "keyword_id=3", "p=12"],
)
def test_what_names_the_page_stays(query: str) -> None:
    assert canonical_url(f"https://example.org/a?{query}") == f"https://example.org/a?{query}"


def test_ref_goes_only_when_it_names_the_feeds_own_host() -> None:
    url = "https://example.org/a?ref=feeds.example"
    assert canonical_url(url, feed_host="feeds.example") == "https://example.org/a"
    assert canonical_url(url, feed_host="other.example") == url
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "mailto:a@example.org",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.org/a",
        "http://",
        "http://[",
        "http://example.org:port/",
        "http://a b/",
        "https://x.example/" + "a" * 2048,
    ],
)
def test_what_is_no_web_page_has_no_form(raw: str) -> None:
    assert canonical_url(raw) == ""


@given(
    st.one_of(
        st.text(max_size=60).map(lambda tail: f"https://Example.org/{tail}"),
        st.text(max_size=40).map(lambda host: f"http://{host}/a?b#c"),
        st.text(alphabet="%2e/.?&=#!;aA~é ", max_size=40).map(lambda t: f"http://x.example/{t}"),
    )
)
@example("https://x.example/%252e%252E/..;sid=1//a?%75tm_source=1&&a")
@example("https://x.example//..//a")
def test_the_form_of_a_form_is_itself(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"),
        ("https://www.example.org/", "example.org"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("http://localhost/", "localhost"),
        ("not a url", ""),
    ],
)
def test_the_source_of_a_url_is_its_registrable_domain(url: str, host: str) -> None:
    assert registrable_host(url) == host


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1/", True),
        ("http://localhost/", True),
        ("http://[::1]/", True),
        ("http://10.0.0.1/", False),
        ("https://example.org/", False),
    ],
)
def test_loopback_is_recognised(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_credentials_are_not_shown() -> None:
    assert (
        without_credentials("https://u:p@x.example:8443/a?b=c@d")
        == "https://x.example:8443/a?b=c@d"
    )
    assert without_credentials("https://x.example/a") == "https://x.example/a"
