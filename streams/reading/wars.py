"""Who a report means where its own words do not say: by the part played in a war, by the sentence, by the war.

"Liberated Lyman" says neither who took it nor from whom; a reader who knows the war does. A report whose actor is
filled in here says so in its reasons, so that it is never mistaken for the text's own word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from placewatch.actors import Actor, Actors
from placewatch.records import Report, WatchedPlace
from placewatch.vocabulary import CIVIL_STATES, TAKING_STATES, State, codes_for
from streams.reading.documents import Sentence
from streams.reading.lexicon import lexicon
from streams.reading.marks import with_parties_of


ATTACKS = frozenset(
    {State.STRUCK, State.THREATENED, State.BESIEGED, State.CONTESTED, State.ENTERED}
)


@dataclass(frozen=True, slots=True)
class Theatre:
    """What is known of who fights where the article's places are.

    Attributes:
        actors: all known actors.
        places: the watched places by id.
        country: the country most places of the article are in.
        published: the article's date: decides which war is meant.
    """

    actors: Actors
    places: Mapping[str, WatchedPlace]
    country: str | None
    published: date


def with_parties(
    reports: Sequence[Report], sentences: Iterable[Sentence], theatre: Theatre
) -> list[Report]:
    """Return the reports, in order, with actor and opponent filled in where they can be known."""
    named = {
        sentence.span.start: [sentence.actors[i] for i in sorted(sentence.actors)]
        for sentence in sentences
    }
    occupied = {
        r.place_id
        for r in reports
        if r.state is State.HELD and r.trigger.lower().endswith(("occupied", "controlled", "held"))
    }
    return [
        report
        if report.state in CIVIL_STATES
        else _Filling(report, theatre, is_occupied=report.place_id in occupied).filled(
            named.get(report.evidence.start, [])
        )
        for report in reports
    ]


class _Filling:
    """One report and the war it is in."""

    def __init__(self, report: Report, theatre: Theatre, *, is_occupied: bool) -> None:
        self._report = report
        self._is_occupied = is_occupied
        self._actors = theatre.actors
        self._country = theatre.places[report.place_id].country or theatre.country
        self._war = theatre.actors.war_in(self._country, theatre.published)

    def filled(self, named: Sequence[Actor]) -> Report:
        """Return the report with what can be known of its parties."""
        report = self._report
        actor = report.actor if report.actor and self._is_party(report.actor) else None
        against = report.against if report.against and self._is_party(report.against) else None
        found = None if actor else self._by_role() or self._by_sentence(named, against)
        if actor is not None and (attacker := self._attacker(actor, against)) is not None:
            found, against = attacker, actor
        if found is not None:
            actor = found.name
        if against is None and actor is not None and report.state is not State.HELD:
            against = self._opponent(actor)
        changes: dict[str, object] = {"actor": actor, "against": against}
        if found is not None:
            changes["reasons"] = (*report.reasons, "party inferred")
            changes["acled"] = codes_for(report.state, found.kind).acled
        return with_parties_of(report.model_copy(update=changes), report)

    def _is_party(self, name: str) -> bool:
        """Whether a phrase can name a party: a name, or words with a force among them."""
        if self._actors.find(name, self._country) is not None or any(c.isupper() for c in name):
            return True
        forces = lexicon().forces["force_nouns"]
        forms = lexicon().noun_forms
        return any(forms.get(word, word) in forces for word in name.lower().split())

    def _attacker(self, actor: str, against: str | None) -> Actor | None:
        """The rebels or invaders, where the two sides of a war only "clash": they came, the others were there."""
        war, report = self._war, self._report
        is_mutual = report.trigger.lower().startswith(_MUTUAL) and report.state in ATTACKS
        if war is None or against is None or not is_mutual:
            return None
        opponent = self._actors.by_id(war.opponent)
        if opponent is None or self._actors.side_of(actor, self._country) != self._side_of_id(
            war.government
        ):
            return None
        side = self._actors.side_of(against, self._country)
        return opponent if side == self._side_of_id(war.opponent) else None

    def _side_of_id(self, actor_id: str) -> str | None:
        known = self._actors.by_id(actor_id)
        return self._actors.side(known, self._country) if known is not None else None

    def _by_role(self) -> Actor | None:
        """Who it is by the part played in an invasion: the invader occupies and strikes, the other liberates."""
        war, report = self._war, self._report
        if war is None or not war.is_invasion:
            return None
        trigger = report.trigger.lower()
        if report.state is State.HELD and trigger.startswith("occup"):
            return self._actors.by_id(war.opponent)
        if _is_return(report.state, trigger):
            return self._actors.by_id(war.government)
        if report.state is State.STRUCK:
            return self._actors.by_id(war.government if self._is_occupied else war.opponent)
        return None

    def _by_sentence(self, named: Sequence[Actor], against: str | None) -> Actor | None:
        """The one side named beside it that is not the one it goes against; of an invasion, the invader."""
        loser = self._actors.side_of(against, self._country) if against else None
        sides = {self._actors.side(actor, self._country): actor for actor in reversed(named)}
        sides.pop(loser or "", None)
        if self._war is not None:  # a power that looks on is no party
            parties = {self._side_of_id(self._war.government), self._side_of_id(self._war.opponent)}
            sides = {side: actor for side, actor in sides.items() if side in parties}
        if len(sides) == 1 and self._report.state is not State.HELD:
            return next(iter(sides.values()))
        war = self._war
        if war is not None and war.is_invasion and self._report.state in ATTACKS:
            return self._actors.by_id(war.opponent)
        return (
            self._other(loser) if loser and self._report.state in TAKING_STATES | ATTACKS else None
        )

    def _opponent(self, actor: str) -> str | None:
        side = self._actors.side_of(actor, self._country)
        other = self._other(side) if side else None
        return other.name if other is not None else None

    def _other(self, side: str) -> Actor | None:
        """The party of the war that `side` is not on, or None when it is on neither."""
        war = self._war
        if war is None:
            return None
        parties = [self._actors.by_id(war.government), self._actors.by_id(war.opponent)]
        on_side = [p for p in parties if p and self._actors.side(p, self._country) == side]
        others = [p for p in parties if p and p not in on_side]
        return others[0] if len(on_side) == 1 and len(others) == 1 else None


# Words for what two sides do to each other: who attacks is not in them.
_MUTUAL = ("clash", "fight", "battle", "combat", "skirmish", "gunfire", "firefight")


def _is_return(state: State, trigger: str) -> bool:
    if state is State.RECAPTURED:
        return True
    back = ("liberat", "free", "recaptur", "retak", "retook", "reclaim")
    return state in TAKING_STATES | {State.CONTESTED} and trigger.startswith(back)
