"""Rows of any engine, as steps see them: each engine is spoken to in the language that it understands best.

Steps state their expressions as functions of a language, called F: the module ``polars`` for Polars' own frames, the
module ``narwhals.stable.v2`` for all others. Both share their words (``F.col``, ``F.when``, ``F.lit``, ``F.Float64``),
so an expression is still written once. Speaking Polars directly saves narwhals' translation of every expression on
every call, which for a wide table costs far more than the work itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.dtypes import family, is_number, is_whole, zone_of
from clew.prepare.spark import with_spark_blocks

#: The module ``polars`` or ``narwhals.stable.v2``.
Language: TypeAlias = Any
#: How a frame makes a column: an expression in the language given.
Expression: TypeAlias = Callable[[Language], Any]
#: Holds a block of columns on its way into a lazy frame.
_BLOCK = "_clew_block"
#: Where each column is looked at alone, this many are computed together, or more of few rows: this many cells.
_BATCH, _CELLS = 50, 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class BlockOfColumns:
    """Columns that a function makes from others.

    Parameters
    ----------
    sources : sequence of str
        What the function is given, as a Polars frame; at least one.
    made : mapping of str to polars data type
        What it returns, by name, in any order; further columns that it returns are left out.
    function : callable
        Makes the columns.
    rowwise : bool, default True
        Whether it makes each row from that row alone, so that rows may be handed to it in parts.
    """

    sources: Sequence[str]
    made: Mapping[str, pl.DataType]
    function: Callable[[pl.DataFrame], pl.DataFrame]
    rowwise: bool = True

    def lazily(self, there: Mapping[str, pl.DataType]) -> pl.Expr:
        """Return the columns as fields of one expression over a frame of these types."""
        # A column of whole numbers may hold fractions in a new table, and then so does what is made of it.
        empty = pl.DataFrame(schema={name: there[name] for name in self.sources})
        types = self.function(empty).select(*self.made).schema
        return pl.struct(*(pl.col(name) for name in self.sources)).map_batches(
            lambda rows: self.function(rows.struct.unnest()).select(*self.made).to_struct(),
            return_dtype=pl.Struct(types),
            is_elementwise=self.rowwise,
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A frame and the language it is spoken to in; never changed in place.

    Parameters
    ----------
    frame : polars or narwhals frame
        The rows, eager or lazy.
    language : module
        ``polars`` or ``narwhals.stable.v2``.
    """

    frame: Any
    language: Language

    @classmethod
    def of(cls, frame: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> Self:
        """Take a narwhals frame of any engine."""
        return cls(nw.to_native(frame), pl) if frame.implementation.is_polars() else cls(frame, nw)

    @property
    def engine(self) -> str:
        """Name of the engine, e.g. ``"polars"``, ``"pandas"``, ``"pyarrow"``, ``"duckdb"``, ``"pyspark"``."""
        return "polars" if self.language is pl else str(self.frame.implementation).rpartition(".")[2].lower()

    @property
    def is_lazy(self) -> bool:
        """Whether the rows are still to be computed."""
        return isinstance(self.frame, pl.LazyFrame | nw.LazyFrame)

    @property
    def types(self) -> Mapping[str, Any]:
        """Type of each column, in order."""
        types: Mapping[str, Any] = self.frame.collect_schema()
        return types

    def __len__(self) -> int:
        counted = self.frame.select(self.language.len())
        return int((counted.collect() if self.is_lazy else counted).item())

    def native(self) -> Any:
        """Return the engine's own frame."""
        return self.frame if self.language is pl else nw.to_native(self.frame)

    def narwhals(self) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
        """Return the frame as narwhals sees it."""
        frame: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(self.native())
        return frame

    def collect(self) -> Self:
        """Return the rows computed."""
        return type(self)(self.frame.collect(), self.language) if self.is_lazy else self

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return some rows by position, in the order given; not for lazy frames."""
        return type(self)(self.frame[rows], self.language)

    def concat(self, others: Sequence["Table"]) -> Self:
        """Return the rows of this table and of others of the same engine and columns below one another."""
        frames = [self.frame, *(other.frame for other in others)]
        return type(self)(self.language.concat(frames, how="vertical"), self.language)

    def beside(self, other: "Table") -> Self:
        """Add the columns of another eager table of as many rows, or put them in the place of their namesakes."""
        if self.language is pl:
            return type(self)(self.frame.with_columns(*other.frame.iter_columns()), pl)
        frame = other.frame
        if self.frame.implementation.is_pandas():
            native = nw.to_native(frame).copy(deep=False)
            native.index = nw.to_native(self.frame).index
            frame = nw.from_native(native, eager_only=True)
        return type(self)(self.frame.with_columns(*frame.iter_columns()), self.language)

    def keep(self, names: Sequence[str]) -> Self:
        """Return some columns, in the order given."""
        if not names and self.is_lazy and self.language is nw:
            raise RecipeError(
                f"No column is left, and {self.engine} has no tables without columns.", hint="Keep at least one."
            )
        return type(self)(self.frame.select(*names) if names else self.frame.drop(*self.types), self.language)

    def drop(self, names: Iterable[str]) -> Self:
        """Return the other columns; names that are not there are ignored."""
        return type(self)(self.frame.drop(*names, strict=False), self.language)

    def with_columns(self, made: Mapping[str, Expression]) -> Self:
        """Add columns, or put them in the place of their namesakes; all are made from the table as it is."""
        return self._do("with_columns", made) if made else self

    def with_blocks(self, blocks: Sequence["BlockOfColumns"]) -> Self:
        """Add columns that functions make from others, or put them in the place of their namesakes.

        All blocks are made from the table as it is.
        """
        if not blocks:
            return self
        if isinstance(self.frame, pl.LazyFrame):
            return self._with_lazy_blocks(self.frame, blocks)
        rowwise = all(block.rowwise for block in blocks)
        if self.engine == "pyspark" and rowwise:
            return type(self)(nw.from_native(with_spark_blocks(self.native(), blocks)), self.language)
        if self.is_lazy:
            looks = "" if rowwise else " of the rows around each row"
            raise RecipeError(
                f"It computes several columns at one go{looks}, which {self.engine} cannot.",
                hint=f"Use a frame of Polars, pandas{', pyarrow or pyspark' if rowwise else ' or pyarrow'}.",
            )
        # One by one, on a table of thousands of columns, looking the sources up would cost more than the work.
        sources = tuple(dict.fromkeys(name for block in blocks for name in block.sources))
        given = {values.name: values for values in self.polars(*sources).iter_columns()}
        columns: list[pl.Series] = []
        for block in blocks:
            made = block.function(pl.DataFrame([given[name] for name in block.sources]))
            columns += [made.get_column(name) for name in block.made]
        if self.language is pl:
            return type(self)(self.frame.with_columns(columns), pl)
        native = as_engine(pl.DataFrame(columns), self.frame.implementation)
        if self.frame.implementation.is_pandas():
            native.index = nw.to_native(self.frame).index
        other = nw.from_native(native, eager_only=True)
        return type(self)(self.frame.with_columns(*(other[values.name] for values in columns)), self.language)

    def _with_lazy_blocks(self, frame: pl.LazyFrame, blocks: Sequence["BlockOfColumns"]) -> Self:
        made, parts, there = [], [], frame.collect_schema()
        for number, block in enumerate(blocks):
            made.append(block.lazily(there).alias(f"{_BLOCK}_{number}"))
            fields = pl.col(f"{_BLOCK}_{number}").struct
            parts += [fields.field(name).alias(name) for name in block.made]
        gone = [f"{_BLOCK}_{number}" for number in range(len(blocks))]
        return type(self)(frame.with_columns(made).with_columns(parts).drop(gone), pl)

    def through_polars(self, function: Callable[[pl.LazyFrame], pl.LazyFrame]) -> Self:
        """Return what a function makes of the rows, on the same engine.

        Parameters
        ----------
        function : callable
            Takes the rows as a lazy Polars frame and returns others.

        Raises
        ------
        RecipeError
            If the rows are in a database or cluster.
        """
        if isinstance(self.frame, pl.LazyFrame):
            return type(self)(function(self.frame), pl)
        if self.is_lazy:
            raise RecipeError(
                f"It makes other rows by means that {self.engine} does not have.",
                hint="Use a frame of Polars, pandas or pyarrow.",
            )
        made = function(self.polars(*self.types).lazy()).collect()
        if self.language is pl:
            return type(self)(made, pl)
        frame: nw.DataFrame[Any] = nw.from_native(as_engine(made, self.frame.implementation), eager_only=True)
        return self.of(frame)

    def select(self, made: Mapping[str, Expression]) -> Self:
        """Return these columns only, made from the table as it is; at least one."""
        return self._do("select", made)

    def figures(self, wanted: Callable[[Language], Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
        """Compute many figures in one pass over the rows.

        Parameters
        ----------
        wanted : callable
            Takes the language; returns topic (mostly a column) → name of the figure → aggregating expression.

        Returns
        -------
        dict
            Topic → name → plain value; None where there was nothing to compute it from, NaN included.
        """
        asked = wanted(self.language)
        keys = [(topic, name) for topic, named in asked.items() for name in named]
        result: dict[str, dict[str, Any]] = {topic: {} for topic in asked}
        if not keys:
            return result
        chosen = self.frame.select(*(asked[topic][name].alias(f"f{i}") for i, (topic, name) in enumerate(keys)))
        row = (chosen.collect() if self.is_lazy else chosen).rows()[0]
        for (topic, name), value in zip(keys, row, strict=True):
            plain = nw.to_py_scalar(value)
            result[topic][name] = None if plain is None or plain != plain else plain
        return result

    def counts(self, column: Column) -> list[tuple[Any, int]]:
        """Count the values of a column, missing and infinite ones aside.

        Returns
        -------
        list of tuple
            Value and count, most frequent first, equal counts in the order of the values.
        """
        F = self.language
        # Taken out by itself: a selection from thousands of columns looks at all of them.
        one = self.frame if self.is_lazy else self.frame.get_column(column.name).to_frame()
        values = one.select(F.col(column.name).alias("value")).filter(~F.col("value").is_null())
        if is_number(column.dtype) and not is_whole(column.dtype):
            values = values.filter(F.col("value").is_finite())
        counted = values.group_by("value").agg(F.len().alias("count"))
        rows = (counted.collect() if self.is_lazy else counted).select("value", "count").rows()
        pairs = [(nw.to_py_scalar(value), int(count)) for value, count in rows]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def polars(self, *names: str) -> pl.DataFrame:
        """Return columns as a Polars frame, computed if they were lazy."""
        chosen = self.keep(names).collect().frame
        frame: pl.DataFrame = chosen if self.language is pl else chosen.to_polars()
        return frame

    def _do(self, verb: str, made: Mapping[str, Expression]) -> Self:
        named = [expression(self.language).alias(name) for name, expression in made.items()]
        if self.language is pl and any(isinstance(expression, nw.Expr) for expression in named):
            # An expression that is only known in narwhals' words: the whole step is done in them.
            named = [expression(nw).alias(name) for name, expression in made.items()]
            return type(self)(nw.to_native(getattr(self.narwhals(), verb)(*named)), pl)
        return type(self)(getattr(self.frame, verb)(*named), self.language)


def finite_values(table: Table, columns: Sequence[Column]) -> Iterator[tuple[Column, pl.Series]]:
    """Yield each column of numbers with its finite values as float64, in the order of the rows.

    Columns are computed some at a time: few calls, and never all of them in memory.
    """
    for batch in batches(table, columns):
        there = table.select({column.name: _present_of(column) for column in batch})
        values = {series.name: series for series in there.polars(*(column.name for column in batch)).iter_columns()}
        for column in batch:
            yield column, values[column.name].drop_nulls()


def batches(table: Table, columns: Sequence[Column]) -> Iterator[Sequence[Column]]:
    """Yield some columns at a time, as many as it is wise to compute together; of many lazy rows perhaps one."""
    size = max(1 if table.is_lazy else _BATCH, _CELLS // max(len(table), 1))
    yield from (columns[start : start + size] for start in range(0, len(columns), size))


def _present_of(column: Column) -> Expression:
    return lambda F: present(F, column)


def truth_of(table: Table, name: str) -> NDArray[Any]:
    """Return a column as an array, shape (rows,): numbers as they are, anything else as objects."""
    values = table.polars(name)[name]
    return values.to_numpy() if values.dtype.is_numeric() else np.array(values.to_list(), dtype=object)


def as_engine(table: pl.DataFrame, engine: nw.Implementation) -> Any:
    """Return the table as a frame of the engine; pandas gets Arrow types, which know missing values of every kind."""
    if engine.is_pandas():
        return table.to_pandas(use_pyarrow_extension_array=True)
    return table.to_arrow() if engine.is_pyarrow() else table


def present(F: Language, column: Column) -> Any:
    """Return the finite values of a column of numbers as float64, null for the others.

    Figures are learnt from these: an infinite value has no place in a mean.
    """
    values = as_float(F, column)
    return values if is_whole(column.dtype) else F.when(values.is_finite()).then(values)


def as_float(F: Language, column: Column) -> Any:
    """Return a column of numbers as float64, each rounded to the nearest."""
    value = F.col(column.name)
    # Arrow refuses to cast a whole number that float64 cannot hold exactly, but divides it.
    return value / 1 if is_whole(column.dtype) else value.cast(F.Float64)


def stored_as(F: Language, dtype: str) -> Any:
    """Return the type of a plain name (a number, text, truth value or moment) in a language."""
    return F.Datetime("us", zone_of(dtype)) if family(dtype) == "Datetime" else getattr(F, dtype)


def marked(expression: Expression) -> Expression:
    """Return 1 where an expression is true, and 0 where it is false or missing."""
    return lambda F: F.when(expression(F)).then(F.lit(1)).otherwise(F.lit(0))
