"""What to leave out: what cannot be known in time, cannot tell rows apart, or cannot enter a model."""

from collections.abc import Iterator

import polars as pl

from clew.core.finding import Severity
from clew.core.schema import Column, Kind
from clew.define.availability import known_too_late
from clew.explore.checks.constant import why_identifier
from clew.explore.checks.repeated import columns as repeated_columns
from clew.explore.checks.table import Table
from clew.explore.column import ColumnStatistics
from clew.explore.leakage import CERTAIN, leakage
from clew.prepare.advice.images import describable
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import are, chosen, figure, have, listed, many, names, quoted
from clew.prepare.dtypes import family, is_moment
from clew.prepare.steps import Drop

#: Categories that differ in more than this share of the rows identify them …
ID_SHARE = 0.95
#: … where there are at least this many rows with a value.
ID_ROWS = 20
#: Categories of several words are texts rather than names of rows, from this share of the values on.
WORDY_SHARE = 0.5


def too_late(seen: Seen) -> Iterator[Advice]:
    """Drop what is known only after the moment of the question."""
    late = [c for c in seen.schema.features if known_too_late(c.available_after, seen.asked_at)]
    if not late:
        return
    known = listed([f"{quoted(column.name)} ({column.available_after})" for column in late])
    when = f"the question is asked at {seen.asked_at} of the row's time"
    yield Advice(Drop(chosen(late)), f"{known} {are(late)} known only later, and {when}: a new row cannot have it.")


def leaking(seen: Seen) -> Iterator[Advice]:
    """Drop copies of the target; of a profile also what alone determines it (findings LK002 and LK001)."""
    copies = [seen.schema[item.column] for item in leakage(seen.table) if item.code == "LK002" and item.column]
    if copies:
        verb = "says" if len(copies) == 1 else "say"
        yield Advice(
            Drop(chosen(copies)),
            f"{names(copies)} {verb} what the target {quoted(seen.target or '')} says, in each of "
            f"{many(seen.rows, 'row')} (LK002); a new row cannot have it.",
        )
    known = {column.name for column in copies}
    certain = [item for item in seen.findings if item.code == "LK001" and item.severity is not Severity.INFO]
    named = [name for item in certain for name in ([item.column] if item.column else item.evidence["columns"])]
    telling = [column for column in seen.schema.features if column.name in set(named) - known]
    if telling:
        determines = "determines" if len(telling) == 1 else "determine"
        yield Advice(
            Drop(chosen(telling)),
            f"{names(telling)} alone nearly {determines} the target (power {figure(CERTAIN)} of 1 or more, LK001): the "
            "answer in disguise, it seems. Remove this step if it is honestly known when the question is asked.",
        )


def empty(seen: Seen) -> Iterator[Advice]:
    """Drop columns without a value."""
    found = [column for column, stats in seen.features if stats.present == 0 or _endless(column, stats)]
    if not found:
        return
    rows = f"in any of {many(seen.rows, 'row')}"
    yield Advice(
        Drop(chosen(found)), f"{names(found)} {have(found)} no finite value {rows}; there is nothing to learn."
    )


def _endless(column: Column, stats: ColumnStatistics) -> bool:
    """Return whether a column of numbers holds infinite ones only, which say nothing."""
    return column.kind is Kind.NUMERIC and stats.present > 0 and stats.distinct == 0


def constant(seen: Seen) -> Iterator[Advice]:
    """Drop columns that have one value in every row."""
    found = [column for column, stats in seen.features if stats.distinct == 1 and not stats.missing]
    if not found:
        return
    yield Advice(
        Drop(chosen(found)),
        f"{names(found)} {have(found)} the same value in all {many(seen.rows, 'row')} and cannot tell rows apart.",
    )


def repeated(seen: Seen) -> Iterator[Advice]:
    """Drop features that have the value of another feature in every row."""
    features = {column.name: column for column in seen.schema.features}
    twins = [
        (features[item.column], str(item.evidence["same_as"]))
        for item in repeated_columns(seen.table)
        if item.column in features and item.evidence["equal"] and item.evidence["same_as"] in features
    ]
    twins = [(column, twin) for column, twin in twins if not column.monotonic]
    if not twins:
        return
    shown = listed([f"{quoted(column.name)} (as {quoted(twin)})" for column, twin in twins])
    columns = [column for column, _ in twins]
    yield Advice(
        Drop(chosen(columns)),
        f"{shown} {'repeats' if len(columns) == 1 else 'repeat'} another column in all {many(seen.rows, 'row')}.",
    )


def wordy(values: pl.Series) -> bool:
    """Return whether most of the values are made of several words."""
    several = values.drop_nulls().cast(pl.String).str.contains(r"\S\s+\S")
    return len(several) > 0 and float(several.sum()) >= WORDY_SHARE * len(several)


def singular(stats: ColumnStatistics) -> bool:
    """Return whether nearly every row has a value of its own."""
    return stats.present >= ID_ROWS and (stats.distinct or 0) >= ID_SHARE * stats.present


def identifier(seen: Seen) -> Iterator[Advice]:
    """Drop categories that differ in nearly every row, and counters of rows: a new row will have a new value."""
    found = [(c, s) for c, s in seen.features if _identifies(seen.table, c, s)]
    if not found:
        return
    shown = listed(
        [f"{quoted(c.name)} ({many(s.distinct or 0, 'value')} in {many(s.present, 'row')})" for c, s in found]
    )
    columns = [column for column, _ in found]
    yield Advice(
        Drop(chosen(columns)), f"{shown} {are(columns)} different in nearly every row, so a new row says nothing."
    )


def unusable(seen: Seen) -> Iterator[Advice]:
    """Drop what no step here turns into numbers or categories."""
    found = [
        column
        for column, _ in seen.features
        if (column.kind in {Kind.NESTED, Kind.IMAGE} and not describable(seen, column))
        or family(column.dtype) in {"Time", "Duration"}
        or (column.dtype == "Binary" and column.kind is not Kind.IMAGE)
        or (column.kind is Kind.DATETIME and not is_moment(column.dtype))
    ]
    if not found:
        return
    shown = listed([f"{quoted(column.name)} ({column.dtype})" for column in found])
    yield Advice(
        Drop(chosen(found)), f"{shown} {are(found)} of a type that no model takes; derive a number from it first."
    )


def _identifies(table: Table, column: Column, stats: ColumnStatistics) -> bool:
    if column.kind is Kind.CATEGORICAL and singular(stats):
        return not wordy(table.frame[column.name])
    return column.kind is Kind.NUMERIC and stats.present >= ID_ROWS and why_identifier(table, column, stats) is not None
