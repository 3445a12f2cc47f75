"""The same thing twice: rows, columns, spellings."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.finding import Finding, Severity
from clew.core.readable import part
from clew.core.schema import Kind, Role
from clew.explore.checks.table import EXAMPLES, MIN_ROWS, Table
from clew.explore.codes import finding, step
from clew.explore.column import ColumnStatistics
from clew.explore.families import Family

_WARN_SHARE = 0.01
#: Rows that have to differ from the most frequent value before two columns are compared.
_LEAST_OTHERS = 10
#: Labels with at least this many rows each are compared by where they stand, others by what they are.
_ROWS_A_LABEL = 5


def repeated_rows(frame: pl.DataFrame) -> pl.Series:
    """Return whether each row equals an earlier one, shape (rows,); nested columns are not compared."""
    comparable = [name for name, dtype in frame.schema.items() if not dtype.is_nested() and dtype != pl.Object]
    if not comparable:
        return pl.Series("repeated", [False] * len(frame), dtype=pl.Boolean)
    chosen = frame.select(comparable)
    # Equal rows have equal hashes: only rows whose hash comes again have to be compared.
    hashes = chosen.hash_rows(seed=0)
    ordered = np.sort(hashes.to_numpy())
    if not (ordered[1:] == ordered[:-1]).any():
        return pl.Series("repeated", np.zeros(len(frame), dtype=bool))
    suspects = hashes.is_duplicated()
    again = chosen.filter(suspects).select(~pl.struct(comparable).is_first_distinct()).to_series()
    repeated = np.zeros(len(frame), dtype=bool)
    repeated[suspects.to_numpy()] = again.to_numpy()
    return pl.Series("repeated", repeated)


def rows(table: Table, repeated: pl.Series) -> Iterator[Finding]:
    """DQ008: rows that occur before."""
    count = int(repeated.sum())
    if not count or table.rows < MIN_ROWS or by_chance(table):
        return
    share = count / table.rows
    yield finding(
        "DQ008",
        f"Equal to an earlier row in every column: {part(count, table.rows)}.",
        severity=Severity.WARNING if share >= _WARN_SHARE else None,
        evidence={"count": count, "share": share, "rows": repeated.arg_true().head(EXAMPLES).to_list()},
        remedy=step("drop_duplicates", []),
    )


def by_chance(table: Table) -> bool:
    """Return whether there are so few possible rows that some must repeat."""
    sizes = [known.distinct for _, known in table.columns() if known.distinct]
    return sum(map(math.log10, sizes)) < math.log10(table.rows) + 3


def columns(table: Table) -> Iterator[Finding]:
    """DQ009: a column that says what an earlier one says."""
    groups: dict[object, list[ColumnStatistics]] = defaultdict(list)
    for _, known in table.columns(Role.FEATURE, Role.ID, Role.GROUP, Role.TIME, Role.WEIGHT):
        # Columns that are nearly always the same are alike by chance.
        if known.distinct is not None and known.present - _modal(known) >= _LEAST_OTHERS:
            groups[_likeness(known)].append(known)
    for group in groups.values():
        first: dict[bytes, ColumnStatistics] = {}
        for known in group if len(group) > 1 else ():
            twin = first.setdefault(_signature(table.frame[known.name], known), known)
            if twin is not known and table.schema[known.name].role is Role.FEATURE:
                yield _repeated(table.frame, twin, known)


def _likeness(known: ColumnStatistics) -> tuple[object, ...]:
    """Return what two columns that say the same have in common, from their statistics alone."""
    if _is_labels(known):
        # Names may differ, and how often the names occur may not.
        return known.missing, known.distinct, *sorted((count for _, count in known.values.items), reverse=True)
    return known.missing, known.distinct, known.family, known.minimum, known.maximum, known.lengths


def _is_labels(known: ColumnStatistics) -> bool:
    return known.values.exact and (known.distinct or 0) <= known.present / _ROWS_A_LABEL


def _modal(known: ColumnStatistics) -> int:
    return known.values.items[0][1] if known.values.items else 0


def _repeated(frame: pl.DataFrame, twin: ColumnStatistics, known: ColumnStatistics) -> Finding:
    equal = _comparable(frame[twin.name]).equals(_comparable(frame[known.name]), null_equal=True)
    return finding(
        "DQ009",
        f"It has the same value as {twin.name!r} in every row."
        if equal
        else f"Each of its {known.distinct} values goes with just one value of {twin.name!r}, and the other way round.",
        column=known.name,
        severity=None if equal else Severity.INFO,
        evidence={"same_as": twin.name, "equal": equal, "distinct": known.distinct},
        remedy=step("drop", [known.name]),
    )


def _signature(values: pl.Series, known: ColumnStatistics) -> bytes:
    """Return a digest that columns share if they say the same in every row.

    Labels may have other names: what counts is in which rows they are equal. Values that hardly repeat would match one
    to one by chance, and have to be equal themselves.
    """
    if _is_labels(known):
        return hashlib.sha256(pattern(values).tobytes()).digest()
    digest = _comparable(values).hash(seed=0).to_numpy()
    return hashlib.sha256(known.family.encode() + digest.tobytes()).digest()


def _comparable(values: pl.Series) -> pl.Series:
    if values.dtype.is_numeric():
        return values.cast(pl.Float64)
    return values.cast(pl.String) if values.dtype in {pl.Categorical, pl.Enum} else values


def pattern(values: pl.Series) -> NDArray[np.int64]:
    """Return a number for each value in the order of first occurrence, shape (rows,); missing counts as a value."""
    codes = values.rank("dense").fill_null(0).to_numpy().astype(np.int64)
    _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[codes]


def spellings(table: Table) -> Iterator[Finding]:
    """DQ018: labels that differ only in case or white space."""
    for column, known in table.features(Kind.CATEGORICAL, Kind.ORDINAL):
        if known.family is not Family.TEXT:
            continue
        groups: dict[str, dict[str, int]] = defaultdict(dict)
        for value, count in known.values.items:
            groups[" ".join(str(value).casefold().split())][str(value)] = count
        several = [group for name, group in groups.items() if name and len(group) > 1]
        if several:
            labels = sum(map(len, several))
            yield finding(
                "DQ018",
                f"Spelt in more than one way: {' and '.join(map(repr, list(several[0])[:3]))}"
                f"{f', and {len(several) - 1} more' if len(several) > 1 else ''}.",
                column=column.name,
                evidence={"spellings": several[:EXAMPLES], "labels": labels, "groups": len(several)},
            )
