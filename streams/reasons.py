"""Why a worker drops a record or sends it to the dead letters: one word for log, metric, record and test."""

from __future__ import annotations

from enum import StrEnum


class Drop(StrEnum):
    """Why a good record led to nothing."""

    NO_WATCHED_PLACE = "no_watched_place"
    NO_REPORT = "no_report"
    NO_MODEL = "no_model_for_language"
    NOT_WATCHED = "not_watched"
    TOMBSTONE = "tombstone"


class DeadLetterReason(StrEnum):
    """Why a record could not be used."""

    MALFORMED = "malformed"
    UNREADABLE = "unreadable"
    READER_DIED = "reader_died"
    FAILED = "failed"
    TOO_LARGE = "too_large"
