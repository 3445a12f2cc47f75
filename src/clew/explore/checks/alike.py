"""Rows that are alike: contradictions, and near duplicates that a random split separates."""

from collections.abc import Iterator

from clew.core.finding import Finding, Severity
from clew.core.jsonable import plain
from clew.core.readable import part
from clew.explore.checks.table import Table
from clew.explore.codes import finding
from clew.explore.likeness import Alike

_LEAST_CONFLICTS, _CONFLICT_SHARE, _MANY_CONFLICTS = 2, 0.001, 0.01
_LEAST_NEAR, _NEAR_SHARE, _MANY_NEAR = 5, 0.005, 0.01


def conflicts(table: Table, found: Alike | None) -> Iterator[Finding]:
    """DQ029: the same features, another target."""
    if found is None or found.conflicting < max(_LEAST_CONFLICTS, _CONFLICT_SHARE * table.rows):
        return
    share = found.conflicting / table.rows
    first = found.conflicts[0]
    yield finding(
        "DQ029",
        f"Another target than most rows with the same features: {part(found.conflicting, table.rows)}; rows "
        f"{' and '.join(map(str, first['rows'][:2]))} say {' and '.join(map(str, first['targets'][:2]))}. No model can "
        "be right about both.",
        column=table.schema.target.name if table.schema.target else None,
        severity=Severity.WARNING if share >= _MANY_CONFLICTS else None,
        evidence={
            "count": found.conflicting,
            "share": share,
            "conflicts": plain(found.conflicts),
            "rows": [row for conflict in found.conflicts for row in conflict["rows"][:2]][:5],
        },
    )


def near_duplicates(table: Table, found: Alike | None) -> Iterator[Finding]:
    """LK006: rows that are the same but for one column."""
    if found is None or not found.pairs or found.near < max(_LEAST_NEAR, _NEAR_SHARE * table.rows):
        return
    share, first = found.near / table.rows, found.pairs[0]
    differ = (
        f"rows {first['rows'][0]} and {first['rows'][1]} differ only in {first['column']}, "
        f"{first['values'][0]} and {first['values'][1]}"
        if first["column"]
        else f"rows {first['rows'][0]} and {first['rows'][1]} differ only in spelling"
    )
    yield finding(
        "LK006",
        f"Like another row in all columns but one: {part(found.near, table.rows)}; {differ}. A random split into 80 "
        f"and 20 % puts about a third of such pairs on both sides, where they make a model look better than it "
        "is. If they belong to one thing, name it with `role: group`.",
        severity=Severity.WARNING if share >= _MANY_NEAR else None,
        evidence={
            "count": found.near,
            "share": share,
            "pairs": plain(found.pairs),
            "rows": [row for pair in found.pairs for row in pair["rows"]][:10],
        },
    )
