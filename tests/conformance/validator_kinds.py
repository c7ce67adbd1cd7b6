"""Feeds of our own making, of the kinds that feed validators try: right and wrong of every format, one fault at a time.

Each has what must come of it: the items with what is told of them, or the reason why it is no feed.
"""

# ruff: noqa: RUF001  # texts as feeds write them
# A kind is a line.
# fmt: off
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


ATOM = "http://www.w3.org/2005/Atom"
ATOM_03 = "http://purl.org/atom/ns#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS_1 = "http://purl.org/rss/1.0/"
DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
XHTML = "http://www.w3.org/1999/xhtml"
URL = "https://news.example/feeds/all.xml"


@dataclass(frozen=True)
class Kind:
    """One document: its bytes, the headers it comes with, and what must come of it.

    Attributes:
        items: for each item what it must have, by the name of our field; None when it is no feed.
        reason: why it is none.
    """

    name: str
    body: bytes
    items: tuple[dict[str, str], ...] | None
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def rss(inner: str, *, version: str = '"2.0"', spaces: str = "", channel: str = "") -> str:
    """An RSS document around the items."""
    return f"<rss version={version} {spaces}><channel><title>T</title><link>https://news.example/</link><description>D</description>{channel}{inner}</channel></rss>"


def item(inner: str = "", title: str = "One", guid: str = "g1") -> str:
    """An item with a title and a GUID, and more."""
    return f'<item><title>{title}</title><guid isPermaLink="false">{guid}</guid>{inner}</item>'


def atom(inner: str, *, space: str = ATOM, attributes: str = "", feed: str = "") -> str:
    """An Atom document around the entries."""
    return f'<feed xmlns="{space}" {attributes}><title>T</title><id>urn:feed</id><updated>2026-03-02T10:00:00Z</updated>{feed}{inner}</feed>'


def entry(inner: str = "", title: str = "<title>One</title>", guid: str = "urn:1") -> str:
    """An Atom entry with an id."""
    return f'<entry>{title}<id>{guid}</id><updated>2026-03-02T10:00:00Z</updated><link href="https://news.example/1"/>{inner}</entry>'


def rdf(inner: str, *, spaces: str = "") -> str:
    """An RSS 1.0 document around the items."""
    return f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="{RSS_1}" {spaces}><channel rdf:about="https://news.example/"><title>T</title><link>https://news.example/</link><description>D</description></channel>{inner}</rdf:RDF>'


def rdf_item(inner: str = "", about: str = "https://news.example/1") -> str:
    """An item of RSS 1.0."""
    return f'<item rdf:about="{about}"><title>One</title><link>{about}</link>{inner}</item>'


ONE = {"title": "One"}
NONE: tuple[dict[str, str], ...] = ()
_KINDS: list[Kind] = []


def kind(name: str, body: str | bytes, *items: dict[str, str], no_feed: str = "", headers: dict[str, str] | None = None) -> None:
    """Note a kind; text is written as UTF-8."""
    raw = body.encode() if isinstance(body, str) else body
    _KINDS.append(Kind(name, raw, None if no_feed else items, no_feed, headers or {}))


def kinds() -> list[Kind]:
    """Return all kinds."""
    if not _KINDS:
        for tell in _TELLERS:
            tell()
    return list(_KINDS)


def formats() -> None:
    """Versions, roots and cases of letters."""
    for version in ('"0.91"', '"0.92"', '"0.93"', '"0.94"', '"2.0"', '"2.0.1"', '"2"', '"9.9"', '""'):
        kind(f"rss version {version}", rss(item(), version=version), ONE)
    kind("rss without a version", rss(item()).replace(' version="2.0"', ""), ONE)
    kind("rss in capitals", rss(item()).upper().replace("HTTPS", "https"), {"title": "ONE"})
    kind("rss with a default namespace", rss(item(), spaces=f'xmlns="{RSS_1}"'), ONE)
    kind("rss with an unknown default namespace", rss(item(), spaces='xmlns="urn:x"'), ONE)
    kind("rss with items beside the channel", "<rss version='2.0'><channel><title>T</title></channel>" + item() + "</rss>", ONE)
    kind("rss with two channels", rss(item()).replace("</rss>", f"<channel>{item(title='Two', guid='g2')}</channel></rss>"), ONE, {"title": "Two"})
    kind("rss without a channel", f"<rss version='2.0'>{item()}</rss>", ONE)
    kind("rss without anything", "<rss version='2.0'/>")
    kind("rss 0.91 with Netscape's document type", '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">' + rss(item(title="Caf&eacute;"), version='"0.91"'), {"title": "Café"})
    kind("rss 1.0", rdf(rdf_item()), {"title": "One", "link": "https://news.example/1"})
    kind("rss 1.0 without rdf:about", rdf("<item><title>One</title><link>https://news.example/1</link></item>"), ONE)
    kind("rss 1.0 with a prefix", rdf(rdf_item()).replace(f'xmlns="{RSS_1}"', f'xmlns:r="{RSS_1}"').replace("<item ", "<r:item ").replace("</item>", "</r:item>").replace("<title>", "<r:title>").replace("</title>", "</r:title>").replace("<channel ", "<r:channel ").replace("</channel>", "</r:channel>"), ONE)
    kind("rss 0.90", rdf("<item><title>One</title><link>https://news.example/1</link></item>").replace(RSS_1, "http://my.netscape.com/rdf/simple/0.9/"), ONE)
    kind(
        "rss 1.1",
        f'<Channel xmlns="http://purl.org/net/rss1.1#" xmlns:rdf="{RDF}" rdf:about="{URL}"><title>T</title><link>https://news.example/</link><description>D</description><items rdf:parseType="Collection"><item rdf:about="https://news.example/1"><title>One</title><link>https://news.example/1</link></item></items></Channel>',
        ONE,
    )
    kind("atom 1.0", atom(entry()), {"title": "One", "guid": "urn:1", "link": "https://news.example/1"})
    kind("atom 0.3", f'<feed version="0.3" xmlns="{ATOM_03}"><title>T</title><entry><title>One</title><id>urn:1</id><issued>2026-03-02T10:00:00Z</issued><modified>2026-03-02T10:00:00Z</modified></entry></feed>', {"title": "One", "published": "2026-03-02T10:00:00Z"})
    kind("atom with a prefix", f'<a:feed xmlns:a="{ATOM}"><a:title>T</a:title><a:entry><a:title>One</a:title><a:id>urn:1</a:id></a:entry></a:feed>', {"title": "One", "guid": "urn:1"})
    kind("atom without its namespace", atom(entry()).replace(f'xmlns="{ATOM}"', ""), ONE)
    kind("atom with a slash too many", atom(entry(), space=ATOM + "/"), ONE)
    kind("an atom entry alone", entry().replace("<entry>", f'<entry xmlns="{ATOM}">'), {"title": "One", "guid": "urn:1"})
    kind("atom in rss", rss(entry().replace("<entry>", f'<entry xmlns="{ATOM}">')), ONE)
    kind("cdf", '<CHANNEL HREF="https://news.example/"><TITLE>T</TITLE><ITEM HREF="https://news.example/1"><TITLE>One</TITLE></ITEM></CHANNEL>', ONE)
    kind("a feed behind a style sheet and comments", '<?xml version="1.0"?><?xml-stylesheet href="x.xsl" type="text/xsl"?><!-- news --><!-- more -->' + rss(item()), ONE)
    kind("items within an items element", rss(f"<items>{item()}</items>"), ONE)
    kind("an item within an item", rss(item(item(title="Two", guid="g2"))), ONE, {"title": "Two"})


def no_feeds() -> None:
    """What is another kind of document."""
    for name, body in {
        "a web page": "<!DOCTYPE html><html><head><title>T</title></head><body><h1>One</h1></body></html>",
        "a web page as xhtml": f'<html xmlns="{XHTML}"><head><title>T</title></head><body><p>One</p></body></html>',
        "an opml list": '<opml version="2.0"><head><title>T</title></head><body><outline text="One" xmlUrl="https://x.example/"/></body></opml>',
        "an rsd document": '<rsd version="1.0" xmlns="http://archipelago.phrasewise.com/rsd"><service><engineName>E</engineName><homePageLink>https://x.example/</homePageLink></service></rsd>',
        "an opensearch description": '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>T</ShortName></OpenSearchDescription>',
        "a publishing service": '<service xmlns="http://www.w3.org/2007/app"><workspace><collection href="x"/></workspace></service>',
        "categories": f'<categories xmlns="http://www.w3.org/2007/app" xmlns:a="{ATOM}"><a:category term="x"/></categories>',
        "a map": '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>One</name></Placemark></Document></kml>',
        "a fault of a service": '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault/></soap:Body></soap:Envelope>',
        "an error of a store": "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
        "text": "nothing to see here",
        "an image": "\x89PNG\r\n\x1a\n" + "\0" * 50,
    }.items():
        kind(name, body, no_feed="not_a_feed")
    for name, body in {"nothing": "", "blanks": " \n\t "}.items():
        kind(name, body, no_feed="empty_body")


def items_and_elements() -> None:
    """Elements missing, twice, empty, unknown, in another order."""
    kind("an item without a title", rss("<item><description>Only text.</description></item>"), {"title": "", "summary": "Only text."})
    kind("an item of a link alone", rss("<item><link>https://news.example/1</link></item>"), {"link": "https://news.example/1"})
    kind("an item of nothing", rss("<item/>"))
    kind("an item of nothing beside one", rss("<item></item>" + item()), ONE)
    kind("an item of blanks", rss("<item><title> </title><link> </link></item>"))
    kind("two titles", rss(item("<title>Other</title>")), {})
    kind("two links", rss(item("<link>https://news.example/1</link><link>https://news.example/2</link>")), {})
    kind("two GUIDs", rss(item('<guid isPermaLink="false">g2</guid>')), {})
    kind("a GUID that is a link", rss("<item><title>One</title><guid>https://news.example/1</guid></item>"), {"guid": "https://news.example/1", "link": "https://news.example/1"})
    kind("a GUID that says it is one and is none", rss('<item><title>One</title><guid isPermaLink="true">abc</guid></item>'), {"guid": "abc"})
    kind("a GUID with a wrong attribute", rss('<item><title>One</title><guid ispermalink="false">g</guid></item>'), {"guid": "g"})
    kind("an empty GUID", rss("<item><title>One</title><guid></guid></item>"), ONE)
    kind("a GUID of blanks and lines", rss("<item><title>One</title><guid isPermaLink='false'>\n  g \n</guid></item>"), {"guid": "g"})
    kind("an unknown element", rss(item("<wibble><title>No</title></wibble>")), {})
    kind("an unknown prefix", rss(item("<x:wibble>No</x:wibble>")), ONE)
    kind("a prefix that is not declared", rss(item("<dc:creator>Ann</dc:creator>")), ONE)
    kind("an attribute twice", rss(item('<enclosure url="https://x.example/1" url="https://x.example/2"/>')), ONE)
    kind("an enclosure without length and type", rss(item('<enclosure url="https://x.example/1.mp3"/>')), ONE)
    kind("a source, comments, a category", rss(item('<source url="https://x.example/">Other</source><comments>https://x.example/c</comments><category domain="d">c</category>')), ONE)
    kind("an image with a title of its own", rss(item(), channel="<image><title>Logo</title><url>https://x.example/l.png</url><link>https://x.example/</link></image>"), ONE)
    kind("a text input with a title of its own", rss(item(), channel="<textInput><title>Search</title><name>q</name><link>https://x.example/</link><description>S</description></textInput>"), ONE)
    kind("an image after the items", rss(item() + "<image><title>Logo</title></image>"), ONE)
    kind("a cloud", rss(item(), channel='<cloud domain="x" port="80" path="/" registerProcedure="p" protocol="xml-rpc"/>'), ONE)
    for ttl in ("60", "-1", "0", "", "abc", "1e9", "99999999999999999999", "60.5", "١٥"):
        kind(f"a ttl of {ttl!r}", rss(item(), channel=f"<ttl>{ttl}</ttl>"), ONE)
    for hour in ("0", "23", "24", "-1", "25", "x", ""):
        kind(f"an hour to skip: {hour!r}", rss(item(), channel=f"<skipHours><hour>{hour}</hour><hour>{hour}</hour></skipHours>"), ONE)
    for day in ("Monday", "monday", "Mon", "Someday", ""):
        kind(f"a day to skip: {day!r}", rss(item(), channel=f"<skipDays><day>{day}</day></skipDays>"), ONE)
    kind("every hour of every day to skip", rss(item(), channel="<skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(24)) + "</skipHours><skipDays>" + "".join(f"<day>{d}</day>" for d in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")) + "</skipDays>"), ONE)
    for language in ("en-us", "EN", "x-klingon", "12345", "", "english", "en_US"):
        kind(f"a language of {language!r}", rss(item(), channel=f"<language>{language}</language>"), ONE)
    kind("a language said twice", rss(item(), channel="<language>en</language><language>ar</language>"), ONE)
    kind("a thousand categories", rss(item("<category>c</category>" * 1000)), ONE)


def atoms() -> None:
    """What only Atom has: kinds of text, links, ids, persons, sources."""
    kind("a title as html", atom(entry(title='<title type="html">&lt;b&gt;One&lt;/b&gt; &amp;amp; two</title>')), {"title": "One & two"})
    kind("a title as text with marks", atom(entry(title='<title type="text">1 &lt; 2 &amp;amp; 3</title>')), {})
    kind("a title as xhtml", atom(entry(title=f'<title type="xhtml"><div xmlns="{XHTML}"><b>One</b> &amp; two</div></title>')), {"title": "One & two"})
    kind("a title as xhtml without a div", atom(entry(title=f'<title type="xhtml"><b xmlns="{XHTML}">One</b></title>')), ONE)
    kind("a title of a kind there is not", atom(entry(title='<title type="text/plain">One</title>')), ONE)
    kind("a title in base64", atom(entry(title='<title type="text/plain" mode="base64">T25l</title>')), {})
    kind("an entry without a title", atom(entry(title="")), {"title": "", "guid": "urn:1"})
    kind("an entry without an id", atom(entry().replace("<id>urn:1</id>", "")), {"link": "https://news.example/1"})
    kind("an entry without a date", atom(entry().replace("<updated>2026-03-02T10:00:00Z</updated>", "")), ONE)
    kind("an id that is relative", atom(entry(guid="/1")), ONE)
    kind("an id of blanks", atom(entry(guid="  ")), ONE)
    kind("an id with a fragment and capitals", atom(entry(guid="HTTP://News.Example:80/a/../b#c")), {"guid": "HTTP://News.Example:80/a/../b#c"})
    kind("two entries of one id", atom(entry() + entry(title="<title>Two</title>")), {}, {})
    kind("a link without rel", atom(entry()), {"link": "https://news.example/1"})
    kind("links of other kinds first", atom('<entry><title>One</title><id>urn:1</id><link rel="self" href="https://a.example/"/><link rel="edit" href="https://b.example/"/><link rel="alternate" href="https://news.example/1"/></entry>'), {"link": "https://news.example/1"})
    kind("two alternates", atom(entry('<link rel="alternate" type="text/html" hreflang="ar" href="https://news.example/ar/1"/>')), {"link": "https://news.example/1"})
    kind("a link without href", atom("<entry><title>One</title><id>urn:1</id><link/></entry>"), {"title": "One", "link": ""})
    kind("a link as text", atom("<entry><title>One</title><id>urn:1</id><link>https://news.example/1</link></entry>"), {"link": "https://news.example/1"})
    kind("a link that is no address", atom(entry().replace("https://news.example/1", "http://[bad")), {"title": "One"})
    kind("a link to a script", atom(entry().replace("https://news.example/1", "javascript:alert(1)")), {"title": "One"})
    kind("an address with blanks and other letters", atom(entry().replace("https://news.example/1", "https://news.example/a b/الرستن?q=é")), ONE)
    kind("content out of line", atom(entry('<content type="text/html" src="https://news.example/full"/>')), ONE)
    kind("content of another kind", atom(entry('<content type="image/png">iVBORw0KGgo=</content>')), ONE)
    kind("content as xml", atom(entry('<content type="application/xml"><x xmlns="urn:x"><title>No</title></x></content>')), ONE)
    kind("a source of its own", atom(entry("<source><title>Other</title><id>urn:other</id><updated>2020-01-01T00:00:00Z</updated></source>")), {"title": "One", "guid": "urn:1"})
    kind("persons without a name", atom(entry("<author/><contributor><email>a@x.example</email></contributor>")), ONE)
    kind("a deleted entry", atom('<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="urn:0" when="2026-03-02T10:00:00Z"/>' + entry()), ONE)
    kind("entries before what describes the feed", f'<feed xmlns="{ATOM}">{entry()}<title>T</title><id>urn:feed</id></feed>', ONE)
    kind("xml:lang", atom(entry(title='<title xml:lang="fr">One</title>'), attributes='xml:lang="en"'), ONE)


def bases() -> None:
    """Where relative links lead."""
    kind("xml:base of the feed", atom(entry().replace("https://news.example/1", "1"), attributes='xml:base="https://base.example/a/"'), {"link": "https://base.example/a/1"})
    kind("xml:base in xml:base", atom(entry().replace("<entry>", '<entry xml:base="b/">').replace("https://news.example/1", "1"), attributes='xml:base="https://base.example/a/"'), {"link": "https://base.example/a/b/1"})
    kind("xml:base of a link", atom(entry().replace('<link href="https://news.example/1"', '<link xml:base="https://base.example/c/" href="1"')), {"link": "https://base.example/c/1"})
    kind("xml:base that is no address", atom(entry(), attributes='xml:base="http://[bad"'), ONE)
    kind("xml:base of another scheme", atom(entry().replace("https://news.example/1", "1"), attributes='xml:base="javascript:x"'), ONE)
    kind("no base but the address of the feed", atom(entry().replace("https://news.example/1", "1")), {"link": "https://news.example/feeds/1"})
    kind("a link without its scheme", atom(entry().replace("https://news.example/1", "//other.example/1")), {"link": "https://other.example/1"})
    kind("a relative link in rss", rss(item("<link>/1</link>")), {"link": "https://news.example/1"})
    kind("xml:base in rss", rss(item("<link>1</link>"), spaces='xml:base="https://base.example/a/"'), {"link": "https://base.example/a/1"})


def extensions() -> None:
    """Other vocabularies that feeds carry."""
    for prefix, space, inner in (
        ("dc", DC, "<dc:title>No</dc:title><dc:creator>Ann</dc:creator><dc:date>2026-03-02T10:00:00Z</dc:date><dc:identifier>i</dc:identifier>"),
        ("content", CONTENT, "<content:encoded><![CDATA[<p>Long <b>text</b></p>]]></content:encoded>"),
        ("content", CONTENT, '<content:items xmlns:rdf="' + RDF + '"><rdf:Bag><rdf:li><content:item><rdf:value>x</rdf:value></content:item></rdf:li></rdf:Bag></content:items>'),
        ("media", "http://search.yahoo.com/mrss/", "<media:group><media:title>No</media:title><media:content url='https://x.example/v.mp4'><media:description>No</media:description></media:content></media:group>"),
        ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd", "<itunes:title>No</itunes:title><itunes:duration>99:99</itunes:duration><itunes:explicit>maybe</itunes:explicit>"),
        ("georss", "http://www.georss.org/georss", "<georss:point>abc</georss:point><georss:box>1 2 3</georss:box><georss:polygon/>"),
        ("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#", "<geo:lat>999</geo:lat><geo:long/>"),
        ("gml", "http://www.opengis.net/gml", "<gml:Point><gml:pos>1 2</gml:pos></gml:Point>"),
        ("slash", "http://purl.org/rss/1.0/modules/slash/", "<slash:comments>-1</slash:comments>"),
        ("sy", "http://purl.org/rss/1.0/modules/syndication/", "<sy:updatePeriod>sometimes</sy:updatePeriod>"),
        ("thr", "http://purl.org/syndication/thread/1.0", "<thr:in-reply-to ref='urn:0'/><thr:total>x</thr:total>"),
        ("wfw", "http://wellformedweb.org/CommentAPI/", "<wfw:commentRss>x</wfw:commentRss>"),
        ("trackback", "http://madskills.com/public/xml/rss/module/trackback/", "<trackback:ping>x</trackback:ping>"),
        ("cc", "http://web.resource.org/cc/", "<cc:license/>"),
        ("creativeCommons", "http://backend.userland.com/creativeCommonsRssModule", "<creativeCommons:license>x</creativeCommons:license>"),
        ("admin", "http://webns.net/mvcb/", "<admin:errorReportsTo/>"),
        ("foaf", "http://xmlns.com/foaf/0.1/", "<foaf:maker><foaf:Person><foaf:name>Ann</foaf:name></foaf:Person></foaf:maker>"),
        ("ev", "http://purl.org/rss/1.0/modules/event/", "<ev:startdate>2099-01-01</ev:startdate>"),
        ("dcterms", "http://purl.org/dc/terms/", "<dcterms:modified>2026-03-02</dcterms:modified>"),
        ("xhtml", XHTML, "<xhtml:body><xhtml:p>text</xhtml:p></xhtml:body>"),
        ("app", "http://www.w3.org/2007/app", "<app:edited>x</app:edited><app:control><app:draft>yes</app:draft></app:control>"),
        ("os", "http://a9.com/-/spec/opensearch/1.1/", "<os:totalResults>x</os:totalResults>"),
        ("gd", "http://schemas.google.com/g/2005", "<gd:when startTime='x'/>"),
        ("psc", "http://podlove.org/simple-chapters", "<psc:chapters><psc:chapter start='99:99:99' title='No'/></psc:chapters>"),
    ):  # fmt: skip
        spaces = f'xmlns:{prefix}="{space}"'
        kind(f"{prefix} in rss: {inner[:24]}", rss(item(inner), spaces=spaces), ONE)
        kind(f"{prefix} in atom: {inner[:24]}", atom(entry(inner), attributes=spaces), ONE)
        kind(f"{prefix} in rss 1.0: {inner[:24]}", rdf(rdf_item(inner), spaces=spaces), ONE)
    kind("a known vocabulary under another prefix", rss("<item><wibble:title>One</wibble:title><wibble:identifier>g</wibble:identifier></item>", spaces=f'xmlns:wibble="{DC}"'), ONE)
    kind("another vocabulary under a known prefix", rss(item("<dc:title>No</dc:title>"), spaces='xmlns:dc="urn:wibble"'), ONE)
    kind("a vocabulary declared where it is used", rss(item(f'<dc:creator xmlns:dc="{DC}">Ann</dc:creator>')), {"title": "One", "author": "Ann"})


def encodings() -> None:
    """How the bytes are text, and how they say so."""
    text = rss(item(title="Rückkehr – Café"))
    told = {"title": "Rückkehr – Café"}
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"):
        declared = codec.removesuffix("-le").removesuffix("-be").removesuffix("-sig")
        kind(f"{codec}, declared", f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(codec), told)
    for codec in ("utf-16", "utf-32", "utf-8-sig"):
        kind(f"{codec}, not declared", text.encode(codec), told)
    kind("utf-16-le, not declared and without a mark", text.encode("utf-16-le"), told)
    kind("utf-16-be, declared by the header", text.encode("utf-16-be"), told, headers={"content-type": "application/xml; charset=utf-16be"})
    for codec, word in (
        ("windows-1252", "Café – é"),
        ("iso-8859-1", "Café"),
        ("iso-8859-15", "€ Café"),
        ("koi8-r", "Хомс"),
        ("windows-1251", "Хомс"),
        ("windows-1256", "حمص"),
        ("iso-8859-6", "حمص"),
        ("big5", "新聞"),
        ("gb2312", "新闻"),
        ("gb18030", "新闻"),
        ("euc-jp", "ニュース"),
        ("shift_jis", "ニュース"),
        ("iso-2022-jp", "ニュース"),
        ("euc-kr", "뉴스"),
        ("macintosh", "Café"),
    ):
        body = rss(item(title=word))
        kind(f"{codec}, declared", f'<?xml version="1.0" encoding="{codec}"?>{body}'.encode(codec), {"title": word})
        kind(f"{codec}, by the header", body.encode(codec), {"title": word}, headers={"content-type": f"application/rss+xml; charset={codec}"})
    kind("ebcdic", f'<?xml version="1.0" encoding="cp037"?>{rss(item())}'.encode("cp037"), ONE)
    kind("ebcdic that says it is no text", f'<?xml version="1.0" encoding="base64"?>{rss(item())}'.encode("cp037"), ONE)
    kind("utf-7", f'<?xml version="1.0" encoding="utf-7"?>{rss(item())}'.encode("utf-7"), {})
    kind("an encoding nobody knows", f'<?xml version="1.0" encoding="x-wibble"?>{text}', told)
    kind("an encoding of nothing", f'<?xml version="1.0" encoding=""?>{text}', told)
    kind("a codec that is none of text", f'<?xml version="1.0" encoding="base64"?>{text}', told)
    kind("utf-8 that says utf-16", f'<?xml version="1.0" encoding="utf-16"?>{text}', told)
    kind("utf-8 whose header says ascii", text, told, headers={"content-type": "text/xml; charset=us-ascii"})
    kind("utf-8 as text/xml without a charset", f'<?xml version="1.0" encoding="utf-8"?>{text}', told, headers={"content-type": "text/xml"})
    kind("utf-8 whose header names nonsense", text, told, headers={"content-type": "application/xml; charset=wibble"})
    kind("a header that is nonsense", text, told, headers={"content-type": ";;;charset==\"'"})
    for content_type in ("text/html", "text/plain", "application/octet-stream", "image/png", "application/json", ""):
        kind(f"a feed as {content_type!r}", text, told, headers={"content-type": content_type})
    kind("one wrong byte", text.encode().replace(b"T<", b"T\xff<"), told)
    kind("a byte of zero", text.replace("<channel>", "<channel>\0"), told)
    kind("control characters", text.replace("One", "\x01\x0bOne"), told)
    kind("xml 1.1", f'<?xml version="1.1"?>{text}', told)
    kind("xml 2.0", f'<?xml version="2.0"?>{text}', told)
    kind("an xml declaration after a blank", f'\n <?xml version="1.0" encoding="utf-8"?>{text}', told)
    kind("an xml declaration twice", f'<?xml version="1.0"?><?xml version="1.0"?>{text}', told)
    kind("standalone", f'<?xml version="1.0" standalone="maybe"?>{text}', told)


def marks() -> None:
    """Markup that is broken, entities, CDATA, blanks."""
    kind("an ampersand", rss(item("<link>https://news.example/?a=1&b=2</link>", title="War & peace")), {"title": "War & peace", "link": "https://news.example/?a=1&b=2"})
    kind("an entity of HTML", rss(item(title="Caf&eacute; &nbsp;&mdash; x")), {"title": "Café — x"})
    kind("an entity nobody knows", rss(item(title="One &wibble; x")), {})
    kind("references to characters", rss(item(title="&#79;&#x6E;&#101;")), ONE)
    kind("references to the characters of Windows", rss(item(title="It&#146;s")), {"title": "It’s"})
    kind("a reference to no character", rss(item(title="One&#0;")), {})
    kind("CDATA", rss(item().replace("One", "<![CDATA[One <b>two</b>]]>")), {"title": "One two"})
    kind("CDATA in pieces", rss(item().replace("One", "<![CDATA[O]]>n<![CDATA[e]]>")), ONE)
    kind("CDATA that does not end", rss(item().replace("One", "<![CDATA[One")), no_feed="not_a_feed")
    kind("CDATA in lower case", rss(item("<description><![cdata[x]]></description>")), ONE)
    kind("a comment in a title", rss(item().replace("One", "O<!-- x -->ne")), ONE)
    kind("an instruction in an item", rss(item("<?php echo 1 ?>")), ONE)
    kind("marks in a title", rss(item(title="<b>One</b>")), ONE)
    kind("marks twice escaped", rss(item(title="&amp;lt;b&amp;gt;One&amp;lt;/b&amp;gt;")), {})
    kind("an element that does not end", rss(item("<description>x")), {})
    kind("elements that cross", rss(item("<a><b></a></b>")), ONE)
    kind("an end without a beginning", rss(item("</wibble>")), {})
    kind("an attribute without quotes", rss(item("<enclosure url=https://x.example/>")), ONE)
    kind("cut off in an item", rss(item() + item(title="Two", guid="g2"))[:-40], ONE, {"title": "Two"})
    kind("cut off in a name", rss(item() + "<item><tit"), {})
    kind("text behind the end", rss(item()) + "\n<script>x</script> and more", ONE)
    kind("two documents", rss(item()) + rss(item(title="Two", guid="g2")), ONE, {"title": "Two"})
    kind("text before the beginning", "Warning: something in line 3\n" + rss(item()), ONE)
    kind("an html comment before the beginning", "<!-- served by cache -->\n" + rss(item()), ONE)
    kind("an entity of one's own", '<!DOCTYPE rss [<!ENTITY name "One">]>' + rss(item(title="&name;")), ONE)
    kind("a parameter entity", '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>' + rss(item()), ONE)
    kind("a document type of its own", '<!DOCTYPE rss [<!ELEMENT rss ANY><!ATTLIST rss version CDATA "2.0">]>' + rss(item()), ONE)
    kind("a script in a text", rss(item("<description>&lt;script&gt;evil()&lt;/script&gt;&lt;p onclick='x'&gt;Text&lt;/p&gt;</description>")), {"summary": "Text"})
    kind("a style and a frame in a text", rss(item("<description>&lt;style&gt;p {}&lt;/style&gt;&lt;iframe src='x'&gt;&lt;/iframe&gt;Text</description>")), {"summary": "Text"})
    kind("html that is broken", rss(item("<description>&lt;p&gt;Text &lt;b&gt;and &lt;a href='</description>")), {})
    kind("blanks and lines in a title", rss(item(title="\n  One \t two\r\n ")), {"title": "One two"})
    kind("marks of direction and width", rss(item(title="\u202eOne\u200b\ufeff")), {})


def nested() -> None:
    """What carries entries that are none of the feed's."""
    inner = f'<entry xmlns="{ATOM}"><title>No</title><id>urn:n</id><updated>2026-03-02T10:00:00Z</updated></entry>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><title>No</title></svg>'
    two = {"title": "Two"}
    for name, carried in {
        "an entry as content": f'<content type="application/atom+xml">{inner}</content>',
        "a feed as content": f'<content type="application/atom+xml"><feed xmlns="{ATOM}"><title>No</title>{inner}{inner}</feed></content>',
        "a list as content": '<content type="application/xml"><list xmlns="urn:x"><item><title>No</title></item></list></content>',
        "an entry in a link of Google's": f'<g:entryLink xmlns:g="http://schemas.google.com/g/2005" href="x">{inner}</g:entryLink>',
        "an entry in a link": f'<link rel="related" href="https://x.example/"><i:inline xmlns:i="http://purl.org/atom/ext/">{inner}</i:inline></link>',
        "an entry of another vocabulary": '<y xmlns="urn:x"><entry><title>No</title></entry></y>',
        "an item without a vocabulary": '<y xmlns=""><item><title>No</title></item></y>',
        "a drawing with a title": f'<content type="xhtml"><div xmlns="{XHTML}"><p>Text</p>{svg}</div></content>',
        "a page with a title and a link": f'<content type="xhtml"><div xmlns="{XHTML}"><title>No</title><link href="https://no.example/"/><id>x</id></div></content>',
        "an element of html's that is named so": f'<summary type="xhtml"><div xmlns="{XHTML}"><entry>text</entry></div></summary>',
    }.items():
        kind(f"{name}, in atom", atom(entry(carried) + entry(title="<title>Two</title>", guid="urn:2")), ONE | {"guid": "urn:1", "link": "https://news.example/1"}, two)
        kind(f"{name}, in rss", rss(item(f'<z:z xmlns:z="urn:z">{carried}</z:z>') + item(title="Two", guid="g2")), ONE | {"guid": "g1"}, two)
    quoting = entry(f'<content type="application/atom+xml">{inner}</content>', title="<title>Café</title>")
    latin = '<?xml version="1.0" encoding="iso-8859-1"?>' + atom(quoting)
    kind("an entry as content, in another encoding", latin.encode("iso-8859-1"), {"title": "Café"})
    kind("an item in CDATA", rss(item("<description><![CDATA[<item><title>No</title></item>]]></description>")), ONE)
    kind("an item in CDATA of a broken feed", rss(item("<description><![CDATA[<item><title>No</title></item>]]></description>", title="A & B")), {"title": "A & B"})
    kind("an item escaped in a broken feed", rss(item("<description>&lt;item&gt;&lt;title&gt;No&lt;/title&gt;&lt;/item&gt;</description>", title="A & B")), {"title": "A & B"})
    kind("an item in a comment of a broken feed", rss("<!-- " + item(title="No") + " -->" + item(title="A & B")), {"title": "A & B"})
    picture = '<image rdf:about="u"><title>Logo</title><url>u</url><link>l</link></image>'
    search = '<textinput rdf:about="t"><title>Search</title><description>d</description><name>q</name><link>l</link></textinput>'
    kind("an image and a search beside the items of rss 1.0", rdf(picture + rdf_item() + search), ONE)
    kind("an image and a search alone in rss 1.0", rdf(picture + search))


DATES = {
    "Mon, 02 Mar 2026 10:00:00 GMT": "10:00", "Mon, 02 Mar 2026 10:00:00 UT": "10:00", "Mon, 02 Mar 2026 10:00:00 Z": "10:00",
    "Mon, 02 Mar 2026 10:00:00 +0200": "08:00", "Mon, 02 Mar 2026 10:00:00 EST": "15:00", "02 Mar 2026 10:00:00 PDT": "17:00",
    "Mon, 2 Mar 2026 10:00 GMT": "10:00", "Mon, 02 Mar 26 10:00:00 GMT": "10:00", "Mon,02 Mar 2026 10:00:00 GMT": "10:00",
    "Mon, 02 March 2026 10:00:00 GMT": "10:00", "Monday, 02 Mar 2026 10:00:00 GMT": "10:00", "mon, 02 mar 2026 10:00:00 gmt": "10:00",
    "Tue, 02 Mar 2026 10:00:00 GMT": "10:00", "Mon, 02 Mar 2026 10:00:00": "10:00", "Mon,  02  Mar  2026  10:00:00  GMT": "10:00",
    "Mon, 02 Mar 2026 10:00:60 GMT": "10:00", "Mon, 02 Mar 2026 24:00:00 GMT": "00:00", "Mon, 02 Mar 2026 25:00:00 GMT": None,
    "Mon, 32 Mar 2026 10:00:00 GMT": None, "Mon, 30 Feb 2026 10:00:00 GMT": None, "Sun, 29 Feb 2027 10:00:00 GMT": None,
    "Mon, 02 Mar 2026 10:00:00 +9999": None, "Mon, 02 Mar 2026 10:00:00 (noon)": "10:00", "Mon, 02 Mar 2026 10:00:00 GMT+2": "08:00",
    "2026-03-02T10:00:00Z": "10:00", "2026-03-02t10:00:00z": "10:00", "2026-03-02T10:00:00.123+02:00": "08:00", "2026-03-02T10:00Z": "10:00",
    "2026-03-02 10:00:00": "10:00", "2026-03-02T10:00:00": "10:00", "2026-03-02T10:00:00+0200": "08:00", "2026-03-02": "12:00", "20260302T100000Z": "10:00",
    "2026-13-02T10:00:00Z": None, "2026-03-02T10:61:00Z": None, "0000-00-00T00:00:00Z": None, "2026-W10-1": None, "2026-061": None,
    "Mon Mar  2 10:00:00 2026": "10:00", "Mon Mar 02 10:00:00 GMT 2026": "10:00", "1772445600": "10:00", "now": None, "": None, "٢ مارس": None,
}  # fmt: skip


def dates() -> None:
    """Every date is an item's; none may cost the item."""
    for raw in DATES:
        kind(f"the date {raw!r} in rss", rss(item(f"<pubDate>{raw}</pubDate>")), {"title": "One", "published": raw})
        kind(f"the date {raw!r} in atom", atom(entry(f"<published>{raw}</published>")), ONE)
    kind("two dates", rss(item("<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate><pubDate>Tue, 03 Mar 2026 10:00:00 GMT</pubDate>")), ONE)
    kind("a date with marks", rss(item("<pubDate><b>Mon, 02 Mar 2026 10:00:00 GMT</b></pubDate>")), ONE)


_TELLERS: tuple[Callable[[], None], ...] = (
    formats, no_feeds, items_and_elements, atoms, bases, extensions, encodings, marks, nested, dates,
)  # fmt: skip
