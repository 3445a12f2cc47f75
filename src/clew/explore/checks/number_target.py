"""A number to predict: no texts in between, no value that rules, no wild values, no endless tail."""

from collections.abc import Iterator

import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import number, part
from clew.define.problem import Task
from clew.explore.checks.table import EXAMPLES, MIN_ROWS, Table, shown
from clew.explore.codes import finding
from clew.explore.column import ColumnStatistics
from clew.explore.families import Family

#: Outliers lie farther from the median than this many standard deviations of the values clipped to the 5th and 95th
#: percentile; a skewness beyond this is a skewed target.
OUTLIER_REACH, SKEWED = 5.0, 3.0
_MOSTLY_NUMBERS, _LEAST_NUMBERS = 0.5, 20
#: A value is frequent from this share on, if this many times as frequent as the next one.
_FREQUENT, _TIMES = 0.1, 5


def mixed(table: Table) -> Iterator[Finding]:
    """DQ021: a target of numbers and texts."""
    target = table.schema.target
    if target is None or table.statistics[target.name].family is not Family.TEXT:
        return
    texts = table.frame[target.name].cast(pl.String)
    numbers = texts.str.strip_chars().cast(pl.Float64, strict=False)
    count, present = int(numbers.is_not_null().sum()), len(texts) - texts.null_count()
    if count == present or count < _MOSTLY_NUMBERS * present or numbers.n_unique() <= _LEAST_NUMBERS:
        return
    odd = (numbers.is_null() & texts.is_not_null()).arg_true()
    values = texts.gather(odd.head(EXAMPLES)).to_list()
    yield finding(
        "DQ021",
        f"Most values are numbers, and these are not: {part(len(odd), present)}, such as "
        f"{', '.join(map(shown, values))}. As it stands the target is {table.statistics[target.name].distinct:,} "
        "labels. Correct these rows, or state the words under `missing` for the column and read the table again.",
        column=target.name,
        evidence={
            "count": len(odd),
            "share": len(odd) / present,
            "rows": odd.head(EXAMPLES).to_list(),
            "values": values,
        },
    )


def frequent(table: Table) -> Iterator[Finding]:
    """DQ022: one value far more often than any other."""
    known = _number_to_predict(table)
    if known is None or len(known.values.items) < 2 or (known.distinct or 0) < MIN_ROWS:
        return
    (value, count), (_, next_count) = known.values.items[:2]
    if count < _FREQUENT * known.present or count < _TIMES * next_count:
        return
    yield finding(
        "DQ022",
        f"The value {number(_plain(value))} is the target in {part(count, known.present)}, {count / next_count:.3g} "
        "times as often as the next one. Perhaps two questions are mixed: whether there is anything, and how much.",
        column=known.name,
        evidence={
            "value": value,
            "count": count,
            "share": count / known.present,
            "rows": table.where(pl.col(known.name) == value),
        },
    )


def outliers(table: Table) -> Iterator[Finding]:
    """DQ023: values of the target beyond the limits, the farthest at least twice as far from the median."""
    known = _number_to_predict(table)
    limits = target_limits(table)
    if known is None or limits is None:
        return
    low, high = limits
    value = pl.col(known.name).cast(pl.Float64)
    beyond = value.is_finite() & ((value < low) | (value > high))
    count = table.count(beyond)
    if not count or max(low - (known.quantile(0.0) or 0.0), (known.quantile(1.0) or 0.0) - high) < (high - low) / 2:
        return  # just beyond the limits: the page of a profile shows them
    rows = _farthest(table, known.name, beyond)
    yield finding(
        "DQ023",
        f"Below {number(low)} or above {number(high)}: {part(count, known.present)}, such as "
        f"{', '.join(number(float(item)) for item in table.frame[known.name].gather(rows).to_list())}. An error there "
        "weighs by its square: check these rows, and consider `mae` or the logarithm.",
        column=known.name,
        evidence={
            "count": count,
            "share": count / known.present,
            "low": low,
            "high": high,
            "rows": rows,
            "values": table.frame[known.name].gather(rows).to_list(),
        },
    )


def skew(table: Table) -> Iterator[Finding]:
    """DQ024: a long tail of the target."""
    known = _number_to_predict(table)
    if known is None or known.skewness is None or abs(known.skewness) <= SKEWED or known.present < 5 * MIN_ROWS:
        return
    side = "right" if known.skewness > 0 else "left"
    yield finding(
        "DQ024",
        f"The tail on the {side} is long: skewness {number(known.skewness, 3)}, median {number(known.quantile(0.5))}, "
        f"mean {number(known.mean)}, largest {number(float(known.maximum or 0))}. A few rows decide about squared "
        "errors.",
        column=known.name,
        severity=Severity.WARNING,
        evidence={"skewness": known.skewness, "median": known.quantile(0.5), "mean": known.mean},
    )


def target_limits(table: Table) -> tuple[float, float] | None:
    """Return the values of the target beyond which it is an outlier; None where that makes no sense.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.

    Returns
    -------
    low, high : float
        The median less and plus five robust standard deviations: those of the values clipped to the 5th and the 95th
        percentile.
    """
    known = _number_to_predict(table)
    return None if known is None or known.present < 5 * MIN_ROWS else robust_limits(table.frame[known.name], known)


def robust_limits(values: pl.Series, known: ColumnStatistics) -> tuple[float, float] | None:
    """Return the same for any column of numbers; None where the clipped values do not vary."""
    low, high = known.quantile(0.05), known.quantile(0.95)
    if low is None or high is None or not high > low:
        return None
    numbers = values.cast(pl.Float64)
    spread = numbers.filter(numbers.is_finite()).clip(low, high).std()
    if not isinstance(spread, float) or not spread > 0:
        return None
    middle = known.quantile(0.5) or 0.0
    return middle - OUTLIER_REACH * spread, middle + OUTLIER_REACH * spread


def _number_to_predict(table: Table) -> ColumnStatistics | None:
    target = table.schema.target
    if target is None or table.task is not Task.REGRESSION:
        return None
    known = table.statistics[target.name]
    return known if known.family is Family.NUMBER and known.moments is not None and known.quantiles else None


def _plain(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _farthest(table: Table, name: str, beyond: pl.Expr) -> list[int]:
    """Return the rows with the most extreme values, five at most."""
    middle = table.statistics[name].quantile(0.5) or 0.0
    distance = (pl.col(name).cast(pl.Float64) - middle).abs()
    listed = table.frame.select(row=pl.int_range(pl.len()), beyond=beyond, distance=distance).filter("beyond")
    return listed.sort("distance", "row", descending=[True, False])["row"].head(EXAMPLES).to_list()
