"""What to make of single columns: gaps, moments, texts, orders and long tails."""

import polars as pl

from clew.core.schema import Kind, Role
from clew.explore.column import ColumnStatistics
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import are, chosen, listed, names, percent, quoted
from clew.prepare.dtypes import family, is_moment, is_number
from clew.prepare.parts import Part
from clew.prepare.steps import DateParts, Log, MissingIndicator, Ordinal, TextStatistics

#: An indicator is proposed from this share of missing values on, up to one less it …
MISSING_SHARE = 0.05
#: … and from this many rows of either sort on.
MISSING_ROWS = 20
#: A tail is heavy from this skewness on, in a column with more different values than the second figure.
SKEWNESS, DIFFERENT = 3.0, 20
#: Days after which each part of a date has come round twice, so that it can repeat.
_PERIODS: dict[Part, int] = {
    "hour": 2,
    "minute": 2,
    "weekday": 14,
    "is_weekend": 14,
    "day": 62,
    "month": 730,
    "day_of_year": 730,
}
_OF_TIME = {"hour", "minute"}


def missing(seen: Seen) -> Advice | None:
    """Remember where values are missing, once per pattern of gaps."""
    found, patterns = [], set()
    for column, stats in seen.features:
        often = MISSING_SHARE <= stats.missing_share <= 1 - MISSING_SHARE
        if often and min(stats.missing, stats.present) >= MISSING_ROWS:
            values = seen.frame[column.name]
            gaps = values.is_null() | values.is_nan() if values.dtype.is_float() else values.is_null()
            pattern = gaps.to_numpy().tobytes()
            if pattern not in patterns:
                patterns.add(pattern)
                found.append((column, stats))
    if not found:
        return None
    shown = listed([f"{percent(stats.missing_share)} of {quoted(column.name)}" for column, stats in found])
    verb = "is" if len(found) == 1 else "are"
    keeps = "an indicator keeps" if len(found) == 1 else "indicators keep"
    return Advice(
        MissingIndicator(chosen([column for column, _ in found])),
        f"{shown} {verb} missing; {keeps} the information that the value was not there.",
    )


def dates(seen: Seen) -> Advice | None:
    """Take moments apart; where rows are split by time, only into parts that came round often enough."""
    times = [column for column in seen.schema.by_role(Role.TIME) if column.name in seen.statistics]
    moments = [c for c in (*seen.schema.features, *times) if c.kind is Kind.DATETIME and is_moment(c.dtype)]
    moments = [column for column in moments if seen.statistics[column.name].present]
    if not moments:
        return None
    verb = "holds" if len(moments) == 1 else "hold"
    what = f"{names(moments)} {verb} moments, and a count of seconds cannot be learnt from"
    if not times:
        parts_can = "the parts that vary in the training rows (month, weekday, hour …) can."
        return Advice(DateParts(chosen(moments)), f"{what}; {parts_can}")
    days = min(_days(seen.statistics[column.name]) for column in moments)
    timed = all(family(column.dtype) == "Datetime" for column in moments)
    possible = [part for part, period in _PERIODS.items() if days >= period and (timed or part not in _OF_TIME)]
    parts = [part for part in possible if any(_varies(seen.frame[column.name], part) for column in moments)]
    if not parts:
        return None
    return Advice(
        DateParts(chosen(moments), parts=tuple(parts)),
        f"{what}; over {days:.0f} days {listed(parts)} came round often enough to repeat in later rows.",
    )


def texts(seen: Seen) -> Advice | None:
    """Describe free texts by how they are written."""
    found = [column for column, _ in seen.features if column.kind is Kind.TEXT and column.dtype == "String"]
    if not found:
        return None
    lengths = [(column.name, seen.statistics[column.name].lengths) for column in found]
    shown = listed(
        [f"{quoted(name)} ({known.mean if known else 0:.0f} characters on average)" for name, known in lengths]
    )
    return Advice(
        TextStatistics(chosen(found)),
        f"{shown} {are(found)} free text; length and spelling contribute where words cannot.",
    )


def ordinals(seen: Seen) -> Advice | None:
    """Give an ordinal its ranks, where the domain states the order."""
    found = [c for c, _ in seen.features if c.kind is Kind.ORDINAL and c.order and not is_number(c.dtype)]
    if not found:
        return None
    shown = listed([f"{quoted(c.name)} ({' < '.join((c.order or ())[:4])})" for c in found])
    return Advice(Ordinal(chosen(found)), f"The domain states the order of {shown}; ranks keep it.")


def skewed(seen: Seen) -> Advice | None:
    """Straighten the long tail of an amount; trees do not mind, linear models need it."""
    found = []
    for column, stats in seen.features:
        skewness = stats.skewness
        if column.kind is Kind.NUMERIC and is_number(column.dtype) and skewness is not None and skewness >= SKEWNESS:
            least, middle = stats.quantile(0.0) or 0.0, stats.quantile(0.5) or 0.0
            # Where most values are the smallest one, the logarithm would make two lumps of the column.
            if least >= 0.0 and middle > least and (stats.distinct or 0) > DIFFERENT:
                found.append((column, skewness))
    if not found:
        return None
    shown = listed([f"{quoted(column.name)} (skewness {skewness:.1f})" for column, skewness in found])
    tail = "a long tail" if len(found) == 1 else "long tails"
    verb = "has" if len(found) == 1 else "have"
    return Advice(
        Log(chosen([column for column, _ in found])),
        f"{shown} {verb} {tail}; the logarithm keeps the order and helps a linear model.",
    )


def _days(stats: ColumnStatistics) -> float:
    first, last = stats.quantile(0.0), stats.quantile(1.0)
    return 0.0 if first is None or last is None else (last - first) / 86400.0


def _varies(values: pl.Series, part: str) -> bool:
    moments = values.dt
    read = {"day_of_year": moments.ordinal_day, "is_weekend": moments.weekday}.get(part) or getattr(moments, part)
    return bool(read().n_unique() > 1)
