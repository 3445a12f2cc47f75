"""What a table of related rows says about each row, as it was known at the row's own moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Literal

import polars as pl
import polars.selectors as cs

from clew.collect.dataset import Dataset
from clew.collect.dtypes import dtype_name
from clew.core.duration import parse_duration
from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import is_moment
from clew.prepare.history import microseconds, microseconds_of
from clew.prepare.lineage import combine
from clew.prepare.mapping import found_at
from clew.prepare.registry import register
from clew.prepare.related import GROUP, MOMENT, OF_NUMBERS, OF_ROWS, OF_VALUES, Related
from clew.prepare.selectors import named
from clew.prepare.step import Block, ColumnStep, State, StepKind, Training
from clew.prepare.stored import KEYS, Source, check_size, check_source, comparable, keys_of, plain, shown, stored, take
from clew.prepare.table import Table

Function = Literal["count", "days_since_last", "sum", "mean", "min", "max", "std", "last", "n_unique"]
_MICROSECOND = timedelta(microseconds=1)


@register
@dataclass(frozen=True)
class AggregateRelated(ColumnStep):
    """Sum up the rows of a related table that have a row's key, as far as they were known at the row's moment.

    With `time`, only related rows count whose own moment lies strictly before it (or on it, with `inclusive`), and with
    `window` only those of late: a training row never sees what happened after it. Without `time`, all rows of the key
    count, whenever they happened.

    ``count`` and ``days_since_last`` are about rows: ``orders_count``. The others are about the values of a column:
    ``orders_amount_mean``. ``sum``, ``mean``, ``min``, ``max`` and ``std`` (with n - 1) take the finite numbers, truth
    values as 0 and 1; ``last`` is the latest known value, ``n_unique`` the number of different ones, both of any type.
    A key without related rows has a ``count``, ``sum`` and ``n_unique`` of 0, and nothing else; where the key or the
    moment is missing, everything is.

    The related rows are part of the fitted recipe, ordered by key and moment. A moment without a time zone counts as
    UTC. Numbers arrive as float64.

    Parameters
    ----------
    columns : str, iterable of str, or Columns
        The columns that make the key, in the order of `key`.
    table : str or tuple of mapping
        File of the related table, relative to the recipe's folder, or its rows.
    functions : tuple of str, default ("count",)
        What to compute.
    values : tuple of str, optional
        Columns of the table to sum up; by default all others, as far as a function can be computed.
    key : str or tuple of str, optional
        Names of the key in the table; by default the same.
    time : str, optional
        The column that holds the row's moment.
    table_time : str, optional
        Column of the table that says when a related row was known; by default called as `time`.
    window : str, optional
        Length of time before the row's moment that counts, e.g. ``"30d"``; its far end counts if the near one does not.
    inclusive : bool, default False
        Whether a related row of the very moment counts.
    offset : str, default "0"
        Added to the row's moment before, e.g. ``"-3h"`` where the answer is wanted three hours earlier.
    prefix : str, default ""
        Put before the names of the new columns.
    """

    table: Source
    functions: tuple[Function, ...] = ("count",)
    values: tuple[str, ...] | None = None
    key: str | tuple[str, ...] | None = None
    time: str | None = None
    table_time: str | None = None
    window: str | None = None
    inclusive: bool = False
    offset: str = "0"
    prefix: str = ""

    op: ClassVar[str] = "aggregate_related"
    kind: ClassVar[StepKind] = StepKind.LOOKUP
    accepts: ClassVar[frozenset[Kind]] = KEYS

    def check(self) -> None:
        """Refuse options that need a moment where there is none, and lengths of time that make no sense."""
        check_source(self.op, self.table)
        if not self.functions or len(set(self.functions)) < len(self.functions):
            raise ConfigError(
                f"aggregate_related has functions {list(self.functions)!r}; different ones are needed.",
                hint="Write e.g. `functions: [count, mean]`.",
            )
        timed = [name for name in ("table_time", "window") if getattr(self, name) is not None]
        timed += [name for name in ("last", "days_since_last") if name in self.functions]
        timed += ["inclusive"] if self.inclusive else []
        timed += ["offset"] if parse_duration(self.offset) else []
        if self.time is None and timed:
            raise ConfigError(
                f"aggregate_related has `{timed[0]}`, and no `time` that it could refer to.",
                hint="Name the column that holds the row's moment: `time: asked_at`.",
            )
        if self.window is not None and parse_duration(self.window) <= timedelta():
            raise ConfigError(f"aggregate_related has window {self.window!r}; a length above 0 is needed.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns of the key, in the order in which they are named, and the one of the moment."""
        super().inputs(schema)
        keys_of(self.selection, schema, self.key, self.op)
        columns = self.selection.ordered(schema)
        if self.time is None:
            return columns
        time = named(schema, [self.time], ", which `time` names")[0]
        if not is_moment(time.dtype):
            raise RecipeError(
                f"The column {time.name!r} holds {time.dtype}, and `time` needs moments.",
                hint="Read it as moments first, or declare `kind: datetime` in the domain.",
            )
        return (*columns, time)

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Read the table and put it in order."""
        del table
        keys = keys_of(self.selection, training.schema, self.key, self.op)
        source = stored(self.table, training.folder)
        moment = self.table_time or self.time
        plain_ones = source.frame.select(cs.numeric() | cs.string() | cs.boolean() | cs.date() | cs.datetime()).columns
        others = [name for name in plain_ones if name not in keys and name != moment]
        asked = self._asked(source, others if self.values is None else self.values)
        wanted = dict.fromkeys((*keys, *([moment] if moment else []), *asked))
        rows = take(source, wanted, self.op)
        check_size(rows)
        there = comparable(rows, keys, columns[: len(keys)])
        there = there if moment is None else self._timed(there, moment)
        known = there.select(keys).unique(maintain_order=True).with_row_index(GROUP)
        grouped = there.join(known, on=list(keys), how="left", maintain_order="left")
        stamp = pl.lit(0, pl.Int64) if moment is None else microseconds(grouped[moment])
        kept = grouped.select(pl.col(GROUP).cast(pl.Int64), stamp.alias(MOMENT), *asked)
        return {
            "key": list(keys),
            "kinds": {name: source.schema[name].kind.value for name in asked},
            "functions": {name: list(functions) for name, functions in asked.items()},
            "left_out": rows.height - there.height,
            "keys": known.drop(GROUP),
            "rows": plain(kept.sort(GROUP, MOMENT, maintain_order=True), list(asked)),
        }

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make all columns at one go."""
        keys = columns[: len(state["key"])]
        functions = {name: tuple(asked) for name, asked in state["functions"].items()}
        of_rows = tuple(name for name in self.functions if name in OF_ROWS)
        window = None if self.window is None else parse_duration(self.window) // _MICROSECOND
        related = Related.of(
            state["rows"], state["keys"].height, functions, of_rows, window=window, inclusive=self.inclusive
        )
        place, find = found_at(keys, state["keys"].rows())
        made = tuple(self._made(columns, state, of_rows))
        names = tuple(column.name for column in columns)
        nothing, missing = related.nothing(), (None,) * len(made)
        offset, timed = parse_duration(self.offset) // _MICROSECOND, self.time is not None

        def whole(frame: pl.DataFrame) -> pl.DataFrame:
            groups = frame.select(place(pl)).to_series()
            moments = (
                microseconds(frame[str(self.time)]) + offset if timed else pl.Series([1]).new_from_index(0, len(frame))
            )
            found = related.many(groups.fill_null(0).cast(pl.Int64).to_numpy(), moments.fill_null(0).to_numpy())
            there = groups.is_not_null()
            gap = frame.select(pl.any_horizontal(pl.col(names).is_null())).to_series()
            return pl.DataFrame(
                _answered(series, column.name, there, gap, zero)
                for series, column, zero in zip(found, made, nothing, strict=True)
            )

        def row(*values: Any) -> tuple[Any, ...]:
            if None in values:
                return missing
            group = find(*values[: len(keys)])
            if group is None:
                return tuple(nothing)
            return tuple(related.one(group, microseconds_of(values[-1]) + offset if timed else 1))

        yield Block(made, names, whole, row)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - in the state
        """Return how many related rows and keys there are, and how many rows had no key or no moment."""
        rows = state["rows"]
        return {
            "rows": rows.height,
            "keys": state["keys"].height,
            "left_out": state["left_out"],
            "functions": state["functions"],
            "first_keys": shown(state["keys"]),
        }

    def _asked(self, source: Dataset, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return which functions are computed of which column."""
        asked = {}
        for name in names:
            dtype = source.frame.schema.get(name)
            numbers = dtype is None or dtype.is_numeric() or dtype == pl.Boolean
            possible = (*(OF_NUMBERS if numbers else ()), *OF_VALUES)
            asked[name] = tuple(function for function in self.functions if function in possible)
            if not asked[name] and self.values is not None:
                raise RecipeError(
                    f"None of {', '.join(self.functions)} can be computed of the column {name!r}, which holds {dtype}.",
                    hint="Leave it out of `values`, or ask for last or n_unique.",
                )
        return {name: functions for name, functions in asked.items() if functions}

    def _timed(self, rows: pl.DataFrame, moment: str) -> pl.DataFrame:
        if not is_moment(dtype_name(rows.schema[moment])):
            raise RecipeError(
                f"The column {moment!r} of the table holds {rows.schema[moment]}, and moments are needed.",
                hint="Name another one in `table_time`, or spell its moments as 2024-01-31 12:30:00.",
            )
        return rows.drop_nulls(moment)

    def _made(self, columns: Sequence[Column], state: State, of_rows: Sequence[str]) -> Iterable[Column]:
        for name in of_rows:
            yield combine(columns, name=f"{self.prefix}{name}", dtype="Float64", kind=Kind.NUMERIC)
        for value, functions in state["functions"].items():
            for function in functions:
                dtype, kind = "Float64", Kind.NUMERIC
                if function == "last":
                    dtype, kind = dtype_name(state["rows"].schema[value]), Kind(state["kinds"][value])
                yield combine(columns, name=f"{self.prefix}{value}_{function}", dtype=dtype, kind=kind)


def _answered(series: pl.Series, name: str, there: pl.Series, gap: pl.Series, zero: float | None) -> pl.Series:
    """Return an answer where there is one, that of no related row where the key has none, and nothing in a gap."""
    series = series.fill_nan(None) if series.dtype.is_float() else series
    nothing = pl.Series([zero], dtype=series.dtype).new_from_index(0, len(series))
    return series.zip_with(there, nothing).set(gap, None).alias(name)
