"""What lies beyond the horizon of a place becomes one assertion: a place with 100,000 reports costs what one with 100 does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from placewatch.records import Assertion, Reading
from streams.tracking.assess import Assessment, assess, assess_by
from streams.tracking.context import Context
from streams.tracking.place_state import PlaceState, assess_state


# Folding is rare work: a week of readings at once.
_FOLD_SLACK = timedelta(days=7)


def checkpoint_id(state: PlaceState) -> str:
    """Return the id of the assertion that stands for what was folded."""
    return f"checkpoint:{state.place_id}"


def folded(state: PlaceState, context: Context, now: datetime) -> PlaceState:
    """Return the state with what lies beyond the horizon folded into one assertion; most times as it was."""
    cutoff = _fold_at(state, context, now)
    if cutoff is None:
        return state
    old = {k: r for k, r in state.readings.items() if r.published_at <= cutoff}
    given = {k: a for k, a in state.assertions.items() if a.as_of <= cutoff}
    past = _past(state, old, given, context, cutoff).status
    checkpoint = Assertion(
        assertion_id=checkpoint_id(state),
        place_id=state.place_id,
        place=state.place,
        kind="ledger",
        control=past.control,
        holder=past.holder,
        opponent=past.opponent,
        certainty=past.certainty,
        as_of=cutoff,
        since=past.since,
        note=past.reason,
    )
    folded = state.model_copy(
        update={
            "readings": {k: r for k, r in state.readings.items() if k not in old},
            "assertions": {**state.assertions, checkpoint.assertion_id: checkpoint},
        }
    )
    status = assess_state(folded, context, now).status
    kept = state.status.alert_id if state.status else None
    return folded.model_copy(update={"status": status.model_copy(update={"alert_id": kept})})


def _past(
    state: PlaceState,
    old: Mapping[str, Reading],
    given: Mapping[str, Assertion],
    context: Context,
    cutoff: datetime,
) -> Assessment:
    """Return what held at `cutoff`; what is known of the readings of now serves, where as much is given."""
    workings = state.workings(context)
    if context.knowing(given.values()) != workings.context:
        return assess(
            old.values(),
            given.values(),
            context,
            cutoff,
            place_id=state.place_id,
            place=state.place,
        )
    state.take(context)
    return assess_by(
        workings.past(old), given.values(), cutoff, place_id=state.place_id, place=state.place
    )


def _fold_at(state: PlaceState, context: Context, now: datetime) -> datetime | None:
    """Return up to when readings are to be folded, or None while there is no need."""
    policy = context.policy
    # Of whole days: what is folded must not depend on the order in which an hour's news arrive.
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    horizon = today - timedelta(days=policy.horizon_days)
    if (state.oldest() or now) < horizon - _FOLD_SLACK:
        return horizon
    if len(state.readings) < policy.max_readings:
        return None
    return sorted(r.published_at for r in state.readings.values())[len(state.readings) // 4]
