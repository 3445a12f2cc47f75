"""Missing values in disguise: numbers far from all others, and words that mean "no value"."""

import json
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.finding import Finding, Severity
from clew.core.readable import number, part
from clew.core.schema import Kind
from clew.explore.checks.table import EXAMPLES, MIN_ROWS, Table
from clew.explore.codes import finding
from clew.explore.column import ColumnStatistics

#: Numbers that people write where nothing is known: 9, 99 … and -1, 0 are looked at with special care.
_NINES = tuple(sign * (10**digits - 1) for digits in range(1, 10) for sign in (1, -1))
_WORDS = (
    "?", "??", "???", "-", "--", "---", ".", "..", "*", "n/a", "na", "n.a.", "#n/a", "#na", "nan", "null", "nil",
    "undefined", "unknown", "unk", "unkn", "not known", "not available", "not applicable", "not specified",
    "unspecified", "missing", "no data", "no value", "tbd", "to be determined", "#value!", "#ref!", "#div/0!", "(null)",
    "<na>", "<null>", "[null]", "empty", "blank",
)  # fmt: skip
_SPELT = frozenset(_WORDS)
_LOW = (-1, 0)
_LEAST_ROWS, _MOST_SHARE = 3, 0.995


def sentinels(table: Table) -> Iterator[Finding]:
    """DQ005: a repeated number that stands apart from all others at one end."""
    for column, known in table.features(Kind.NUMERIC, Kind.ORDINAL):
        if known.present < MIN_ROWS or not known.values.items or known.distinct is None or known.distinct < 4:
            continue
        if not table.frame[column.name].dtype.is_numeric():
            continue
        for value, count, gap in _candidates(table.frame[column.name], known):
            rows = table.where(pl.col(column.name) == value)
            yield finding(
                "DQ005",
                f"The value {number(value)} in {part(count, known.present)} lies {number(gap)} away from the next one; "
                f"if it stands for a missing value, state so in the domain model: {_stated(value)}.",
                column=column.name,
                severity=Severity.INFO if value == 0 else None,
                evidence={"value": value, "count": count, "share": count / known.present, "rows": rows},
            )


def _candidates(values: pl.Series, known: ColumnStatistics) -> Iterator[tuple[float, int, float]]:
    """Yield suspicious ends of a distribution: value, rows, distance to the next value."""
    ends = {known.minimum, known.maximum}
    counted = {value: count for value, count in known.values.items if value in ends}
    for value, count in counted.items():
        if isinstance(value, str) or not _LEAST_ROWS <= count <= _MOST_SHARE * known.present:
            continue
        if value not in _NINES and value not in _LOW:
            continue  # before all others are sorted
        others = np.sort(values.drop_nulls().cast(pl.Float64).to_numpy())
        others = others[np.isfinite(others) & (others != value)]
        gap = float(abs(others[0 if value == known.minimum else -1] - value))
        if _stands_apart(float(value), count, gap, others, known):
            yield value, count, gap


def _stands_apart(value: float, count: int, gap: float, others: NDArray[np.float64], known: ColumnStatistics) -> bool:
    spread = float(others[-1] - others[0])
    if value in _NINES and abs(value) >= 9:
        # A 99 after 98 is a number like any other; a 99 in a column of one-digit numbers is not.
        return gap > max(spread, 1.0)
    if value == -1 and known.numbers and known.numbers.whole:
        lonely = known.numbers.negatives == count and 0.002 * known.present <= count <= 0.9 * known.present
        return lonely and len(np.unique(others)) >= 10 and others[0] >= 0
    if value == 0 and others[0] > 0:
        first, middle, third = np.quantile(others, (0.25, 0.5, 0.75))
        within = third - first
        return (
            0.0005 * known.present <= count <= 0.5 * known.present
            and len(np.unique(others)) >= 20
            and gap > max(within, 1.0)
            and first - 2 * within > 0
            and middle > 0
        )
    return False


def words(table: Table) -> Iterator[Finding]:
    """DQ006: texts that say that there is no value."""
    for column, known in table.features(Kind.CATEGORICAL, Kind.ORDINAL, Kind.TEXT):
        found = {
            str(value): count
            for value, count in known.values.items
            if isinstance(value, str) and (value.strip().casefold() in _SPELT or not value.strip())
        }
        blank = known.lengths.blank if known.lengths else 0
        total = sum(count for value, count in found.items() if value.strip()) + blank
        if not total or total == known.present or (column.allowed and set(found) <= set(map(str, column.allowed))):
            continue
        said = [repr(value) for value in found if value.strip()] + (["blanks"] if blank else [])
        yield finding(
            "DQ006",
            f"There is {' and '.join(said[:EXAMPLES])} in {part(total, known.present)}; if that stands for a missing "
            f"value, state so in the domain model: {_stated(*found)}.",
            column=column.name,
            evidence={"values": found, "count": total, "share": total / known.present},
        )


def _stated(*values: object) -> str:
    """Spell the fact of a domain model that declares values as missing."""
    return f"missing: {json.dumps([str(value) for value in values], ensure_ascii=False)}"
