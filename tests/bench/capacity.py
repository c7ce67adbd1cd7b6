"""What a million articles a day and 100,000 places need, computed from what the other parts measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from section import Section, Table

from placewatch.topics import ALL_TOPICS, ARTICLES, READINGS
from streams.tracking.policy import load_policy


ARTICLES_A_DAY = 1_000_000
PLACES = 100_000
DAY_S = 86_400.0
DAY_MS = 86_400_000
# News come in waves: the busiest minutes bring several times the average.
PEAK = 5.0
# Of a core; above that queues grow.
BUSY = 0.6
NEEDED = ("worker_mb", "articles", "gate_ms_at_most_places", "reader_mb_at_most_places")
GIB = 2**30


def capacity_part(sections: Sequence[Section]) -> Section | None:
    """Return the model, None where a part that it computes with was not measured."""
    known = {name: value for section in sections for name, value in section.figures.items()}
    broker = next((b for b in ("kafka", "embedded") if f"{b}_worker_ms" in known), None)
    if broker is None or any(name not in known for name in NEEDED):
        return None
    section = Section("capacity", "A million articles a day, 100,000 places")
    section.is_quick = any(s.is_quick for s in sections if s.part in {"sustained", "costs"})
    section.text.append(
        "Computed from the figures of this report, not measured. 5 % of the articles are relevant, of 450 words each; the busiest "
        f"minutes bring {PEAK:.0f} times the average, and a core is kept {BUSY:.0%} busy. Feeds without full text have a tenth of the words. "
        "Disk is what lies on Kafka with one replica; memory of workers counts pages that processes share several times."
    )
    section.tables["What it takes"] = Table(
        ("what", "how it is computed", "comes to"),
        (*_processors(known, broker), *_memory(known), *_disk(known)),
    )
    return section


def _processors(known: Mapping[str, float], broker: str) -> list[tuple[str, str, str]]:
    # The sustained run tracked ten thousand places: what more names cost the gate comes on top.
    more_ms = max(0.0, known["gate_ms_at_most_places"] - known.get("gate_ms_at_10000", 0.0))
    a_second = ARTICLES_A_DAY / DAY_S
    rows = []
    for who, millis in (
        ("workers", known[f"{broker}_worker_ms"] + more_ms),
        ("broker", known[f"{broker}_broker_ms"]),
    ):
        average = a_second * millis / 1000
        rows.append(
            (
                f"cores of {who}",
                f"{a_second:.1f} articles/s x {millis:.2f} ms, x {PEAK:.0f} at the peak, / {BUSY:.0%}",
                f"{average:.2f} on average, {average * PEAK / BUSY:.1f} to have",
            )
        )  # fmt: skip
    return rows


def _memory(known: Mapping[str, float]) -> list[tuple[str, str, str]]:
    count, size = (known.get(f"{kind}:{READINGS.name}", 0.0) for kind in ("records", "bytes"))
    a_day = count / known["articles"] * ARTICLES_A_DAY
    days = load_policy().horizon_days
    kept = a_day * days
    tables_gib = kept * size / max(1.0, count) / GIB
    reader_mb = known["reader_mb_at_most_places"]
    return [
        ("memory of a reader process", f"measured with {known['most_places']:,.0f} places", f"{reader_mb / 1024:.1f} GiB"),
        ("memory of a worker's own process", "measured with 10,000 places, and the gate of 100,000",
         f"{(max(0.0, known['worker_mb'] - 2 * known.get('reader_mb_at_10000', 0.0)) + known['gate_mb_at_most_places']) / 1024:.1f} GiB"),
        ("tables of all workers together", f"{a_day:,.0f} readings a day for {days:.0f} days, as JSON",
         f"{tables_gib:.1f} GiB"),
    ]  # fmt: skip


def _disk(known: Mapping[str, float]) -> list[tuple[str, str, str]]:
    rows, total = [], 0.0
    per_article = known["articles"]
    for topic in (t for t in ALL_TOPICS if t.retention_ms is not None):
        kind = "disk" if f"disk:{topic.name}" in known else "bytes"
        each = known.get(f"{kind}:{topic.name}", 0.0) / per_article
        days = topic.retention_ms / DAY_MS if topic.retention_ms else 0.0
        if each:
            gib = each * ARTICLES_A_DAY * days / GIB
            total += gib
            how = f"{each:,.0f} bytes an article{'' if kind == 'disk' else ' before compression'}, {days:.0f} days"
            rows.append((f"disk of {topic.name}", how, f"{gib:,.0f} GiB"))
    return [
        *rows,
        (
            "disk of Kafka, all of these",
            f"without compacted topics; {ARTICLES.name} dominates or not as above",
            f"{total:,.0f} GiB",
        ),
    ]
