"""Why a report counted or not, and why a status moved or stayed: the words of logs, metrics and records."""

from __future__ import annotations

from enum import StrEnum


class Counted(StrEnum):
    """What became of one report."""

    COUNTED = "counted"
    OWN_VOICE = "counted_own_voice"
    DENIAL = "counted_as_denial"
    WIRE_COPY = "counted_as_copy"
    OF_PART = "counted_for_a_part"
    HISTORICAL = "historical"
    UNCONFIRMED = "unconfirmed"
    NO_CHANGE = "strike_changes_nothing"
    DECLARATION = "declaration_changes_nothing"
    RELIEF = "part_of_a_side_means_to_leave"
    PART_LEFT = "only_a_part_of_the_region_is_left"
    GOES_ON = "same_text_says_it_goes_on"
    DENIAL_ALONE = "denial_of_nothing_claimed"
    DENIAL_OUTSEEN = "denial_of_what_others_saw"
    TAKEN_BACK = "taken_back_by_its_origin"
    SAID_BY_ANOTHER = "same_article_puts_it_in_anothers_mouth"

    @property
    def is_counted(self) -> bool:
        """Whether the report took part in the decision."""
        return self.value.startswith("counted")


class Joined(StrEnum):
    """Why a report is in its event."""

    # it opens the event
    FIRST = "first_report"
    TAKEN_AGAIN = "lost_in_between_so_a_new_event"
    LONG_AFTER = "long_after_the_last_so_a_new_event"
    HANDS_CHANGED = "changed_hands_in_between_so_a_new_event"
    # it joins it
    SAME_DAY = "same_day"
    NEAR_DATE = "date_within_merge_days"
    TOLD_ON = "undated_while_it_is_told"
    RETOLD_LATE = "undated_retelling_of_what_was_since_lost"
    GOES_ON = "goes_on"
    ONLY_EVENT = "only_event_it_can_mean"
    OWN_TAKING = "party_tells_of_its_own"
    DENIES = "denies_it"


class Grounds(StrEnum):
    """Why an event is as sure as it is."""

    ADMITTED = "loser_admits"
    OWN_VOICE = "well_graded_source_in_its_own_voice"
    INDEPENDENT = "independent_origins"
    DESPITE_DENIAL = "independent_origins_despite_denial"
    DENIED = "denied_by_another_side"
    ONE_ORIGIN = "one_origin"
    ONE_SIDE = "origins_of_one_side"
    NOBODY = "nobody_stands_by_it"


OPENING = frozenset({Joined.FIRST, Joined.TAKEN_AGAIN, Joined.LONG_AFTER, Joined.HANDS_CHANGED})


class Move(StrEnum):
    """What one event did to the status, or why it did nothing."""

    # it moved
    ASSERTED = "set_by_assertion"
    SET_BY_ANALYST = "set_by_analyst"
    TAKEN = "taken"
    RETAKEN = "retaken"
    CLEARED = "holder_cleared_it"
    ENTERED = "entered"
    ENTERED_AFTER_WITHDRAWAL = "entered_after_withdrawal"
    FIGHTING = "fighting_inside"
    BESIEGED = "besieged"
    THREATENED = "threatened"
    VACATED = "withdrawn_without_taker"
    LOST = "lost_without_named_taker"
    ATTACKERS_LEFT = "attackers_left"
    ESTABLISHED = "possession_established"
    OVERRULED = "possession_told_by_many"
    HOLDS_OUT = "fighting_over_holder_stays"
    THREAT_LAPSED = "threat_lapsed"
    FIGHTING_REFUTES_CLAIM = "fighting_refutes_claim"
    CIVIL = "civil_change"
    CIVIL_ENDED = "civil_change_ended"
    # it stayed, surer or less sure
    SUPPORTED = "supported"
    LOSER_ADMITS = "loser_admits"
    FIGHTING_DISPUTES_CLAIM = "fighting_disputes_claim"
    # it stayed
    UNSUPPORTED = "no_origin_stands_by_it"
    OLD_NEWS = "old_news"
    ALREADY = "already_so"
    WEAKER = "weaker_than_status"
    OWN_SIDE = "holder_cannot_threaten_own_place"
    NO_ACTOR = "no_actor_named"
    HELD_BACK_FRESH_CHANGE = "held_back_fresh_change"
    HELD_BACK_OUTSIDER = "held_back_actor_not_known_here"
    HELD_BACK_OPINION = "held_back_opinion"
    SINGLE_SOURCE = "held_back_single_source"
    HELD_BACK_PASSING = "held_back_said_in_passing"
    HELD_BACK_SECOND_OPINION = "held_back_second_opinion"
    HELD_BACK_LEAVING = "held_back_still_leaving"
    PART_OF_SIDE = "only_a_part_of_the_side"
    NOT_THE_HOLDER = "not_the_holder"


MOVED = frozenset(list(Move)[: list(Move).index(Move.SUPPORTED)])


class Beat(StrEnum):
    """Why a feed, a place or the stream counts as alive, quiet or unknown, or is not judged now."""

    AT_ITS_PACE = "heard_at_its_pace"
    HEARD_AGAIN = "heard_again"
    SILENT = "silent_beyond_its_pace"
    TOO_LITTLE_HISTORY = "too_little_history"
    NOT_WATCHED = "no_longer_watched"
    FORGOTTEN = "feed_not_heard_for_very_long"
    HELD_BACK_STREAM_BACK = "held_back_stream_just_back"
    HELD_BACK_STREAM_QUIET = "held_back_whole_stream_quiet"
