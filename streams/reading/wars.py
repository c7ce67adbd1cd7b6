"""Who a report means where its own words do not say: by the part played in a war, by the sentence, by the war.

"Liberated Lyman" says neither who took it nor from whom; a reader who knows the war does. A report whose actor is
filled in here says so in its reasons, so that it is never mistaken for the text's own word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from placewatch.actors import Actor, Actors, War
from placewatch.records import Report, WatchedPlace
from placewatch.vocabulary import TAKING_STATES, WAR_STATES, Factuality, State, codes_for
from streams.reading.documents import Sentence
from streams.reading.lexicon import lexicon
from streams.reading.marks import with_parties_of
from streams.reading.told_strikes import tells_of_strikes_by


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
        published: the article's date, or None where it has none: decides which war is meant.
        text: the whole text: who is not in it attacks nobody.
    """

    actors: Actors
    places: Mapping[str, WatchedPlace]
    country: str | None
    published: date | None
    text: str


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
    told = _told_attackers(reports, theatre.actors)
    return [
        report
        if report.state not in WAR_STATES | {State.OUTAGE}
        else _Filling(
            report,
            theatre,
            named=named.get(report.evidence.start, []),
            told=told.get(report.place_id),
            is_occupied=report.place_id in occupied,
        ).filled()
        for report in reports
    ]


def _told_attackers(reports: Sequence[Report], actors: Actors) -> dict[str, Actor]:
    """Who comes at each place, where the article names one side only: "the fall of X" and "A stormed X" are one story."""
    found: dict[str, dict[str, Actor]] = {}
    for report in reports:
        actor = actors.find(report.actor) if report.actor else None
        is_coming = report.state in _COMING and report.factuality is not Factuality.HISTORICAL
        if actor is not None and is_coming and not _is_mutual(report.trigger):
            found.setdefault(report.place_id, {}).setdefault(actors.side(actor), actor)
    return {
        place_id: next(iter(sides.values())) for place_id, sides in found.items() if len(sides) == 1
    }


def _war_of(report: Report, theatre: Theatre, country: str | None, place: str) -> War | None:
    """The war or campaign that a report is of: "the liberation of X" is told long after the campaign is over."""
    war = theatre.actors.war_in(country, theatre.published, place)
    is_change = report.state in TAKING_STATES | {State.WITHDRAWN}
    if not is_change or theatre.published is None or (war and war.areas):
        return war
    over = theatre.actors.war_in(country, theatre.published - _AFTERMATH, place)
    return over if over is not None and over.areas else war


class _Filling:
    """One report and the war it is in."""

    def __init__(
        self,
        report: Report,
        theatre: Theatre,
        *,
        named: Sequence[Actor],
        told: Actor | None,
        is_occupied: bool,
    ) -> None:
        place = theatre.places[report.place_id]
        self._report = report
        self._text = theatre.text
        self._named = named
        self._told = told
        self._is_occupied = is_occupied
        self._actors = theatre.actors
        self._country = place.country or theatre.country
        self._war = _war_of(report, theatre, self._country, place.name)

    def filled(self) -> Report:
        """Return the report with what can be known of its parties."""
        report = self._report
        if report.state is State.OUTAGE:
            return report if report.actor is not None else self._with_cause()
        actor = self._named_army(report.actor) if self._is_party(report.actor) else None
        against = report.against if self._is_party(report.against) else None
        found = None if actor else self._inferred(against)
        if actor is not None and (attacker := self._attacker(actor, against)) is not None:
            found, against = attacker, actor
        if found is not None:
            actor = found.name
        if against is None and actor is not None:
            against = self._opponent(actor)
        changes: dict[str, object] = {"actor": actor, "against": against}
        if found is not None:
            changes["reasons"] = (*report.reasons, "party inferred")
            changes["acled"] = codes_for(report.state, found.kind).acled
        return with_parties_of(report.model_copy(update=changes), report)

    def _with_cause(self) -> Report:
        """An outage by the one party of the war whose fire its sentence or the title tells of."""
        headline = self._text.partition("\n")[0]
        told = [
            party
            for party in self._parties()
            if tells_of_strikes_by(
                self._names_of(party), f"{headline}\n{self._report.evidence.sentence}"
            )
        ]
        if len(told) != 1:
            return self._report
        reasons = (*self._report.reasons, "party inferred")
        return self._report.model_copy(update={"actor": told[0].name, "reasons": reasons})

    def _named_army(self, name: str | None) -> str | None:
        """Whose bare "troops", "soldiers" or "forces" are: the country's, or where a foreign army fights, who must be."""
        words, is_invaded = (name or "").lower(), self._war is not None and self._war.is_invasion
        if words not in lexicon().forces["state_troops"] and not (is_invaded and words == "forces"):
            return name
        army = self._returning() if is_invaded else self._actors.find("the army", self._country)
        return army.name if army is not None else name

    def _returning(self) -> Actor | None:
        """Who takes back what an invader held, or comes forward in a campaign."""
        war, report = self._war, self._report
        if war is None:
            return None
        if _is_return(report.state, report.trigger.lower()):
            return self._actors.by_id(war.government)
        return self._coming() if war.attacker and report.state in ATTACKS - {State.STRUCK} else None

    def _is_party(self, name: str | None) -> bool:
        """Whether a phrase can name a party: a name, or words with a force among them."""
        if not name:
            return False
        words = name.lower().split()
        forces, forms = lexicon().forces, lexicon().noun_forms
        if any(word in forces["nobody"] for word in words):
            return False
        if self._actors.find(name, self._country) is not None:
            return True
        if any(forms.get(word, word) in forces["force_nouns"] for word in words):
            return True
        return any(c.isupper() for c in name) and not self._is_first_word(name)

    def _is_first_word(self, name: str) -> bool:
        """Whether it has its capital only for standing first: "Explosions as ...", "Seizing it took months"."""
        is_common = name.isalpha() and name.istitle() and name.endswith(("s", "ing"))
        return is_common and self._report.evidence.sentence.startswith(name)

    def _inferred(self, against: str | None) -> Actor | None:
        if _EACH_OTHER.search(self._report.evidence.sentence) is not None:
            return None
        loser = self._actors.side_of(against, self._country) if against else None
        told = self._told if self._report.state in _COMING else None
        if told is not None and self._actors.side(told, self._country) == loser:
            told = None
        found = (
            self._by_role(loser)
            or self._by_loss()
            or self._by_retreat()
            or told
            or self._by_sentence(loser)
        )
        if found is None or loser is not None or self._report.state in TAKING_STATES:
            return found
        return found if self._is_told_of(found) else None

    def _names_of(self, party: Actor) -> set[str]:
        """What the side of `party` is called: names, capitals, leaders, adjectives."""
        side = self._actors.side(party, self._country)
        return {
            name
            for actor in self._actors
            if self._actors.side(actor, self._country) == side
            for name in (*actor.names, *actor.metonyms, *actor.adjectives)
        }

    def _is_told_of(self, party: Actor) -> bool:
        """Whether the text anywhere names the side of `party`; as who fires, where it must have fired."""
        names = self._names_of(party)
        if self._report.state is State.STRUCK:
            return tells_of_strikes_by(names, self._text)
        return any(
            name in self._text and re.search(rf"\b{re.escape(name)}\b", self._text) is not None
            for name in names
        )

    def _attacker(self, actor: str, against: str | None) -> Actor | None:
        """Who comes forward, where the two sides of a war only "clash" and the text names the defender first."""
        coming = self._coming()
        if coming is None or not self._is_fight() or self._war is None:
            return None
        side, others = self._actors.side(coming, self._country), self._sides_of_war()
        if self._actors.side_of(actor, self._country) not in others - {side}:
            return None
        named = self._one_of(coming)
        is_named = named in self._named
        foe = self._actors.side_of(against, self._country) if against else None
        if foe is not None and foe != side:
            return None
        return named if self._is_clear() or foe is not None or is_named else None

    def _is_fight(self) -> bool:
        return self._report.state in ATTACKS and _is_mutual(self._report.trigger)

    def _is_clear(self) -> bool:
        """Whether the war says who comes forward: an invader, or the attacker of a campaign."""
        return self._war is not None and (self._war.is_invasion or self._war.attacker is not None)

    def _is_known_to_come(self) -> bool:
        """Whether the war alone tells who it is, whoever the sentence names: fights, sieges, all of a campaign."""
        state, war = self._report.state, self._war
        is_campaign = war is not None and bool(war.areas) and not war.is_occupied
        if is_campaign:
            return state in TAKING_STATES | ATTACKS
        return self._is_fight() or state is State.BESIEGED

    def _coming(self) -> Actor | None:
        """The side of the war that comes forward: named in the data, else whoever fights the government."""
        war = self._war
        return None if war is None else self._actors.by_id(war.attacker or war.opponent)

    def _sides_of_war(self) -> frozenset[str]:
        war = self._war
        ids = (war.government, war.opponent) if war is not None else ()
        return frozenset(side for i in ids if (side := self._side_of_id(i)) is not None)

    def _side_of_id(self, actor_id: str) -> str | None:
        known = self._actors.by_id(actor_id)
        return self._actors.side(known, self._country) if known is not None else None

    def _one_of(self, coming: Actor) -> Actor:
        """Who of the side that comes forward the sentence names first; else `coming`."""
        side = self._actors.side(coming, self._country)
        allies = (a for a in self._named if self._actors.side(a, self._country) == side)
        return next(allies, coming)

    def _by_role(self, loser: str | None) -> Actor | None:
        """Who it is by the part played in an invasion: the invader occupies and strikes, the other liberates."""
        war, report = self._war, self._report
        if war is None or not war.is_invasion:
            return None
        trigger = report.trigger.lower()
        if report.state is State.HELD and trigger.startswith("occup"):
            return self._actors.by_id(war.opponent)
        if report.state is State.HELD and trigger.startswith("hold"):  # "X is holding"
            return self._actors.by_id(war.government)
        if _is_return(report.state, trigger):
            return self._actors.by_id(war.government)
        if report.state is State.STRUCK:
            is_theirs = self._is_occupied or war.is_occupied
            striker = war.government if is_theirs else war.opponent
            is_struck = loser is not None and self._side_of_id(striker) == loser
            return self._other(loser) if loser and is_struck else self._actors.by_id(striker)
        return None

    def _by_loss(self) -> Actor | None:
        """Who gains where the word is the loser's: "the loss of X", "X has fallen"."""
        report, war = self._report, self._war
        if report.state not in TAKING_STATES or not report.trigger.lower().startswith(_LOSSES):
            return None
        coming = self._coming()
        if war is None or coming is None or self._told is not None:
            return None
        if self._is_clear():
            return self._one_of(coming)
        named = {self._actors.side(a, self._country) for a in self._named}
        is_loser_named = self._side_of_id(war.government) in named
        return self._actors.by_id(war.opponent) if is_loser_named else None

    def _by_retreat(self) -> Actor | None:
        """Who leaves: whoever the campaign, or the rest of the article, sends somebody against."""
        war = self._war
        if self._report.state is not State.WITHDRAWN or war is None:
            return None
        coming = self._told or (self._actors.by_id(war.attacker) if war.attacker else None)
        return self._other(self._actors.side(coming, self._country)) if coming else None

    def _by_sentence(self, loser: str | None) -> Actor | None:
        """The one side named beside it that is not the one it goes against; else the side that comes forward."""
        coming = self._coming() if self._is_clear() else None
        if coming is not None and self._is_known_to_come():
            return self._one_of(coming)
        sides = {self._actors.side(actor, self._country): actor for actor in reversed(self._named)}
        sides.pop(loser or "", None)
        if self._war is not None:  # a power that looks on is no party
            parties = self._sides_of_war()
            sides = {side: actor for side, actor in sides.items() if side in parties}
        if len(sides) == 1 and self._report.state is not State.HELD:
            return next(iter(sides.values()))
        if coming is not None and self._report.state in ATTACKS:
            return coming
        return (
            self._other(loser) if loser and self._report.state in TAKING_STATES | ATTACKS else None
        )

    def _opponent(self, actor: str) -> str | None:
        """Whom `actor` acts against: whoever it fights there; who holds a place lawfully holds it against nobody."""
        side = self._actors.side_of(actor, self._country)
        war = self._war
        if war is None:
            return self._attacked_state(side)
        if side is None:
            return None
        is_invader = war.is_invasion and side == self._side_of_id(war.opponent)
        if self._report.state is State.HELD and not is_invader:
            return None
        other = self._other(side)
        return other.name if other is not None else None

    def _attacked_state(self, side: str | None) -> str | None:
        """The government of a country at peace that somebody from elsewhere attacks."""
        home = self._actors.find("the government", self._country)
        if home is None or self._report.state not in ATTACKS or self._actors.side(home) == side:
            return None
        return home.name

    def _parties(self) -> list[Actor]:
        war = self._war
        found = map(self._actors.by_id, (war.government, war.opponent)) if war is not None else ()
        return [party for party in found if party is not None]

    def _other(self, side: str) -> Actor | None:
        """The party of the war that `side` is not on, or None when it is on neither."""
        parties = self._parties()
        on_side = [p for p in parties if self._actors.side(p, self._country) == side]
        others = [p for p in parties if p not in on_side]
        return others[0] if len(on_side) == 1 and len(others) == 1 else None


_AFTERMATH = timedelta(days=60)
_COMING = TAKING_STATES | (ATTACKS - {State.STRUCK})
# Words for what two sides do to each other: who attacks is not in them.
_MUTUAL = ("clash", "fight", "battle", "combat", "skirmish", "gunfire", "firefight", "contest")
# Words for what befalls who had it.
_LOSSES = ("fall", "fell", "loss", "los", "collaps", "surrender")


_EACH_OTHER = re.compile(
    r"\b(?:blam|accus)\w+ (?:each other|one another)|trad(?:ed?|ing) (?:blame|accusations)",
    re.IGNORECASE,
)


def _is_mutual(trigger: str) -> bool:
    return trigger.lower().startswith(_MUTUAL)


def _is_return(state: State, trigger: str) -> bool:
    if state is State.RECAPTURED:
        return True
    back = ("liberat", "free", "recaptur", "retak", "retook", "reclaim")
    return state in TAKING_STATES | {State.CONTESTED} and trigger.startswith(back)
