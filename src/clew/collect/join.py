"""Two tables become one: each row of the left table finds at most one row of the right one.

The rows of the left table, their order and their number stay what they are; a join that would multiply them is refused.
A table that changes over time is joined as of a moment: of the right rows with the key, the latest that was known then.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from clew.collect.codes import finding
from clew.collect.dataset import Dataset
from clew.core.duration import parse_duration
from clew.core.errors import ConfigError, DataError, UsageError, did_you_mean
from clew.core.finding import Finding
from clew.core.schema import Column, Role, Schema
from clew.define.domain import Relation

#: Columns that number the rows of both sides.
LEFT, RIGHT, _MOMENT = "_clew_left", "_clew_right", "_clew_moment"


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
        the right table's name in front: ``planes_year``. Where nothing matches, they are missing, and the share of such
        rows is a finding (DQ116). A row keeps its own identifier, time and group; the right table's become features.
        The right table's target, weight and excluded columns are excluded, and so is the time of an as-of relation: it
        is there to show as of when a row was matched.

    Raises
    ------
    ConfigError
        If a column of the relation is not there, or it names no key.
    DataError
        If keys or times cannot be compared, or more than one right row matches.
    UsageError
        If the relation is one to many, or an offset or tolerance is no length of time.
    """
    check_columns(left, right, relation)
    keys = keys_of(left, right, relation)
    match = _match_as_of(left, right, relation, keys) if relation.as_of else _match(relation, keys)
    names = _new_names(left.schema, right.schema, relation)
    added = pl.DataFrame([right.frame[old].gather(match).alias(new) for old, new in names.items()])
    known = relation.as_of.right if relation.as_of else None
    columns = [_as_added(right.schema[old], new, shown_only=old == known) for old, new in names.items()]
    schema = Schema((*left.schema.columns, *columns))
    findings = (*left.findings, *_unmatched(left.frame, match, relation))
    return Dataset.of(left.frame.hstack(added), schema, left.source, findings)


def check_columns(left: Dataset, right: Dataset, relation: Relation) -> None:
    """Raise `UsageError` or `ConfigError` if tables cannot be joined by a relation at all."""
    as_of = relation.as_of
    if relation.kind == "one_to_many" and as_of is None:
        raise UsageError(
            f"Joining {relation.right!r} one to many would multiply the rows of {relation.left!r}.",
            hint="Aggregate it to one row per key first, or state `as_of` to take the latest row.",
        )
    if not relation.on and as_of is None:
        raise ConfigError(f"The relation of {relation.left!r} and {relation.right!r} names no key.", hint="State `on`.")
    wanted = [(relation.left, left, name) for name in relation.on]
    wanted += [(relation.right, right, name) for name in relation.on.values()]
    if as_of:
        wanted += [(relation.left, left, as_of.left), (relation.right, right, as_of.right)]
    for table, dataset, name in wanted:
        if name not in dataset.schema:
            raise ConfigError(
                f"The relation of {relation.left!r} and {relation.right!r} names the column {name!r}, "
                f"which {table!r} does not have.",
                hint=did_you_mean(name, dataset.schema.names),
            )


def keys_of(left: Dataset, right: Dataset, relation: Relation) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the key columns of both sides under one name and in one type, with the number of the row."""
    mine, theirs = [], []
    for position, (a, b) in enumerate(relation.on.items()):
        one, other = _comparable(left.frame[a], right.frame[b])
        mine.append(one.alias(str(position)))
        theirs.append(other.alias(str(position)))
    first = pl.int_range(len(left), eager=True, dtype=pl.UInt32).alias(LEFT)
    second = pl.int_range(len(right), eager=True, dtype=pl.UInt32).alias(RIGHT)
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
    names = [name for name in left.columns if name != LEFT]
    _check_single(right, names, relation, relation.right)
    if relation.kind == "one_to_one":
        _check_single(left, names, relation, relation.left)
    return left.join(right, on=names, how="left", maintain_order="left")[RIGHT]


def _check_single(keys: pl.DataFrame, names: list[str], relation: Relation, table: str) -> None:
    """Refuse keys that occur more than once."""
    counts = repeated_keys(keys.drop_nulls(names), names)
    if counts.is_empty():
        return
    columns = relation.on.values() if table == relation.right else relation.on
    raise DataError(
        f"{counts.height} keys of {table!r} occur more than once (e.g. {_spelt(columns, counts.row(0))}, "
        f"{counts['len'][0]} times), so joining {relation.right!r} would multiply rows.",
        hint="Use the whole key, drop repeated rows, or state `as_of` if the table changes over time.",
    )


def repeated_keys(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return what occurs more than once with its count, the most frequent first."""
    counts = rows.group_by(by).len().filter(pl.col("len") > 1)
    return counts.sort("len", *by, descending=[True, *(False for _ in by)])


def _spelt(columns: Iterable[str], values: Iterable[object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in zip(columns, values, strict=False))


def _match_as_of(
    left: Dataset, right: Dataset, relation: Relation, keys: tuple[pl.DataFrame, pl.DataFrame]
) -> pl.Series:
    """Return for each left row the number of the latest right row that was known at its moment."""
    as_of = relation.as_of
    if as_of is None:
        raise ValueError("A match as of a moment needs one.")
    asked = _moment(left.frame[as_of.left], relation.left) + parse_duration(as_of.offset)
    known = _moment(right.frame[as_of.right], relation.right)
    names = [name for name in keys[0].columns if name != LEFT]
    mine = keys[0].with_columns(asked.alias(_MOMENT)).drop_nulls([*names, _MOMENT]).sort(_MOMENT, LEFT)
    theirs = keys[1].with_columns(known.alias(_MOMENT)).drop_nulls([*names, _MOMENT]).sort(_MOMENT, RIGHT)
    theirs = _single_moments(theirs, names, right.frame, relation)
    theirs = theirs.with_columns(pl.col(_MOMENT).alias("_clew_known"))
    found = mine.join_asof(theirs, on=_MOMENT, by=names or None, strategy="backward", check_sortedness=False)
    if as_of.tolerance is not None:
        found = found.filter(pl.col(_MOMENT) - pl.col("_clew_known") <= parse_duration(as_of.tolerance))
    return keys[0].join(found.select(LEFT, RIGHT), on=LEFT, how="left", maintain_order="left")[RIGHT]


def _moment(values: pl.Series, table: str) -> pl.Series:
    """Return a time column in UTC microseconds, so that zones do not matter; one without a zone counts as UTC."""
    if values.dtype == pl.Date or values.null_count() == len(values):
        return values.cast(pl.Datetime("us"))
    if not isinstance(values.dtype, pl.Datetime):
        raise DataError(
            f"The time column {values.name!r} of {table!r} is {values.dtype}; an as-of join needs dates or date-times.",
            hint="State `kind: datetime` for it in the domain.",
        )
    moments = values.dt.cast_time_unit("us")
    return moments.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if values.dtype.time_zone else moments


def _single_moments(rows: pl.DataFrame, names: list[str], frame: pl.DataFrame, relation: Relation) -> pl.DataFrame:
    """Keep one of equal right rows; refuse different rows with one key at one moment."""
    by = [*names, _MOMENT]
    repeated = rows.filter(pl.struct(by).is_duplicated())
    if repeated.is_empty():
        return rows
    whole = frame.rename({name: f"_clew_{i}" for i, name in enumerate(frame.columns)})
    distinct = whole[repeated[RIGHT]].hstack(repeated.select(by)).unique()
    counts = repeated_keys(distinct, by)
    if counts.is_empty():
        return rows.unique(by, keep="first", maintain_order=True)
    columns = [*relation.on.values(), relation.as_of.right if relation.as_of else ""]
    raise DataError(
        f"{counts.height} keys of {relation.right!r} have different rows at one moment "
        f"(e.g. {_spelt(columns, counts.row(0))}, {counts['len'][0]} rows), so none of them is the latest.",
        hint="Correct the table, or add a column to the key.",
    )


def _new_names(left: Schema, right: Schema, relation: Relation) -> dict[str, str]:
    """Return the columns to add: name in the right table → name in the result."""
    gone = set(relation.on.values())
    taken = set(left.names)
    names: dict[str, str] = {}
    for name in right.names:
        if name in gone:
            continue
        new = name
        while new in taken:
            new = f"{relation.right}_{new}"
        taken.add(new)
        names[name] = new
    return names


def _as_added(column: Column, name: str, *, shown_only: bool) -> Column:
    kept = column.role in {Role.FEATURE, Role.ID, Role.TIME, Role.GROUP} and not shown_only
    return replace(column, name=name, role=Role.FEATURE if kept else Role.EXCLUDE, nullable=True)


def _unmatched(left: pl.DataFrame, match: pl.Series, relation: Relation) -> tuple[Finding, ...]:
    count = match.null_count()
    if not count:
        return ()
    columns = list(dict.fromkeys([*relation.on, *([relation.as_of.left] if relation.as_of else [])]))
    rows = left.filter(match.is_null())[columns].rename(dict(zip(columns, map(str, range(len(columns))), strict=True)))
    example = dict(zip(columns, rows.unique().sort(rows.columns).row(0), strict=True))
    share = count / len(match)
    detail = f"{count} of {len(match)} rows ({share:.1%}) found no row in {relation.right!r}, e.g. {example!r}."
    shown = {name: str(value) for name, value in example.items()}
    return (
        finding("DQ116", detail, table=relation.right, unmatched=count, rows=len(match), share=share, example=shown),
    )
