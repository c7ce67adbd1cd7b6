"""What every record on a topic is: frozen, validated at the boundary, one line of JSON both ways; and how ids are made."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.main import IncEx

from placewatch.errors import RecordError


Identifier = Annotated[str, Field(min_length=1, max_length=200)]


# JSON allows these inside strings, but tools that read a line a record break lines at them.
_LINE_BREAKS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "\u2028\u2029\u0085"})


# Shared by lean records; pydantic copies it before it notes anything.
_NONE_NOTED: set[str] = set()


def digest(*parts: str) -> str:
    """Return 16 hex digits that depend on every part and on where one ends and the next begins."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def place_id_of(label: str) -> str:
    """Return the id of a place label: "Ar-Rastān, Syria" gives "ar-rastan-syria".

    Letters outside ASCII lose their marks; a label without any Latin letter or digit is hashed, so that every
    label has an id and the same label always has the same one.
    """
    plain = unicodedata.normalize("NFKD", label)
    slug = "-".join(re.findall(r"[a-z0-9]+", "".join(c for c in plain if c.isascii()).lower()))
    return slug[:120] or f"place-{digest(label)}"


class Record(BaseModel):
    """Base of all records: immutable, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def from_json(cls, raw: bytes | str) -> Self:
        """Return the record in `raw`.

        Raises:
            RecordError: `raw` is not JSON, or not this record; the message names the fields.
        """
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(str(p) for p in e['loc']) or 'value'}: {e['msg']}"
                for e in error.errors(include_url=False)[:5]
            )
            raise RecordError(f"not a valid {cls.__name__}: {faults}") from error

    def lean(self) -> Self:
        """Note no longer which fields were given, which takes most of a small record's memory; return the record.

        For records that are held by the hundred thousand; what they say stays the same.
        """
        object.__setattr__(self, "__pydantic_fields_set__", _NONE_NOTED)
        return self

    def to_json(self, *, exclude: IncEx | None = None) -> bytes:
        """Return the record as one line of UTF-8 JSON; the same record always gives the same bytes.

        Args:
            exclude: fields to leave out, those of records within as a mapping, as pydantic takes them.
        """
        text = self.model_dump_json(exclude_none=True, exclude=exclude)
        return (text if text.isascii() else text.translate(_LINE_BREAKS)).encode()
