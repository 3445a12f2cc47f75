"""The shape of numbers: long tails, outliers, infinities."""

from collections.abc import Iterator

import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import number, part
from clew.core.schema import Kind
from clew.explore.checks.table import MIN_ROWS, Table
from clew.explore.codes import finding, step
from clew.explore.column import ColumnStatistics

_SKEW, _BULK_SKEW = 2.0, 0.5
_DISTINCT = 20
_PILE, _SPIKE = 0.01, 0.9
_FAR, _ABSURD = 8.0, 50.0
_FEW = 0.02


def skew(table: Table) -> Iterator[Finding]:
    """DQ011: a long tail on one side, in the bulk of the values and not only at its end."""
    for column, known in table.features(Kind.NUMERIC):
        if known.skewness is None or not _long_tail(known):
            continue
        side = "right" if known.skewness > 0 else "left"
        yield finding(
            "DQ011",
            f"The tail on the {side} is long: skewness {number(known.skewness, 3)}, median "
            f"{number(known.quantile(0.5))}, mean {number(known.mean)}, largest {number(float(known.maximum or 0))}.",
            column=column.name,
            evidence={"skewness": known.skewness, "median": known.quantile(0.5), "mean": known.mean},
            remedy=step("log", [column.name]) if side == "right" else None,
        )


def _long_tail(known: ColumnStatistics) -> bool:
    if (known.distinct or 0) < _DISTINCT or known.present < 5 * MIN_ROWS or abs(known.skewness or 0) < _SKEW:
        return False
    if known.values.items[0][1] > _SPIKE * known.present if known.values.items else False:
        return False
    end = known.maximum if (known.skewness or 0) > 0 else known.minimum
    if dict(known.values.items).get(end or 0, 0) > _PILE * known.present:
        return False  # a pile at the end, such as the ones of a rate, is no tail
    low, middle, high = (float(known.quantiles[at]) for at in (1, 50, 99))
    # Skewness of the inner 98 % (Hinkley 1975): one wild value cannot move it.
    return high > low and abs(high + low - 2 * middle) / (high - low) >= _BULK_SKEW


def outliers(table: Table) -> Iterator[Finding]:
    """DQ012: a few values at more than eight interquartile ranges from the quartiles."""
    for column, known in table.features(Kind.NUMERIC):
        if known.numbers is None or known.present < 5 * MIN_ROWS or (known.distinct or 0) < _DISTINCT:
            continue
        first, third = float(known.quantiles[25]), float(known.quantiles[75])
        within = third - first
        if within <= 0 or not known.numbers.far_outliers or not table.frame[column.name].dtype.is_numeric():
            continue
        reach = max(first - float(known.quantiles[0]), float(known.quantiles[100]) - third) / within
        limit = _ABSURD if _long_tail(known) else _FAR
        if reach < limit or known.numbers.far_outliers > _FEW * known.present:
            continue
        low, high = first - 3 * within, third + 3 * within
        value = pl.col(column.name).cast(pl.Float64)
        rows = table.where(value.is_finite() & ((value < low) | (value > high)))
        examples = table.frame[column.name].gather(rows).to_list()
        count = known.numbers.far_outliers
        yield finding(
            "DQ012",
            f"Below {number(low)} or above {number(high)}: {part(count, known.present)}, the farthest "
            f"{number(reach, 3)} interquartile ranges from the quartiles.",
            column=column.name,
            severity=Severity.WARNING if reach >= _ABSURD else None,
            evidence={"count": count, "low": low, "high": high, "reach": reach, "rows": rows, "examples": examples},
            remedy=step("clip_outliers", [column.name], factor=3.0),
        )


def infinities(table: Table) -> Iterator[Finding]:
    """DQ013: infinite values."""
    for column, known in table.columns():
        if known.numbers is None or not known.numbers.infinities:
            continue
        yield finding(
            "DQ013",
            f"Infinite: {part(known.numbers.infinities, known.rows)}, {known.numbers.positive_infinities:,} above and "
            f"{known.numbers.negative_infinities:,} below zero.",
            column=column.name,
            evidence={
                "positive": known.numbers.positive_infinities,
                "negative": known.numbers.negative_infinities,
                "rows": table.where(pl.col(column.name).is_infinite()),
            },
            remedy=step("clip_outliers", [column.name]),
        )
