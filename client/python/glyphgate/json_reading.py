"""Members of a JSON object, with the types that they must have. Each raises TypeError, ValueError or KeyError for one
that is missing or of another type, so that no value of another type goes any further."""

from __future__ import annotations

from datetime import datetime
from typing import Any, List, Mapping, Optional

Json = Mapping[str, Any]

# Beyond it are no counts, but numbers that cost much to print.
_LARGEST = 1 << 63


def text(json: Json, name: str) -> str:
    value = json[name]
    if type(value) is not str:
        raise TypeError(f"{name} is not a string")
    return value


def name_of(json: Json, name: str) -> str:
    """A text that can stand in a URL."""
    value = text(json, name)
    value.encode()
    return value


def text_or_none(json: Json, name: str) -> Optional[str]:
    return None if json[name] is None else text(json, name)


def whole(json: Json, name: str) -> int:
    value = json[name]
    if type(value) is not int or not -_LARGEST < value < _LARGEST:
        raise TypeError(f"{name} is not a whole number")
    return value


def whole_or_none(json: Json, name: str) -> Optional[int]:
    return None if json[name] is None else whole(json, name)


def number(json: Json, name: str) -> float:
    value = json[name]
    if type(value) is not float and type(value) is not int:
        raise TypeError(f"{name} is not a number")
    return float(value)


def number_or_none(json: Json, name: str) -> Optional[float]:
    return None if json[name] is None else number(json, name)


def flag(json: Json, name: str) -> bool:
    value = json[name]
    if type(value) is not bool:
        raise TypeError(f"{name} is not true or false")
    return value


def moment(json: Json, name: str) -> Optional[datetime]:
    """A time of RFC 3339, or None."""
    value = text_or_none(json, name)
    # Python 3.9 does not know the Z of RFC 3339.
    return None if value is None else datetime.fromisoformat(value.replace("Z", "+00:00"))


def members(json: Json, name: str) -> Json:
    value = json[name]
    if type(value) is not dict:
        raise TypeError(f"{name} is not an object")
    return value


def entries(json: Json, name: str) -> List[Any]:
    value = json[name]
    if type(value) is not list:
        raise TypeError(f"{name} is not an array")
    return value
