"""Rows of any engine, as steps see them: each engine is spoken to in the language that it understands best.

Steps state their expressions as functions of a language, called F: the module ``polars`` for Polars' own frames, the
module ``narwhals.stable.v2`` for all others. Both share their words (``F.col``, ``F.when``, ``F.lit``, ``F.Float64``),
so an expression is still written once. Speaking Polars directly saves narwhals' translation of every expression on
every call, which for a wide table costs far more than the work itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.dtypes import family, is_number, is_whole, zone_of
from clew.prepare.spark import spark_block

#: The module ``polars`` or ``narwhals.stable.v2``.
Language: TypeAlias = Any
#: How a frame makes a column: an expression in the language given.
Expression: TypeAlias = Callable[[Language], Any]
#: Holds a block of columns on its way into a lazy frame.
_BLOCK = "_clew_block"


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
        return int(self.frame.select(self.language.len()).item()) if not self.is_lazy else len(self.collect())

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

    def with_block(
        self, sources: Sequence[str], made: Mapping[str, pl.DataType], function: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> Self:
        """Add columns that a function makes from others, or put them in the place of their namesakes.

        Parameters
        ----------
        sources : sequence of str
            What the function is given, as a Polars frame; at least one.
        made : mapping of str to polars data type
            What it returns, by name, in any order; further columns that it returns are left out.
        function : callable
            Makes each row from that row alone: rows may be handed to it in parts.
        """
        if isinstance(self.frame, pl.LazyFrame):
            whole = pl.struct(*(pl.col(name) for name in sources)).map_batches(
                lambda rows: function(rows.struct.unnest()).select(*made).to_struct(),
                return_dtype=pl.Struct(dict(made)),
                is_elementwise=True,
            )
            parts = (pl.col(_BLOCK).struct.field(name).alias(name) for name in made)
            lazy = self.frame.with_columns(whole.alias(_BLOCK)).with_columns(*parts)
            return type(self)(lazy.drop(_BLOCK), pl)
        if self.engine == "pyspark":
            return type(self)(nw.from_native(spark_block(self.native(), sources, made, function)), self.language)
        if self.is_lazy:
            raise RecipeError(
                f"It computes several columns at one go, which {self.engine} cannot.",
                hint="Use a frame of Polars, pandas, pyarrow or pyspark.",
            )
        block = function(self.polars(*sources)).select(*made)
        if self.language is pl:
            return type(self)(self.frame.with_columns(*block.iter_columns()), pl)
        native = as_engine(block, self.frame.implementation)
        if self.frame.implementation.is_pandas():
            native.index = nw.to_native(self.frame).index
        other = nw.from_native(native, eager_only=True)
        return type(self)(self.frame.with_columns(*(other[name] for name in made)), self.language)

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
        values = self.frame.select(F.col(column.name).alias("value")).filter(~F.col("value").is_null())
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
