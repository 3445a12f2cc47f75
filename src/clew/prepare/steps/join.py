"""Rows joined with a stored table, or kept by what it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dtypes import dtype_name
from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.lineage import combine, derive
from clew.prepare.mapping import found_at
from clew.prepare.registry import register
from clew.prepare.selectors import Columns, ColumnsLike
from clew.prepare.step import State, Step, StepKind, Training
from clew.prepare.stored import (
    Source,
    check_single,
    check_size,
    check_source,
    comparable,
    is_key,
    keys_of,
    plain,
    shown,
    stored,
)
from clew.prepare.stored import take as taken
from clew.prepare.table import Table

How = Literal["inner", "left_outer", "right_outer", "full_outer", "cross", "left_semi", "left_anti"]
_POLARS: Mapping[str, str] = {
    "inner": "inner",
    "left_outer": "left",
    "right_outer": "right",
    "full_outer": "full",
    "left_semi": "semi",
    "left_anti": "anti",
}
_FILTERS = frozenset({"left_semi", "left_anti"})
_KEY = "_clew_key_{}"


@dataclass(frozen=True)
class _WithTable(Step):
    """Compares rows with a stored table by a key of one or more columns."""

    columns: ColumnsLike
    table: Source

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", Columns.of(self.columns))

    @property
    def selection(self) -> Columns:
        """The choice of columns."""
        return Columns.of(self.columns)

    def check(self) -> None:
        """Refuse an empty table."""
        check_source(self.op, self.table)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns of the key, in the order in which they are named."""
        columns = self.selection.ordered(schema)
        for column in columns:
            if column.role is Role.TARGET or not is_key(column):
                what = "the target" if column.role is Role.TARGET else column.kind.value
                raise RecipeError(
                    f"The column {column.name!r} is {what}, which cannot be a key.",
                    hint="Name columns of categories, whole numbers or days; the step cast makes days of moments.",
                )
        return columns


@register
@dataclass(frozen=True)
class FilterByTable(_WithTable):
    """Keep the training rows whose key stands in a stored table, or those whose key does not.

    Acts in fitting only, on features and target together: a row to be predicted always gets its answer.

    Parameters
    ----------
    columns : str, iterable of str, or Columns
        The columns that make the key, in the order of `key`.
    table : str or tuple of mapping
        File of the table, relative to the recipe's folder, or its rows. A key may stand in several of them.
    key : str or tuple of str, optional
        Names of the key in the table; by default the same.
    how : {"left_semi", "left_anti"}, default "left_semi"
        Keep rows that are found, or rows that are not; a missing key is not found.
    """

    key: str | tuple[str, ...] | None = None
    how: Literal["left_semi", "left_anti"] = "left_semi"

    op: ClassVar[str] = "filter_by_table"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns of the key."""
        keys_of(self.selection, schema, self.key, self.op)
        return super().inputs(schema)

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows that stay."""
        columns = self.inputs(training.schema)
        keys = keys_of(self.selection, training.schema, self.key, self.op)
        rows = comparable(taken(stored(self.table, training.folder), keys, self.op), keys, columns)
        place, _ = found_at(columns, rows.unique(maintain_order=True).rows())
        found = table.select({"place": place}).polars("place")["place"].is_not_null().to_numpy()
        kept = np.flatnonzero(found if self.how == "left_semi" else ~found)
        if len(found) and not len(kept):
            which = "is" if self.how == "left_semi" else "is not"
            raise RecipeError(
                f"The key of none of {len(found)} rows {which} in the table.",
                hint="Compare how both spell their keys; the step cast converts a column.",
            )
        return kept


@register
@dataclass(frozen=True)
class Join(_WithTable):
    """Join rows with a stored table, when fitting and later: there may be more or fewer rows afterwards.

    The table is part of the fitted recipe. Rows keep their order; those that only the table has come last. Numbers from
    the table arrive as float64. Where only columns are to be added to each row, ``lookup`` does it for one row too.

    Parameters
    ----------
    columns : str, iterable of str, or Columns
        The columns that make the key, in the order of `key`; an empty list for ``cross``.
    table : str or tuple of mapping
        File of the table, relative to the recipe's folder, or its rows.
    how : {"inner", "left_outer", "right_outer", "full_outer", "cross", "left_semi", "left_anti"}, default "inner"
        Rows that both have; all rows; all rows of the table; all of both; each row with each of the table; rows that
        the table has too, without its columns; or rows that it does not have. A missing key is never found.
    key : str or tuple of str, optional
        Names of the key in the table; by default the same. Keys keep the names that they have in the rows.
    take : tuple of str, optional
        Columns of the table to add; by default all others.
    prefix : str, default ""
        Put before the names of the added columns.
    fan_out : {"error", "allow"}, default "error"
        Whether a key may stand in several rows of the table, so that rows are multiplied.
    """

    how: How = "inner"
    key: str | tuple[str, ...] | None = None
    take: tuple[str, ...] | None = None
    prefix: str = ""
    fan_out: Literal["error", "allow"] = "error"

    op: ClassVar[str] = "join"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def check(self) -> None:
        """Refuse options that the kind of join has no use for."""
        super().check()
        if self.how == "cross" and (self.key is not None or self.selection.terms):
            raise ConfigError("join with `how: cross` has no use for a key.", hint="Write `columns: []`.")
        if self.how in _FILTERS and (self.take is not None or self.prefix):
            raise ConfigError(f"join with `how: {self.how}` adds no columns.", hint="Leave out `take` and `prefix`.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns of the key."""
        if self.how != "cross":
            keys_of(self.selection, schema, self.key, self.op)
        return super().inputs(schema)

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Read the table and check its key."""
        del table
        keys = () if self.how == "cross" else keys_of(self.selection, training.schema, self.key, self.op)
        source = stored(self.table, training.folder)
        others: Sequence[str] = ()
        if self.how not in _FILTERS:
            others = self.take if self.take is not None else [n for n in source.frame.columns if n not in keys]
        rows = taken(source, (*keys, *others), self.op)
        check_size(rows)
        # A row without a key is found by nobody; where all rows of the table are wanted, it is there all the same.
        whole = self.how in {"right_outer", "full_outer", "cross"}
        there = comparable(rows, keys, columns, keep_missing=whole) if keys else rows
        if self.how in _FILTERS:
            there = there.unique(maintain_order=True)
        elif keys and self.fan_out == "error":
            check_single(there.drop_nulls(list(keys)), keys, _FAN_OUT)
        kinds = {name: source.schema[name].kind.value for name in others}
        return {"key": list(keys), "kinds": kinds, "table": plain(there, [n for n in others if n not in keys])}

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:
        """Join the rows."""
        other, names = state["table"], [column.name for column in columns]
        kinds = state["kinds"]
        added = other.select(pl.col(name).alias(f"{self.prefix}{name}") for name in kinds)
        key = other.select(pl.col(name).alias(_KEY.format(i)) for i, name in enumerate(state["key"]))
        right = pl.concat([added, key], how="horizontal") if kinds and names else added if kinds else key

        def joined(rows: pl.LazyFrame) -> pl.LazyFrame:
            if self.how == "cross":
                return rows.join(right.lazy(), how="cross", maintain_order="left_right")
            return self._joined(rows, right, names)

        return table.through_polars(joined)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:
        """Add the columns taken."""
        made = []
        for name, kind in state["kinds"].items():
            new, dtype = f"{self.prefix}{name}", dtype_name(state["table"].schema[name])
            if new in before:
                raise RecipeError(
                    f"The new column {new!r} has the name of one that is there already.",
                    hint="Put a `prefix` before the names of the table.",
                )
            if len(columns) == 1:
                column = derive(columns[0], name=new, dtype=dtype, kind=Kind(kind), direction=Direction.LOSES)
            elif columns:
                column = combine(columns, name=new, dtype=dtype, kind=Kind(kind))
            else:
                column = Column(new, dtype, Kind(kind), direction=Direction.LOSES)
            made.append(column)
        whole = self.how in {"right_outer", "full_outer"}
        kept = (replace(column, nullable=True) for column in before) if whole else before
        return Schema((*kept, *made))

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:
        """Return the key, and what is handed on; one column at least, since a table without columns has no rows."""
        needed = super().needs(before, columns, wanted)
        return needed or frozenset(column.name for column in before.features[:1])

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - in the state
        """Return the size of the table and its first rows."""
        return {"rows": state["table"].height, "first_rows": shown(state["table"])}

    def _joined(self, rows: pl.LazyFrame, right: pl.DataFrame, names: Sequence[str]) -> pl.LazyFrame:
        """Join on helping columns, in which both sides have one type."""
        types = rows.collect_schema()
        keys = [_KEY.format(i) for i in range(len(names))]
        common = [_common(types[name], right.schema[key]) for name, key in zip(names, keys, strict=True)]
        left: pl.LazyFrame = rows.with_columns(
            _in_common(pl.col(name), dtype).alias(key) for name, key, dtype in zip(names, keys, common, strict=True)
        )
        other = right.lazy().with_columns(
            _in_common(pl.col(key), dtype) for key, dtype in zip(keys, common, strict=True)
        )
        how: Any = _POLARS[self.how]
        order: Any = "right_left" if how == "right" else "left_right" if how == "full" else "left"
        coalesce = None if how in {"semi", "anti"} else True
        found: pl.LazyFrame = left.join(other, on=keys, how=how, coalesce=coalesce, maintain_order=order)
        if how in {"right", "full"}:
            # Rows that only the table has still have their key.
            found = found.with_columns(
                pl.coalesce(pl.col(name), pl.col(key).cast(types[name])).alias(name)
                for name, key in zip(names, keys, strict=True)
            )
        return found.drop(keys)


_FAN_OUT = "Say `fan_out: allow` if rows are to be multiplied, or sum the table up by its key before."


def _common(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    if one == other or not (one.is_numeric() and other.is_numeric()):
        return one
    return pl.Int128() if one.is_integer() and other.is_integer() else pl.Float64()


def _in_common(key: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return key.cast(dtype) + 0.0 if dtype.is_float() else key.cast(dtype)
