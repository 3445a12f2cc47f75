"""Joining related tables without multiplying rows, and without looking into the future.

A join keeps the rows of the left table and their order. A right key that repeats would multiply rows and is refused; an
as-of relation instead takes the latest right row that was known at each left row's moment.
"""

from dataclasses import replace

import polars as pl

from clew.collect.codes import finding
from clew.collect.dataset import Dataset
from clew.collect.duration import parse_duration
from clew.core.errors import ConfigError, DataError, UsageError, did_you_mean
from clew.core.finding import Finding
from clew.core.schema import Column, Role
from clew.define.domain import AsOf, Relation

#: Columns that only exist while tables are joined; no file can bring these names.
_ROW, _MOMENT, _MATCH = "\x00row", "\x00moment", "\x00match"


def join(left: Dataset, right: Dataset, relation: Relation) -> Dataset:
    """Add the columns of a related table.

    Parameters
    ----------
    left : Dataset
        Its rows stay as they are, in their order.
    right : Dataset
        The related table. Its keys, and the time of an as-of relation, are not taken over; a column whose name the left
        table has already gets the right table's name in front, e.g. ``planes_year``.
    relation : Relation
        Which columns belong together.

    Returns
    -------
    Dataset
        Every added column may be missing. A share of rows without a partner is a finding (DQ116).

    Raises
    ------
    ConfigError
        If a column of the relation is not there.
    DataError
        If a key repeats in the right table (or, one to one, in the left), or keys or times cannot be compared.
    UsageError
        If the relation is one to many.
    """
    _check(left, right, relation)
    keys = _aligned(left, right, relation)
    times = relation.as_of
    names = _names(left, right, relation)
    table = keys.select(*relation.on.values(), *([times.right] if times else []), *names).with_columns(
        pl.lit(value=True).alias(_MATCH)
    )
    table = table.drop_nulls(list(relation.on.values()))
    rows = left.frame.with_row_index(_ROW)
    if times:
        found = _latest(rows, table, relation, times)
    else:
        _refuse_repeats(table, list(relation.on.values()), relation, relation.right)
        if relation.kind == "one_to_one":
            _refuse_repeats(left.frame.drop_nulls(list(relation.on)), list(relation.on), relation, relation.left)
        found = rows.join(table, left_on=list(relation.on), right_on=list(relation.on.values()), how="left")
    found = found.sort(_ROW)
    added = found.select(*(pl.col(old).alias(new) for old, new in _resulting(found, names).items()))
    frame = left.frame.hstack(added.get_columns())
    unmatched = int(found[_MATCH].null_count())
    columns = [_joined(right.schema[name], new) for name, new in names.items()]
    notes = _unmatched(unmatched, len(left), relation)
    return Dataset.of(frame, left.schema.with_columns(*columns), left.source, (*left.findings, *notes))


def _check(left: Dataset, right: Dataset, relation: Relation) -> None:
    if relation.kind == "one_to_many":
        raise UsageError(
            f"Joining {relation.right!r} one to many would multiply the rows of {relation.left!r}.",
            hint="Aggregate it to one row per key first.",
        )
    wanted = [(relation.left, left, name) for name in relation.on]
    wanted += [(relation.right, right, name) for name in relation.on.values()]
    if relation.as_of:
        wanted += [(relation.left, left, relation.as_of.left), (relation.right, right, relation.as_of.right)]
    for table, data, name in wanted:
        if name not in data.schema:
            raise ConfigError(
                f"The relation of {relation.left!r} and {relation.right!r} names the column {name!r}, "
                f"which {table!r} does not have.",
                hint=did_you_mean(name, data.schema.names),
            )


def _aligned(left: Dataset, right: Dataset, relation: Relation) -> pl.DataFrame:
    """Return the right table with keys of the left table's types; a key that reads as nothing matches nothing."""
    frame = right.frame
    for here, there in relation.on.items():
        mine, theirs = left.frame.schema[here], frame.schema[there]
        if mine == theirs:
            continue
        if not ((mine.is_numeric() and theirs.is_numeric()) or pl.String in (mine, theirs)):
            raise DataError(
                f"The keys {relation.left}.{here} ({mine}) and {relation.right}.{there} ({theirs}) cannot be compared.",
                hint="State the same `kind` for both in the domain model.",
            )
        frame = frame.with_columns(pl.col(there).cast(mine, strict=False))
    return frame


def _names(left: Dataset, right: Dataset, relation: Relation) -> dict[str, str]:
    """Return the names of the columns to take over, and what they are called afterwards."""
    gone = {*relation.on.values(), *([relation.as_of.right] if relation.as_of else [])}
    taken = set(left.schema.names)
    names = {}
    for name in right.schema.names:
        if name in gone:
            continue
        new = f"{relation.right}_{name}" if name in taken else name
        if new in taken:
            raise DataError(
                f"The column {name!r} of {relation.right!r} would be called {new!r}, and there is one already.",
                hint="Rename one of the two in its file.",
            )
        taken.add(new)
        names[name] = new
    return names


def _resulting(found: pl.DataFrame, names: dict[str, str]) -> dict[str, str]:
    """Return where Polars put the right columns: a clash of names gets the suffix ``_right``."""
    columns = set(found.columns)
    return {f"{name}_right" if name != new and f"{name}_right" in columns else name: new for name, new in names.items()}


def _refuse_repeats(table: pl.DataFrame, keys: list[str], relation: Relation, name: str) -> None:
    repeated = table.group_by(keys, maintain_order=True).len().filter(pl.col("len") > 1)
    if repeated.is_empty():
        return
    example = ", ".join(f"{key}={value!r}" for key, value in zip(keys, repeated.row(0), strict=False))
    raise DataError(
        f"{len(repeated)} keys of {name!r} occur more than once (e.g. {example}, {repeated['len'][0]} times), "
        f"so joining {relation.right!r} would multiply rows.",
        hint="Use the whole key, drop repeated rows, or state `as_of` if the table changes over time.",
    )


def _latest(rows: pl.DataFrame, table: pl.DataFrame, relation: Relation, times: AsOf) -> pl.DataFrame:
    """Join to each row the latest right row that was known at its moment."""
    offset = parse_duration(times.offset)
    left_time = _moment(rows, times.left, relation.left) + offset
    right_time = _moment(table, times.right, relation.right)
    here = rows.with_columns(left_time.alias(_MOMENT))
    there = table.with_columns(right_time.alias(_MOMENT)).drop_nulls(_MOMENT).drop(times.right)
    _refuse_repeats(there, [*relation.on.values(), _MOMENT], relation, relation.right)
    asked = here.filter(pl.col(_MOMENT).is_not_null()).sort(_MOMENT)
    found = asked.join_asof(
        there.sort(_MOMENT),
        on=_MOMENT,
        by_left=list(relation.on),
        by_right=list(relation.on.values()),
        strategy="backward",
        tolerance=parse_duration(times.tolerance) if times.tolerance else None,
        check_sortedness=False,  # both sides were sorted just above
    )
    unasked = here.filter(pl.col(_MOMENT).is_null())
    return pl.concat([found, unasked], how="diagonal")


def _moment(frame: pl.DataFrame, name: str, table: str) -> pl.Series:
    """Return a time column in UTC microseconds, so that zones do not matter; a naive one counts as UTC."""
    values = frame[name]
    if values.dtype == pl.Date or values.null_count() == len(values):
        return values.cast(pl.Datetime("us"))
    if values.dtype != pl.Datetime:
        raise DataError(
            f"The time column {table}.{name} is {values.dtype}, and an as-of join needs dates or date-times.",
            hint="State `kind: datetime` for it in the domain model.",
        )
    if getattr(values.dtype, "time_zone", None):
        values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return values.cast(pl.Datetime("us"))


def _joined(column: Column, name: str) -> Column:
    """Describe a right column after the join: it may be missing, and no longer identifies a row."""
    role = Role.FEATURE if column.role in {Role.ID, Role.TIME, Role.GROUP} else column.role
    return replace(column, name=name, nullable=True, role=role)


def _unmatched(count: int, rows: int, relation: Relation) -> tuple[Finding, ...]:
    if count == 0:
        return ()
    keys = ", ".join(relation.on)
    detail = f"{count} of {rows} rows of {relation.left!r} have no partner in {relation.right!r} by {keys}."
    return (finding("DQ116", detail, None, table=relation.right, unmatched=count, rows=rows),)
