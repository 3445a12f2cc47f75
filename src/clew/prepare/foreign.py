"""Tables that come back from code of other people's or from a database, in the form that steps rely on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from clew.collect.dtypes import dtype_of
from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.values import said

#: What options that are handed on may hold.
Plain = bool | int | float | str | None | list[Any] | dict[str, Any]


@contextmanager
def told(name: str, hint: str) -> Iterator[None]:
    """Tell whatever goes wrong in code of other people's as an error of the step."""
    try:
        yield
    except (Exception, SystemExit) as error:
        message = f": {line}" if (line := said(error)) else ""
        raise RecipeError(f"{name} failed with {type(error).__name__}{message}.", hint=hint) from error


def settled(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table as steps know it: categories as texts, decimals as floats, NaN as null."""
    casts: dict[str, Any] = {}
    for name, dtype in frame.schema.items():
        if dtype in (pl.Categorical, pl.Enum, pl.Null):
            casts[name] = pl.String
        elif dtype in (pl.Int128, pl.UInt128, pl.Float16) or isinstance(dtype, pl.Decimal):
            casts[name] = pl.Float64
    return frame.cast(casts).fill_nan(None)  # type: ignore[arg-type]


def returned(result: Any, by: str) -> pl.DataFrame:
    """Return what a function gave back as a Polars frame.

    Parameters
    ----------
    result : frame of Polars or pandas
        What came.
    by : str
        Who gave it, for the message.

    Raises
    ------
    RecipeError
        If it is no table, or holds columns that no table of Polars can.
    """
    if isinstance(result, pl.LazyFrame):
        result = result.collect()
    if isinstance(result, pl.DataFrame):
        return settled(result)
    if not type(result).__module__.startswith("pandas") or type(result).__name__ != "DataFrame":
        raise RecipeError(
            f"{by} gave a {type(result).__name__}, and a table is needed.", hint="Return a frame of Polars or pandas."
        )
    try:
        return settled(pl.from_pandas(result, nan_to_null=True))
    except (TypeError, ValueError, pl.exceptions.PolarsError, OSError) as error:
        raise RecipeError(
            f"{by} gave a table that cannot be read: {error}.", hint="Give every column values of one type."
        ) from error


def on_one_row(
    columns: Sequence[Column], frame: Callable[[pl.DataFrame], pl.DataFrame]
) -> Callable[..., tuple[Any, ...]]:
    """Return the function of one row that hands it to a function of tables.

    Parameters
    ----------
    columns : sequence of Column
        What it takes, one value each; a value of another type than its column's (a fraction in a column of whole
        numbers) keeps its own.
    frame : callable
        Makes the new columns of a table.
    """
    types = {column.name: dtype_of(column.dtype) for column in columns}

    def one(*values: Any) -> tuple[Any, ...]:
        row = []
        for (name, stated), value in zip(types.items(), values, strict=True):
            own = isinstance(value, float) and stated is not None and stated.is_integer()
            row.append(pl.Series(name, [value], dtype=pl.Float64 if own else stated))
        return frame(pl.DataFrame(row)).row(0)

    return one
