"""Lengths of time as people write them: ``"12h"``, ``"1d12h"``, ``"-3h"``."""

import re
from datetime import timedelta

from clew.core.errors import UsageError

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|min|w|d|h|m|s)\s*", re.IGNORECASE)
_WHOLE = re.compile(rf"\s*([+-]?)\s*((?:{_PART.pattern})+|0)\s*", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """Read a length of time.

    Parameters
    ----------
    text : str
        Numbers with a unit each (``w``, ``d``, ``h``, ``m`` or ``min``, ``s``, ``ms``), a sign in front if need be:
        ``"1d"``, ``"1d12h"``, ``"-90m"``; or ``"0"``.

    Raises
    ------
    UsageError
        If the text is anything else; months and years have no fixed length and are refused.
    """
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise UsageError(
            f"{text!r} is no length of time.",
            hint='Write numbers with the units w, d, h, m, s, e.g. "1d", "12h" or "1d12h".',
        )
    try:
        length = sum((float(n) * _UNITS[unit.lower()] for n, unit in _PART.findall(found[2])), timedelta())
    except OverflowError:
        raise UsageError(f"{text!r} is longer than 999999999 days.", hint="Use a shorter time.") from None
    return -length if found[1] == "-" else length
