"""Which reading makes dates of all texts of a column."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.guesses import SOME, Guess
from clew.collect.moments import DAY_FIRST, MONTH_FIRST, looks_like_moments, read_moments
from clew.core.schema import Kind

_SHORT_YEAR = r"^[0-9]{1,2}([-/.])[0-9]{1,2}[-/.][0-9]{2}(?:[ T].*)?$"


def guess_moments(texts: pl.Series, facts: Mapping[str, Any]) -> Guess:
    """Find a reading by which every text is a date.

    Parameters
    ----------
    texts : Series of String
        Present values, stripped and distinct.
    facts : mapping
        What the domain states: ``format``, ``kind``.

    Returns
    -------
    Guess
        Dates (Date) or moments (Datetime); a guess without a type where some texts are none, or where day and month
        cannot be told apart, with the reason.
    """
    sure = facts.get("kind") is Kind.DATETIME
    text = Guess(None, Kind.CATEGORICAL)
    stated = facts.get("format")
    some = texts.head(SOME)
    if not sure and not looks_like_moments(some).all() and not some.str.contains(_SHORT_YEAR).all():
        return text
    if not sure and not looks_like_moments(texts).all():
        if texts.str.contains(_SHORT_YEAR).all():
            return _unclear(texts, "have years of two digits")
        return text
    readings = _readings(texts, [stated]) or (_readings(texts, [DAY_FIRST, MONTH_FIRST]) if stated is None else [])
    if not readings:
        return Guess("Datetime(us)", Kind.DATETIME, format=stated) if sure else text
    if len(readings) == 2:
        return _unclear(texts, "can be read with the day or the month first")
    order, found = readings[0]
    zoned = found["zoned"]
    if zoned.any() and not zoned.all():
        count = int(zoned.sum())
        detail = f"{count} of {len(texts)} different values name a time zone, and the others do not."
        return Guess(None, Kind.CATEGORICAL, notes=(finding("DQ117", detail, with_zone=count, distinct=len(texts)),))
    if zoned.any():
        return Guess("Datetime(us, UTC)", Kind.DATETIME, format=order)
    return Guess("Datetime(us)" if found["timed"].any() else "Date", Kind.DATETIME, format=order)


def _readings(texts: pl.Series, orders: list[str | None]) -> list[tuple[str | None, pl.DataFrame]]:
    """Return the orders by which every text is a date, with what they read."""
    found = [(order, read_moments(texts, order)) for order in orders]
    return [(order, moments) for order, moments in found if not moments["moment"].null_count()]


def _unclear(texts: pl.Series, why: str) -> Guess:
    shown = texts.sort().head(5).to_list()
    note = finding("DQ107", f"All {len(texts)} different values {why}, e.g. {shown[0]!r}.", examples=shown)
    return Guess(None, Kind.CATEGORICAL, notes=(note,))
