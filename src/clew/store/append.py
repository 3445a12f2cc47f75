"""Rows that are added to a table must be of its form, and stay what they are."""

from collections.abc import Mapping

import polars as pl

from clew.core.errors import DataError


def fitting(frame: pl.DataFrame, types: Mapping[str, pl.DataType], name: str) -> pl.DataFrame:
    """Bring rows into the columns and types of the table that they are appended to.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    types : mapping
        The table's columns and their types, in order.
    name : str
        Name of the table, for the message.

    Raises
    ------
    DataError
        If columns are missing or too many, or a value would not stay what it is.
    """
    missing = [column for column in types if column not in frame.columns]
    extra = [column for column in frame.columns if column not in types]
    if missing or extra:
        parts = [f"lack {', '.join(map(repr, missing))}"] if missing else []
        parts += [f"have {', '.join(map(repr, extra))} besides"] if extra else []
        raise DataError(
            f"The rows to append to {name!r} {' and '.join(parts)}.",
            hint="Append rows with the same columns, or overwrite the table.",
        )
    return pl.DataFrame([_same_values(frame[column], dtype, name) for column, dtype in types.items()])


def _same_values(values: pl.Series, dtype: pl.DataType, name: str) -> pl.Series:
    """Cast a column if every value stays what it is."""
    if values.dtype == dtype or values.null_count() == len(values):
        return values.cast(dtype)
    alike = (values.dtype.is_numeric() and dtype.is_numeric()) or (
        values.dtype.is_temporal() and dtype.is_temporal() and values.dtype != pl.Time and dtype != pl.Time
    )
    if alike or (
        values.dtype in (pl.Categorical, pl.Enum, pl.String) and dtype in (pl.Categorical, pl.Enum, pl.String)
    ):
        try:
            cast = values.cast(dtype)
            if cast.cast(values.dtype).equals(values, null_equal=True):
                return cast
        except pl.exceptions.PolarsError:
            pass  # Told below, like a cast that loses digits.
    raise DataError(
        f"Column {values.name!r} is {values.dtype} in the rows to append, and {dtype} in the table {name!r}.",
        hint="Conform the rows to the table's schema first, or overwrite the table.",
    )
