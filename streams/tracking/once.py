"""What is worked out of an object once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload


_Value = TypeVar("_Value")
_Owner = TypeVar("_Owner")


class once(Generic[_Owner, _Value]):  # noqa: N801  # used like property
    """A `functools.cached_property` without its lock, which Python has until 3.12 and which costs more than most of ours."""

    def __init__(self, work_out: Callable[[_Owner], _Value]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        """Remember under which name the value is kept."""
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> once[_Owner, _Value]: ...

    @overload
    def __get__(self, owner: _Owner, kind: type[Any]) -> _Value: ...

    def __get__(self, owner: _Owner | None, kind: type[Any]) -> once[_Owner, _Value] | _Value:
        """Return the value, worked out; from then on the object's own attribute comes before this."""
        if owner is None:
            return self
        value = self._work_out(owner)
        owner.__dict__[self._name] = value
        return value
