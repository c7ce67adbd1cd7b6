"""How far a sentence stands behind a finding, as the climb through it makes up its mind."""

from __future__ import annotations

from dataclasses import dataclass, field

from spacy.tokens import Token

from placewatch.vocabulary import Factuality
from streams.reading.syntax import agent_of, children, is_passive, subject_of


@dataclass(slots=True)
class Judgement:
    """What the climb found. `is_dropped`: conditional or asked, nothing is said. `is_attempt`: under way or failed."""

    factuality: Factuality = Factuality.ASSERTED
    speaker: Token | None = None
    is_dropped: bool = False
    is_attempt: bool = False
    is_claimed: bool = False
    is_ended: bool = False
    is_adjunct: bool = False
    is_fight: bool = False
    is_given: bool = False
    reasons: list[str] = field(default_factory=list)

    def settle(self, factuality: Factuality, reason: str) -> None:
        """Record a factuality; what is nearer to the finding wins over what is above it, but for claims."""
        self.reasons.append(reason)
        if self.factuality is Factuality.ASSERTED:
            self.factuality = factuality

    def say(self, verb: Token, lemma: str) -> None:
        """Record that somebody says it; the nearest speaker is kept."""
        self.is_claimed = True
        self.reasons.append(f"said:{lemma}")
        self.speaker = self.speaker or speaker_of(verb)


def speaker_of(verb: Token) -> Token | None:
    """Return who says what `verb` says, active, passive or put after it, or None."""
    if is_passive(verb):
        return agent_of(verb)
    after = next((c for c in children(verb, "nsubj") if c.i > verb.i), None)
    return after if after is not None else subject_of(verb)
