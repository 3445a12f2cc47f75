"""Two tables become one: each row of the left table finds at most one row of the right one.

The rows of the left table, their order and their number stay what they are; a join that would multiply them is refused.
A table that changes over time is joined as of a moment: of the right rows with the key, the latest that was known then.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.dataset import Dataset
from clew.core.duration import parse_duration
from clew.core.errors import DataError, UsageError, did_you_mean
from clew.core.finding import Finding
from clew.core.schema import Column, Role, Schema
from clew.define.domain import AsOf, Relation

_LEFT, _RIGHT, _MOMENT = "_clew_left", "_clew_right", "_clew_moment"


def join(left: Dataset, right: Dataset, relation: Relation) -> Dataset:
    """Add the columns of a related table.

    Parameters
    ----------
    left, right : Dataset
        The tables that `relation` calls left and right.
    relation : Relation
        Which columns are the key, how many rows match, and as of when.

    Returns
    -------
    Dataset
        The rows of `left` with the columns of `right` behind them, without its key. A column whose name is taken gets
        the right table's name in front: ``planes_year``. Where nothing matches, they are missing. Added columns with
        another role than that of a feature are excluded: a row has one identifier, one time and one target, its own.

    Raises
    ------
    DataError
        If a column does not exist, keys cannot be compared, or more than one right row matches.
    UsageError
        If an offset or tolerance is no length of time.
    """
    _check_columns(left, right, relation)
    keys = _keys(left, right, relation)
    match = _match_as_of(left, right, relation, keys) if relation.as_of else _match(relation, keys)
    names = _new_names(left.schema, right.schema, relation)
    added = right.frame.select(pl.col(list(names)).gather(match)).rename(names)
    columns = [_as_added(right.schema[old], new) for old, new in names.items()]
    schema = Schema((*left.schema.columns, *columns))
    source = f"{left.source} + {right.source}"
    findings = (*left.findings, *_unmatched(left.frame, match, relation))
    return Dataset.of(left.frame.hstack(added), schema, source, findings)


def _check_columns(left: Dataset, right: Dataset, relation: Relation) -> None:
    wanted = [(left, relation.left, name) for name in relation.on]
    wanted += [(right, relation.right, name) for name in relation.on.values()]
    if relation.as_of:
        wanted += [(left, relation.left, relation.as_of.left), (right, relation.right, relation.as_of.right)]
    elif not relation.on:
        raise DataError(f"The relation from {relation.left!r} to {relation.right!r} names no key.", hint="State `on`.")
    for dataset, table, name in wanted:
        if name not in dataset.schema:
            raise DataError(
                f"The table {table!r} has no column {name!r} to join on.",
                hint=did_you_mean(name, dataset.schema.names),
            )


def _keys(left: Dataset, right: Dataset, relation: Relation) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the key columns of both sides under one name and in one type, with the number of the row."""
    mine, theirs = [], []
    for position, (a, b) in enumerate(relation.on.items()):
        one, other = _comparable(left.frame[a], right.frame[b])
        mine.append(one.alias(str(position)))
        theirs.append(other.alias(str(position)))
    first = pl.int_range(len(left), eager=True, dtype=pl.UInt32).alias(_LEFT)
    second = pl.int_range(len(right), eager=True, dtype=pl.UInt32).alias(_RIGHT)
    return pl.DataFrame([*mine, first]), pl.DataFrame([*theirs, second])


def _comparable(left: pl.Series, right: pl.Series) -> tuple[pl.Series, pl.Series]:
    a, b = left.dtype, right.dtype
    if a == b:
        return left, right
    if a.is_integer() and b.is_integer():
        return left.cast(pl.Int128), right.cast(pl.Int128)
    if a.is_numeric() and b.is_numeric():
        return left.cast(pl.Float64), right.cast(pl.Float64)
    if {a, b} == {pl.Date(), pl.Datetime("us")}:
        return left.cast(pl.Datetime("us")), right.cast(pl.Datetime("us"))
    if (a == pl.String and b.is_integer()) or (b == pl.String and a.is_integer()):
        return left.cast(pl.String), right.cast(pl.String)
    raise DataError(
        f"The keys {left.name!r} ({a}) and {right.name!r} ({b}) cannot be compared.",
        hint="State the same `kind` for both columns in the domain.",
    )


def _match(relation: Relation, keys: tuple[pl.DataFrame, pl.DataFrame]) -> pl.Series:
    """Return for each left row the number of its right row, null where there is none."""
    left, right = keys
    names = [name for name in left.columns if name != _LEFT]
    _check_single(right, names, relation, relation.right)
    if relation.kind == "one_to_one":
        _check_single(left, names, relation, relation.left)
    return left.join(right, on=names, how="left", maintain_order="left")[_RIGHT]


def _check_single(keys: pl.DataFrame, names: list[str], relation: Relation, table: str) -> None:
    """Refuse keys that occur more than once."""
    counts = keys.drop_nulls(names).group_by(names).len().filter(pl.col("len") > 1).sort("len", *names, descending=True)
    if counts.is_empty():
        return
    columns = (
        list(relation.on) if table == relation.left and relation.kind == "one_to_one" else list(relation.on.values())
    )
    example = dict(zip(columns, counts.row(0), strict=False))
    rows = int(counts["len"].sum())
    hint = "Correct the table, add a column to the key, or state `as_of` if it changes over time."
    if relation.kind == "one_to_many":
        hint = "Aggregate the table to one row per key first, or state `as_of` to take the latest row."
    raise DataError(
        f"{counts.height} keys occur more than once in {table!r} ({rows} of {keys.height} rows), e.g. {example!r} "
        f"{counts['len'][0]} times: joining it would multiply rows.",
        hint=hint,
    )


def _match_as_of(
    left: Dataset, right: Dataset, relation: Relation, keys: tuple[pl.DataFrame, pl.DataFrame]
) -> pl.Series:
    """Return for each left row the number of the latest right row that was known at its moment."""
    as_of = relation.as_of
    if as_of is None:
        raise ValueError("A match as of a moment needs one.")
    asked, known = _moments(left.frame[as_of.left], right.frame[as_of.right])
    offset, tolerance = _lengths(as_of, numbers=asked.dtype.is_numeric())
    names = [name for name in keys[0].columns if name != _LEFT]
    mine = keys[0].with_columns((asked + offset).alias(_MOMENT)).drop_nulls([*names, _MOMENT]).sort(_MOMENT, _LEFT)
    theirs = keys[1].with_columns(known.alias(_MOMENT)).drop_nulls([*names, _MOMENT]).sort(_MOMENT, _RIGHT)
    theirs = _single_moments(theirs, names, right.frame, relation)
    theirs = theirs.with_columns(pl.col(_MOMENT).alias("_clew_known"))
    found = mine.join_asof(theirs, on=_MOMENT, by=names or None, strategy="backward", check_sortedness=False)
    if tolerance is not None:
        found = found.filter(pl.col(_MOMENT) - pl.col("_clew_known") <= tolerance)
    return keys[0].join(found.select(_LEFT, _RIGHT), on=_LEFT, how="left", maintain_order="left")[_RIGHT]


def _moments(asked: pl.Series, known: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Bring both time columns to one type."""
    both = []
    for values in (asked, known):
        if values.dtype.is_numeric():
            both.append(values.cast(pl.Float64))
        elif values.dtype in (pl.Date, pl.Datetime):
            moments = values.cast(pl.Datetime("us")) if values.dtype == pl.Date else values.dt.cast_time_unit("us")
            both.append(moments.dt.convert_time_zone("UTC") if getattr(values.dtype, "time_zone", None) else moments)
        else:
            raise DataError(
                f"The time column {values.name!r} holds {values.dtype}; moments or numbers are needed.",
                hint="State its `kind` and `format` in the domain.",
            )
    if both[0].dtype != both[1].dtype:
        raise DataError(
            f"The times {asked.name!r} ({asked.dtype}) and {known.name!r} ({known.dtype}) cannot be compared.",
            hint="Give both a time zone, or neither.",
        )
    return both[0], both[1]


def _lengths(as_of: AsOf, *, numbers: bool) -> tuple[Any, Any]:
    """Return offset and tolerance in the unit of the time columns."""

    def length(text: str, name: str) -> Any:
        if not numbers:
            return parse_duration(text)
        try:
            return float(text)
        except ValueError:
            if parse_duration(text) == timedelta():
                return 0.0
            raise UsageError(f"`{name}` is {text!r}, and the times are numbers.", hint='Use e.g. "-3".') from None

    tolerance = None if as_of.tolerance is None else length(as_of.tolerance, "tolerance")
    return length(as_of.offset, "offset"), tolerance


def _single_moments(rows: pl.DataFrame, names: list[str], frame: pl.DataFrame, relation: Relation) -> pl.DataFrame:
    """Keep one of equal right rows; refuse different rows with one key at one moment."""
    by = [*names, _MOMENT]
    repeated = rows.filter(pl.struct(by).is_duplicated())
    if repeated.is_empty():
        return rows
    distinct = frame[repeated[_RIGHT]].with_columns(repeated.select(by)).unique()
    counts = distinct.group_by(by).len().filter(pl.col("len") > 1).sort("len", *by, descending=True)
    if counts.is_empty():
        return rows.unique(by, keep="first", maintain_order=True)
    example = dict(zip([*relation.on.values(), getattr(relation.as_of, "right", "")], counts.row(0), strict=False))
    raise DataError(
        f"{counts.height} keys have different rows at one moment in {relation.right!r}, e.g. {example!r} "
        f"{counts['len'][0]} rows: nobody can say which was the latest.",
        hint="Correct the table, or add a column to the key.",
    )


def _new_names(left: Schema, right: Schema, relation: Relation) -> dict[str, str]:
    """Return the columns to add: name in the right table → name in the result."""
    taken = set(left.names)
    names: dict[str, str] = {}
    for name in right.names:
        if name in relation.on.values():
            continue
        new = name
        while new in taken:
            new = f"{relation.right}_{new}"
        taken.add(new)
        names[name] = new
    return names


def _as_added(column: Column, name: str) -> Column:
    role = column.role if column.role is Role.FEATURE else Role.EXCLUDE
    return replace(column, name=name, role=role, nullable=True)


def _unmatched(left: pl.DataFrame, match: pl.Series, relation: Relation) -> tuple[Finding, ...]:
    count = match.null_count()
    if not count:
        return ()
    columns = list(relation.on) + ([relation.as_of.left] if relation.as_of else [])
    example = left.filter(match.is_null()).select(columns).unique().sort(columns).row(0, named=True)
    share = count / len(match)
    detail = f"{count} of {len(match)} rows ({share:.1%}) found no row in {relation.right!r}, e.g. {example!r}."
    shown = {name: str(value) for name, value in example.items()}
    return (
        finding("DQ116", detail, table=relation.right, unmatched=count, rows=len(match), share=share, example=shown),
    )
