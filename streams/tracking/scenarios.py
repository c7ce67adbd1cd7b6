"""Scenarios: a course of events as an analyst writes it, and what the tracker must say of it.

A scenario is YAML: places with what is given, then steps in the order in which the news arrive. A step is a
`report` (or a list of them) of one article, a whole `article` to be read, `again` (an article delivered a second
time), `set` (an analyst's word), `wait` (time passes), or `expect`. How to write one: seeds/scenarios/README.md.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from placewatch.sources import Source
from placewatch.vocabulary import Certainty, Control, Factuality, MsgType, State
from streams.tracking.reasons import Counted, Move


class _Strict(BaseModel):
    """Base of what a person writes: an unknown word is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _utc(value: object) -> object:
    """Take a time without a zone as UTC and a bare date as its start."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


class ScenarioBaseline(_Strict):
    """What is given of a place."""

    status: Control
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty = Certainty.SETTLED
    as_of: AwareDatetime
    kind: str = "baseline"

    _as_utc = field_validator("as_of", mode="before")(_utc)


class ScenarioPlace(_Strict):
    """A tracked place."""

    place: str
    aliases: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    part_of: str | None = None
    baseline: ScenarioBaseline | None = None


class ScenarioReport(_Strict):
    """One report, without the sentence unless that matters.

    `at` is when its article was published, or edited where `revision` is not 0. `second_opinion` says that
    the rules read nothing of the kind: only the learned reader finds it.
    """

    place: str
    state: State
    actor: str | None = None
    against: str | None = None
    factuality: Factuality = Factuality.ASSERTED
    attributed_to: str | None = None
    event_date: date | None = None
    source: str = "somepaper.example"
    at: AwareDatetime
    article: str | None = None
    revision: int = 0
    backfill: bool = False
    copy_of: str | None = None
    second_opinion: bool = False
    sentence: str | None = None

    _as_utc = field_validator("at", mode="before")(_utc)


class ScenarioArticle(_Strict):
    """One article, to be read with the language model."""

    id: str
    source: str = "somepaper.example"
    published: AwareDatetime
    title: str = ""
    text: str = ""
    revision: int = 0

    _as_utc = field_validator("published", mode="before")(_utc)


class ScenarioSet(_Strict):
    """An analyst's word on a place."""

    place: str
    status: Control
    holder: str | None = None
    opponent: str | None = None
    at: AwareDatetime
    by: str = "analyst"
    id: str = "set"
    revoke: bool = False

    _as_utc = field_validator("at", mode="before")(_utc)


class ExpectedAlert(_Strict):
    """What an alert must say; only the fields that are written are compared."""

    place: str | None = None
    control: Control | None = None
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty | None = None
    msg_type: MsgType | None = None
    reason: Move | None = None
    headline: str | None = None
    admiralty: str | None = None
    acled: str | None = None
    cameo: str | None = None


class ExpectedStatus(_Strict):
    """What must hold; only the fields that are written are compared."""

    control: Control | None = None
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty | None = None
    is_stale: bool | None = None
    reason: Move | None = None


class Expectation(_Strict):
    """What must have been said since the last expectation, and what must hold now.

    Attributes:
        alerts: all alerts since the last expectation, in their order.
        any_of: alerts that must be among them, in any order, where not all are of interest.
        statuses: place label to what holds.
        silent: places of which nothing was said.
        never: alerts that must not be among them.
        reasons: place label to reasons that must be among those of its events and reports now.
    """

    alerts: tuple[ExpectedAlert, ...] | None = None
    any_of: tuple[ExpectedAlert, ...] = ()
    never: tuple[ExpectedAlert, ...] = ()
    statuses: dict[str, ExpectedStatus] = Field(default_factory=dict)
    silent: tuple[str, ...] = ()
    reasons: dict[str, tuple[Move | Counted, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("an empty expect checks nothing")
        return self

    @property
    def places(self) -> frozenset[str]:
        """Labels of the places it names."""
        alerts = (*(self.alerts or ()), *self.any_of, *self.never)
        return frozenset(a.place for a in alerts if a.place) | {
            *self.statuses,
            *self.silent,
            *self.reasons,
        }


class Step(_Strict):
    """One step; exactly one of its fields."""

    report: ScenarioReport | None = None
    reports: tuple[ScenarioReport, ...] | None = None
    article: ScenarioArticle | None = None
    again: str | None = None
    set: ScenarioSet | None = None
    wait: AwareDatetime | None = None
    expect: Expectation | None = None

    _as_utc = field_validator("wait", mode="before")(_utc)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("a step is one of report, reports, article, again, set, wait, expect")
        return self

    @property
    def told(self) -> tuple[ScenarioReport, ...]:
        """The reports of one article that it delivers."""
        return (self.report,) if self.report else self.reports or ()

    @property
    def places(self) -> frozenset[str]:
        """Labels of the places it names."""
        given = frozenset({self.set.place} if self.set else ())
        expected = self.expect.places if self.expect else frozenset()
        return expected | given | {r.place for r in self.told}


class Scenario(_Strict):
    """A course of events and what must come of it.

    Attributes:
        name: what it shows, in one line.
        about: why it matters.
        places: the places tracked, with what is given.
        sources: outlets that seeds/sources.yaml does not know.
        any_order: whether what the last `expect` says of statuses must hold in any order of arrival too.
        steps: the course, in the order in which the news arrive.
    """

    name: str
    about: str = ""
    places: tuple[ScenarioPlace, ...]
    sources: tuple[Source, ...] = ()
    any_order: bool = False
    steps: tuple[Step, ...]

    @model_validator(mode="before")
    @classmethod
    def _means_its_only_place(cls, content: Any) -> Any:
        """Fill in the place of reports and assertions where there is only one."""
        match content:
            case {"places": [{"place": place}], "steps": list() as steps}:
                return {**content, "steps": [_at_place(step, place) for step in steps]}
        return content

    @model_validator(mode="after")
    def _names_what_it_has(self) -> Self:
        labels = {p.place for p in self.places}
        for place in self.places:
            if place.part_of is not None and place.part_of not in labels - {place.place}:
                raise ValueError(
                    f"{place.place} is part of {place.part_of}, which is not among the places"
                )
        seen: set[str] = set()
        for number, step in enumerate(self.steps, start=1):
            if unknown := sorted(step.places - labels):
                raise ValueError(f"step {number}: {unknown[0]} is not among the places")
            if step.again and step.again not in seen:
                raise ValueError(f"step {number}: no article {step.again} came before")
            seen |= {r.article for r in step.told if r.article}
            seen |= {step.article.id} if step.article else set()
        return self

    @model_validator(mode="after")
    def _checks_its_end(self) -> Self:
        if not self.steps or self.steps[-1].expect is None:
            raise ValueError("the last step must be expect: else nothing checks what comes last")
        if self.any_order and not self.steps[-1].expect.statuses:
            raise ValueError("any_order compares the statuses of the last expect, and it has none")
        return self

    @property
    def needs_model(self) -> bool:
        """Whether articles must be read with the language model."""
        return any(step.article for step in self.steps)


def _at_place(step: Any, place: object) -> Any:
    match step:
        case {"report": dict() as told}:
            return {**step, "report": {"place": place, **told}}
        case {"reports": list() as many}:
            named = [{"place": place, **r} if isinstance(r, dict) else r for r in many]
            return {**step, "reports": named}
        case {"set": dict() as given}:
            return {**step, "set": {"place": place, **given}}
    return step
