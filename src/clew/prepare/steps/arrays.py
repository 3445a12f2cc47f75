"""Columns of arrays: one row per value, or one length for all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import is_number, kind_of, list_of
from clew.prepare.lineage import combine, derive
from clew.prepare.lists import inner_type, lists_of, missing_if_nan
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, State, StepKind, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Table

#: More columns are not made of one array.
MAX_COLUMNS = 10_000


class OfArrays(ColumnStep):
    """A step that works on arrays."""

    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NESTED})
    advice: ClassVar[str] = "Choose columns of arrays; parse_array reads those that are written as text."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of which hold arrays."""
        columns = super().inputs(schema)
        for column in columns:
            inner_type(column)
        return columns


#: Columns, and lengths, that an error shows.
_SHOWN = 5


@register
@dataclass(frozen=True)
class Explode(OfArrays):
    """Make one row per value of an array; the other columns are repeated, and several arrays go side by side.

    Rows stay in their order. For arrays within arrays, repeat the step.

    Parameters
    ----------
    keep_empty : bool, default True
        Whether an empty or missing array leaves one row without a value; else it leaves none.
    position : str, optional
        Name of a column for the place of each value in its array, from 0.
    """

    keep_empty: bool = True
    position: str | None = None

    op: ClassVar[str] = "explode"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, at least one."""
        columns = super().inputs(schema)
        if not columns:
            raise RecipeError("explode has no array to take apart.", hint="Name one in `columns`.")
        if self.position is not None and self.position in schema:
            raise RecipeError(f"There is a column {self.position!r} already.", hint="Choose another `position`.")
        return columns

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Return one row per value."""
        names = [column.name for column in columns]
        first = pl.col(names[0])

        def explode(rows: pl.LazyFrame) -> pl.LazyFrame:
            lists = rows.with_columns(pl.col(name).map_batches(_plain_lists) for name in names)
            if len(names) > 1:
                _check_lengths(lists.select(names).collect(), names)
            if self.position is not None:
                place = pl.int_ranges(first.list.len().cast(pl.Int64)).alias(self.position)
                lists = lists.with_columns(place)
            apart = [*names, *([self.position] if self.position is not None else [])]
            return lists.explode(*apart, empty_as_null=self.keep_empty, keep_nulls=self.keep_empty)

        return table.through_polars(explode)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the columns with values in the place of arrays."""
        made = []
        for column in columns:
            inner = inner_type(column)
            made.append(derive(column, dtype=inner, kind=kind_of(inner), direction=Direction.LOSES))
        if self.position is not None:
            made.append(combine(columns, name=self.position, dtype="Int64", kind=Kind.NUMERIC))
        return before.with_columns(*made)


def _plain_lists(values: pl.Series) -> pl.Series:
    return lists_of(values, numbers=False)


def _check_lengths(lists: pl.DataFrame, names: Sequence[str]) -> None:
    lengths = lists.select(pl.col(name).list.len().fill_null(0) for name in names)
    bad = lengths.select(pl.min_horizontal(pl.all()) != pl.max_horizontal(pl.all())).to_series().arg_true()
    if len(bad):
        different = {row: list(dict.fromkeys(lengths.row(row)))[:_SHOWN] for row in bad.head(3).to_list()}
        shown = ", ".join(f"row {row} ({' and '.join(map(str, found))})" for row, found in different.items())
        named = ", ".join(map(repr, names[:_SHOWN])) + (" …" if len(names) > _SHOWN else "")
        raise RecipeError(
            f"The arrays of {named} are of different lengths in {len(bad)} rows: {shown}.",
            hint="Take them apart one after the other, or bring them to one length with standardize_length.",
        )


@register
@dataclass(frozen=True)
class StandardizeLength(OfArrays):
    """Bring arrays to one length: shorter ones are filled up with missing values, longer ones are cut.

    Parameters
    ----------
    cutoff_quantile : float, default 1.0
        The length is this quantile of the lengths in the training rows, rounded up; 1 is the longest.
    flatten : bool, default False
        Whether each place becomes a column of its own, ``load_0``, ``load_1`` …, numbers as float64.
    """

    cutoff_quantile: float = 1.0
    flatten: bool = False

    op: ClassVar[str] = "standardize_length"

    def check(self) -> None:
        """Refuse a quantile that is none."""
        if not 0.0 <= self.cutoff_quantile <= 1.0:
            raise ConfigError(
                f"standardize_length has cutoff_quantile {self.cutoff_quantile}; a quantile lies between 0 and 1.",
                hint="Write e.g. `cutoff_quantile: 0.9`.",
            )

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the lengths."""
        state = {}
        for column in columns:
            lengths = lists_of(table.polars(column.name)[column.name], numbers=False).list.len().drop_nulls()
            longest = int(lengths.to_numpy().max(initial=0))
            cut = int(np.quantile(lengths.to_numpy(), self.cutoff_quantile, method="higher")) if len(lengths) else 0
            if self.flatten and cut > MAX_COLUMNS:
                raise RecipeError(
                    f"The arrays of {column.name!r} would become {cut} columns; {MAX_COLUMNS} are the most.",
                    hint="Use a smaller `cutoff_quantile`, or extract_features.",
                )
            state[column.name] = {"length": cut, "longest": longest}
        return state

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the arrays of one length, or a column per place."""
        for column in columns:
            length, inner = state[column.name]["length"], inner_type(column)
            if not self.flatten:
                made = derive(column, dtype=list_of(inner), kind=Kind.NESTED, direction=Direction.LOSES)
                yield Block((made,), (column.name,), _padding(column.name, length), _padded(length))
                continue
            number = is_number(inner)
            dtype = "Float64" if number else inner
            places = tuple(
                derive(column, name=f"{column.name}_{i}", dtype=dtype, kind=kind_of(dtype), direction=Direction.LOSES)
                for i in range(length)
            )
            if places:
                frame = _spreading(column.name, [place.name for place in places], numbers=number)
                yield Block(places, (column.name,), frame, _spread(length, numbers=number))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the arrays that became columns, unless they are more than features."""
        return dropped(columns, keep=not self.flatten)


def _padding(name: str, length: int) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def pad(rows: pl.DataFrame) -> pl.DataFrame:
        lists = lists_of(rows[name], numbers=False)
        places = pl.lit(pl.Series([list(range(length))], dtype=pl.List(pl.Int64)))
        return lists.to_frame(name).select(pl.col(name).list.gather(places, null_on_oob=True))

    return pad


def _padded(length: int) -> Callable[..., tuple[Any, ...]]:
    def pad(values: Sequence[Any] | None) -> tuple[Any, ...]:
        if values is None:
            return (None,)
        cut = [missing_if_nan(value) for value in values[:length]]
        return ([*cut, *[None] * (length - len(cut))],)

    return pad


def _spreading(name: str, names: Sequence[str], *, numbers: bool) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def spread(rows: pl.DataFrame) -> pl.DataFrame:
        lists = lists_of(rows[name], numbers=numbers).to_frame("lists")
        places = (pl.col("lists").list.get(i, null_on_oob=True).alias(place) for i, place in enumerate(names))
        return lists.select(places)

    return spread


def _spread(length: int, *, numbers: bool) -> Callable[..., tuple[Any, ...]]:
    def spread(values: Sequence[Any] | None) -> tuple[Any, ...]:
        there = [missing_if_nan(value) for value in (values or ())[:length]]
        if numbers:
            there = [None if value is None else float(value) for value in there]
        return (*there, *[None] * (length - len(there)))

    return spread
