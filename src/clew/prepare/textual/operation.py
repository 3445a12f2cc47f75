"""What is done to one text, and how a row and a column do it alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.dtypes import stored_type
from clew.prepare.step import Block, Function, Made
from clew.prepare.table import Language


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """What is done to one text.

    Parameters
    ----------
    function : callable
        Takes a text that is not missing; returns the result, None for a missing one.
    expression : callable, optional
        Takes the language and the column as an expression; says the same on every engine. A column is made by Polars'
        own words, or text by text, if there is none.
    polars : callable, optional
        Takes the column as an expression of Polars; says the same there.
    ascii_only : bool, default False
        Whether `polars` says the same only for texts of ASCII. Languages change with each edition of Unicode, and
        Python and Polars do not change on the same day: other texts are then given to `function`.
    """

    function: Callable[[str], Any]
    expression: Callable[[Language, Any], Any] | None = None
    polars: Callable[[pl.Expr], pl.Expr] | None = None
    ascii_only: bool = False

    def made(self, source: Column, column: Column) -> Made | Block:
        """Return the column that it makes of another one."""
        function = _unless_missing(self.function)
        if self.expression is not None:
            say = self.expression
            return Made(column, (source.name,), lambda F: say(F, F.col(source.name)), function)
        return Block(
            (column,),
            (source.name,),
            lambda frame: self.on_column(frame[source.name], stored_type(column.dtype)).to_frame(column.name),
            lambda value: (function(value),),
        )

    def on_column(self, texts: pl.Series, dtype: pl.DataType) -> pl.Series:
        """Do it to a column of Polars."""
        if self.polars is None:
            return self._one_by_one(texts, dtype)
        quick = texts.to_frame("text").select(self.polars(pl.col("text")).cast(dtype)).to_series()
        if not self.ascii_only:
            return quick
        plain = (texts.str.len_bytes() == texts.str.len_chars()).fill_null(value=True)
        if plain.all():
            return quick
        others = self._one_by_one(texts.filter(~plain), dtype)
        places = (~plain).cum_sum().cast(pl.Int64) - 1
        found = others.gather(pl.select(pl.when(~plain).then(places)).to_series())
        return pl.select(pl.when(plain).then(quick).otherwise(found)).to_series()

    def _one_by_one(self, texts: pl.Series, dtype: pl.DataType) -> pl.Series:
        function = self.function
        return pl.Series([None if text is None else function(text) for text in texts.to_list()], dtype=dtype)


def texts_only(op: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns, all of them stored as texts.

    Raises
    ------
    RecipeError
        If one of them is not.
    """
    for column in columns:
        if column.dtype != "String":
            raise RecipeError(
                f"The column {column.name!r} holds {column.dtype}, and {op} works on texts.",
                hint="Leave it out of `columns`, or make it a text with `- {op: cast, columns: …, to: text}` first.",
            )
    return tuple(columns)


def _unless_missing(function: Callable[[str], Any]) -> Function:
    return lambda value: None if value is None else function(value)
