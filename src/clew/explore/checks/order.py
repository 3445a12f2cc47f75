"""Time and order that give the answer away: moments from the future, identifiers and rows in the target's order."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from clew.core.duration import parse_duration
from clew.core.finding import Finding, Severity
from clew.core.jsonable import plain
from clew.core.readable import number, part
from clew.core.schema import Column, Kind, Role, Schema
from clew.explore.associations import Association, associations
from clew.explore.checks.constant import why_identifier
from clew.explore.checks.table import EXAMPLES, Table
from clew.explore.codes import finding, step
from clew.explore.families import Family

#: Power of an identifier, and of the order of the rows, that is more than drift.
_ID_POWER, _ROW_POWER = 0.2, 0.5
#: From here on the values themselves are a finding.
_TELLING = 0.95
_LEAST_ROWS = 100


def future(table: Table) -> Iterator[Finding]:
    """LK004: moments later than the question."""
    times = [column.name for column in table.schema.by_role(Role.TIME)]
    if len(times) != 1 or not _is_moment(table.frame[times[0]].dtype):
        return
    asked = parse_duration(table.asked_at)
    limit = _moment(table.frame[times[0]]) + asked
    for column, _ in table.features(Kind.DATETIME):
        if not _is_moment(table.frame[column.name].dtype) or column.available_after is not None:
            continue  # what the domain states decides, and LK003 says so
        own = _moment(table.frame[column.name])
        later = (own > limit).fill_null(value=False)
        rows = later.arg_true().head(EXAMPLES)
        if not len(rows):
            continue
        count, present = int(later.sum()), int((own.is_not_null() & limit.is_not_null()).sum())
        yield finding(
            "LK004",
            f"Later than the question, which is asked {_when(table.asked_at)} {times[0]}: {part(count, present)}, such "
            f"as {table.frame[column.name][rows[0]]} where the row's time is {table.frame[times[0]][rows[0]]}. A plan "
            "may be known before; what has happened is not. State `available_after` for the column.",
            column=column.name,
            evidence={
                "count": count,
                "share": count / present,
                "rows": rows.to_list(),
                "values": plain(table.frame[column.name].gather(rows).to_list()),
                "times": plain(table.frame[times[0]].gather(rows).to_list()),
            },
            remedy=step("drop", [column.name]),
        )


def _is_moment(dtype: pl.DataType) -> bool:
    return dtype == pl.Date or isinstance(dtype, pl.Datetime)


def _moment(values: pl.Series) -> pl.Series:
    """Return moments in UTC without a zone; a date counts as its beginning."""
    if values.dtype == pl.Date:
        return values.cast(pl.Datetime("us"))
    zoned = isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is not None
    plain = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zoned else values
    return plain.dt.cast_time_unit("us")


def _when(asked_at: str) -> str:
    length = parse_duration(asked_at)
    if not length:
        return "at"
    return f"{asked_at.strip('+- ')} {'after' if length.total_seconds() > 0 else 'before'}"


def ordered(table: Table, *, timed: bool, seed: int = 0) -> Iterator[Finding]:
    """LK005: identifiers, or the rows themselves, in an order that tells the target.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    timed : bool
        Whether the rows are in the order of time, which says enough about their order.
    seed : int, default 0
        Of the halves that learn and judge.
    """
    target = table.schema.target
    if target is None or table.task is None or table.statistics[target.name].present < _LEAST_ROWS:
        return
    orders = {column.name: _rank(table.frame[column.name]) for column in _identifiers(table)}
    if not timed:
        orders[""] = pl.Series(np.arange(table.rows, dtype=np.float64))
    for name, association in _measured(table, target, orders, seed):
        if name and association.power >= _ID_POWER and not _known(table, name):
            yield _of_identifier(table, name, association)
        elif not name and association.power >= _ROW_POWER:
            yield _of_rows(table, target.name, association)


def _identifiers(table: Table) -> Iterator[Column]:
    for column, known in table.columns(Role.ID, Role.FEATURE):
        sortable = known.family in {Family.NUMBER, Family.TEXT} and known.present >= _LEAST_ROWS
        if sortable and (column.role is Role.ID or why_identifier(table, column, known)):
            yield column


def _rank(values: pl.Series) -> pl.Series:
    plain = values if values.dtype.is_numeric() else values.cast(pl.String)
    return plain.rank("dense").cast(pl.Float64)


def _measured(
    table: Table, target: Column, orders: dict[str, pl.Series], seed: int
) -> Iterator[tuple[str, Association]]:
    """Yield the name of each order ("" for that of the rows), and how much it says about the target."""
    names = {f"order {position} {target.name}": name for position, name in enumerate(orders)}
    made = {alias: orders[name].alias(alias) for alias, name in names.items()}
    if not made or table.task is None:
        return
    groups = [column for column in table.schema.by_role(Role.GROUP) if column.name in table.frame.columns]
    frame = table.frame.select(target.name, *(column.name for column in groups)).with_columns(*made.values())
    schema = Schema((target, *groups, *(Column(alias, "Float64", Kind.NUMERIC) for alias in made)))
    for item in associations(frame, schema, target.name, table.task, seed=seed):
        yield names[item.feature], item


def _known(table: Table, name: str) -> bool:
    """Whether the values themselves are telling, which is another finding."""
    return any(item.feature == name and item.power >= _TELLING for item in table.associations)


def _of_identifier(table: Table, name: str, association: Association) -> Finding:
    feature = table.schema[name].role is Role.FEATURE
    return finding(
        "LK005",
        f"Its order tells the target: predictive power {number(association.power, 2)} of 1. Numbers are often given "
        "after the answer is known, or case by case; new rows will have other ones.",
        column=name,
        evidence={"power": association.power, "rows": association.rows},
        remedy=step("drop", [name]) if feature else None,
    )


def _of_rows(table: Table, target: str, association: Association) -> Finding:
    values = table.frame[target]
    return finding(
        "LK005",
        f"The rows come in an order that tells the target: predictive power {number(association.power, 2)} of 1 for "
        "the number of the row. Neither cut the file into a first and a last part to judge a model, nor let the number "
        "of the row become a feature.",
        severity=Severity.INFO,
        evidence={
            "power": association.power,
            "rows": table.placed(np.array([0, table.rows - 1])).tolist(),
            "first": plain(values.head(EXAMPLES).to_list()),
            "last": plain(values.tail(EXAMPLES).to_list()),
        },
    )
