"""What to leave out: what cannot be known in time, cannot tell rows apart, or cannot enter a model."""

from clew.core.schema import Column, Kind
from clew.define.availability import known_too_late
from clew.explore.column import ColumnStatistics
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import are, chosen, have, listed, names, quoted
from clew.prepare.dtypes import family, is_moment
from clew.prepare.steps import Drop

#: Categories that differ in more than this share of the rows identify them …
ID_SHARE = 0.95
#: … where there are at least so many rows with a value.
ID_ROWS = 20


def too_late(seen: Seen) -> Advice | None:
    """Drop what is known only after the moment of the question."""
    late = [c for c in seen.schema.features if known_too_late(c.available_after, seen.asked_at)]
    if not late:
        return None
    known = listed([f"{quoted(column.name)} ({column.available_after})" for column in late])
    when = f"the question is asked at {seen.asked_at} of the row's time"
    return Advice(Drop(chosen(late)), f"{known} {are(late)} known only later, and {when}: a new row cannot have it.")


def empty(seen: Seen) -> Advice | None:
    """Drop columns without a value."""
    found = [column for column, stats in seen.features if stats.present == 0]
    if not found:
        return None
    rows = f"in any of {seen.frame.height} rows"
    return Advice(Drop(chosen(found)), f"{names(found)} {have(found)} no value {rows}; there is nothing to learn.")


def constant(seen: Seen) -> Advice | None:
    """Drop columns that have one value in every row."""
    found = [column for column, stats in seen.features if stats.distinct == 1 and not stats.missing]
    if not found:
        return None
    return Advice(
        Drop(chosen(found)),
        f"{names(found)} {have(found)} the same value in all {seen.frame.height} rows and cannot tell rows apart.",
    )


def identifier(seen: Seen) -> Advice | None:
    """Drop categories that differ in nearly every row, and counters of rows: a new row will have a new value."""
    found = [(c, s) for c, s in seen.features if s.present >= ID_ROWS and _identifies(c, s)]
    if not found:
        return None
    shown = listed([f"{quoted(c.name)} ({s.distinct} values in {s.present} rows)" for c, s in found])
    columns = [column for column, _ in found]
    return Advice(
        Drop(chosen(columns)), f"{shown} {are(columns)} different in nearly every row, so a new row says nothing."
    )


def unusable(seen: Seen) -> Advice | None:
    """Drop what no step here turns into numbers or categories."""
    found = [
        column
        for column, _ in seen.features
        if column.kind in {Kind.NESTED, Kind.IMAGE}
        or family(column.dtype) in {"Time", "Duration", "Binary"}
        or (column.kind is Kind.DATETIME and not is_moment(column.dtype))
    ]
    if not found:
        return None
    shown = listed([f"{quoted(column.name)} ({column.dtype})" for column in found])
    return Advice(
        Drop(chosen(found)), f"{shown} {are(found)} of a type that no model takes; derive a number from it first."
    )


def _identifies(column: Column, stats: ColumnStatistics) -> bool:
    if column.kind is Kind.CATEGORICAL:
        return (stats.distinct or 0) >= ID_SHARE * stats.present
    first, last = stats.minimum, stats.maximum
    whole = column.kind is Kind.NUMERIC and isinstance(first, int) and isinstance(last, int)
    return whole and stats.distinct == stats.rows and last - first == stats.rows - 1  # type: ignore[operator]
