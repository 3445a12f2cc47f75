"""Findings about a table of which only a sample of rows is at hand.

What follows from statistics alone is said of all rows. What needs the rows themselves is found in the sample, with the
statistics of the sample, so that its figures fit together; its evidence says how many rows were looked at.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import part
from clew.explore.checks.table import MIN_ROWS, Table
from clew.explore.codes import finding
from clew.explore.observed import Observed
from clew.explore.statistics import describe

#: Findings that follow from statistics alone, save for the rows that they name as examples.
OF_ALL_ROWS = frozenset(
    {
        "DQ001",
        "DQ002",
        "DQ003",
        "DQ006",
        "DQ007",
        "DQ011",
        "DQ012",
        "DQ013",
        "DQ014",
        "DQ015",
        "DQ019",
        "DQ020",
        "DQ022",
        "DQ024",
        "LK003",
    }
)
#: Share of repeated rows from which on they are a warning.
_WARN_SHARE = 0.01

Checks = Callable[[Table, pl.Series], Iterable[Finding]]


def of_sample(table: Table, seen: Observed) -> Table:
    """Return a table whose statistics, and places of rows, are those of the sample at hand.

    Parameters
    ----------
    table : Table
        The rows of the sample, and the statistics of all rows.
    seen : Observed
        What was seen of all rows.
    """
    return replace(table, statistics=describe(seen.frame, seen.schema), places=seen.places)


def sampled_findings(table: Table, own: Table, seen: Observed, checks: Checks) -> list[Finding]:
    """Look for what may be wrong with a table by a sample of its rows.

    Parameters
    ----------
    table : Table
        The rows of the sample, and the statistics of all rows.
    own : Table
        The same with statistics of the sample; see `of_sample`.
    seen : Observed
        What was seen of all rows.
    checks : callable
        Finds what is wrong with a table, given whether each of its rows equals an earlier one.
    """
    none = pl.Series("repeated", [False] * len(seen.frame), dtype=pl.Boolean)
    found = [item for item in checks(table, none) if item.code in OF_ALL_ROWS]
    rest = (item for item in checks(own, none) if item.code not in OF_ALL_ROWS)
    found.extend(with_sample_rows(item, seen) for item in rest)
    found.extend(_repeated(table, seen))
    return [_placed(item, seen) for item in found]


def with_sample_rows(item: Finding, seen: Observed) -> Finding:
    """Let the evidence say how many rows were looked at."""
    return replace(item, evidence={**item.evidence, "sample_rows": len(seen.frame)})


def _placed(item: Finding, seen: Observed) -> Finding:
    """Let the evidence name rows of the table and not of the sample."""
    rows = item.evidence.get("rows")
    if seen.places is None or not isinstance(rows, list):
        return item
    return replace(item, evidence={**item.evidence, "rows": [int(seen.places[row]) for row in rows]})


def _repeated(table: Table, seen: Observed) -> Iterable[Finding]:
    """DQ008 by the estimate for all rows; with so few possible rows that some must repeat, there is none."""
    rows, count = seen.statistics.rows, seen.repeated_rows
    sizes = [known.distinct for _, known in table.columns() if known.distinct]
    if not count or rows < MIN_ROWS or sum(map(math.log10, sizes)) < math.log10(rows) + 3:
        return
    about = "" if seen.repeated_exact else "about "
    yield finding(
        "DQ008",
        f"Equal to an earlier row in every column: {about}{part(count, rows)}.",
        severity=Severity.WARNING if count >= _WARN_SHARE * rows else None,
        evidence={"count": count, "share": count / rows, "exact": seen.repeated_exact},
    )
