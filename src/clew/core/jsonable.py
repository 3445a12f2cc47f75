"""Plain JSON for anything that stages report: strict, so that every reader accepts it."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np


def finite(value: float) -> float | None:
    """Return a number, or None where it is NaN or infinite, for which JSON has no word."""
    return value if math.isfinite(value) else None


def plain(value: Any) -> Any:
    """Return a value as dictionaries, lists, texts, numbers, truth values and None.

    NaN and infinities become None, since JSON has no word for them; dates become ISO texts; what offers `to_dict` or
    is a dataclass becomes a dictionary.

    Raises
    ------
    TypeError
        If there is no plain form.
    """
    if value is None or (isinstance(value, str | bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _plain_object(value)


def _plain_object(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Path | bytes):
        return str(value)
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form for JSON.")


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Return strict JSON text of a value; see `plain`."""
    return json.dumps(plain(value), ensure_ascii=False, indent=indent, allow_nan=False)
