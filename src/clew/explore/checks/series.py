"""What is odd about rows in the order of time: gaps, repeated moments, values out of season."""

from collections.abc import Iterator, Sequence

from clew.core.finding import Finding
from clew.core.jsonable import plain
from clew.core.readable import number, part, percent
from clew.explore.checks.table import Table
from clew.explore.codes import finding
from clew.explore.series.axis import TimeAxis
from clew.explore.series.seasonal import SeriesPart

#: A few points far out are anomalies; many, or near ones, are the nature of the series.
_FEW, _FAR = 0.01, 8.0
_MANY_MISSING = 0.01


def gaps(axis: TimeAxis | None) -> Iterator[Finding]:
    """DQ026: moments that are missing from a regular series."""
    if axis is None or axis.step is None or not axis.missing:
        return
    expected = axis.moments + axis.missing
    first = axis.gaps[0]
    each = f" in {len(axis.by)} grouping column{'s' if len(axis.by) > 1 else ''}" if axis.by else ""
    yield finding(
        "DQ026",
        f"Of {expected:,} expected moments{each} {axis.missing:,} are missing ({percent(axis.missing / expected)}); "
        f"the longest gap lies between {first['after']} and {first['before']}. Lags and rolling figures would reach "
        "across.",
        column=axis.column,
        evidence={
            "missing": axis.missing,
            "share": axis.missing / expected,
            "step": axis.step,
            "gaps": plain(axis.gaps),
            "rows": [gap["row"] for gap in axis.gaps],
        },
    )


def repeated_moments(table: Table, axis: TimeAxis | None) -> Iterator[Finding]:
    """DQ027: a moment twice in a series that otherwise has one row a moment."""
    if axis is None or not axis.repeated or not axis.single:
        return
    where = f" of the same {' and '.join(axis.by)}" if axis.by else ""
    yield finding(
        "DQ027",
        f"At the moment of an earlier row{where}: {part(axis.repeated, table.rows)}. Is it the same thing twice, a "
        "later correction, or a clock that was set back?",
        column=axis.column,
        evidence={
            "count": axis.repeated,
            "share": axis.repeated / table.rows,
            "rows": list(axis.repeated_rows),
            "moments": plain([table.frame[axis.column][row] for row in axis.repeated_rows]),
        },
    )


def out_of_season(parts: Sequence[SeriesPart]) -> Iterator[Finding]:
    """DQ028: a few values far from what season and trend lead to expect."""
    for found in parts:
        if not found.count or found.count > max(_FEW * found.points, 1):
            continue
        far = [item for item in found.anomalies if abs(item["distance"]) >= _FAR]
        if not far:
            continue
        worst = far[0]
        yield finding(
            "DQ028",
            f"At {worst['moment']} the value is {number(worst['value'])}, and season and trend lead to expect "
            f"{number(worst['expected'])}: {number(abs(worst['distance']), 3)} robust standard deviations away. "
            f"Beyond 6 of them: {found.count} of {found.points:,} moments.",
            column=found.column,
            evidence={
                "count": found.count,
                "points": found.points,
                "period": found.period,
                "rows": [item["row"] for item in found.anomalies],
                "anomalies": plain(found.anomalies),
            },
        )
