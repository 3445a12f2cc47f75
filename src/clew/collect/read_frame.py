"""Tables that are in memory already: pandas, Polars, Arrow, DuckDB, and whatever narwhals knows."""

from typing import Any

import polars as pl

from clew.collect.raw import Raw, check_rows, clean_names, named
from clew.core.errors import DataError, UsageError


def read_frame(data: Any) -> tuple[Raw, str]:
    """Bring a frame to Polars.

    Parameters
    ----------
    data : frame
        pandas, Polars (lazy ones are collected), pyarrow, a narwhals frame, or anything with ``__arrow_c_stream__``.

    Returns
    -------
    Raw
        The table.
    str
        What it was.

    Raises
    ------
    UsageError
        If it is no table.
    DataError
        If a column cannot be brought over, or names break a rule.
    """
    package = type(data).__module__.partition(".")[0].lstrip("_")
    label = type(data).__name__ if package == "builtins" else f"{package} {type(data).__name__}"
    raw = named(_to_polars(data, label), f"The {label}")
    check_rows(raw)
    return raw, label


def _to_polars(data: Any, label: str) -> pl.DataFrame:
    import narwhals.stable.v2 as nw

    if isinstance(data, nw.DataFrame | nw.LazyFrame):
        return _to_polars(nw.to_native(data), label)
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.Series):
        return data.to_frame()
    if _is_pandas(data):
        return _from_pandas(data, label)
    if hasattr(data, "__arrow_c_stream__"):
        names = getattr(getattr(data, "schema", None), "names", None) or getattr(data, "columns", None)
        if isinstance(names, list) and len(set(names)) < len(names):
            # Polars would refuse with its own words; ours name the copies.
            clean_names(names, f"The {label}")
        return pl.DataFrame(data)
    try:
        frame = nw.from_native(data)
    except TypeError:
        raise UsageError(
            f"{label} is no table that Clew can read.",
            hint="Pass a path, or a pandas, Polars, Arrow or DuckDB table.",
        ) from None
    eager = frame.collect(backend="polars") if isinstance(frame, nw.LazyFrame) else frame
    collected: pl.DataFrame = eager.to_polars()
    return collected


def _is_pandas(data: Any) -> bool:
    return type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "reset_index")


def _from_pandas(data: Any, label: str) -> pl.DataFrame:
    """Bring a pandas frame over; an index with a name is data and becomes a column, one without is dropped."""
    import pandas as pd

    frame = data.to_frame() if isinstance(data, pd.Series) else data
    kept = [name for name in frame.index.names if name is not None and name not in frame.columns]
    frame = frame.reset_index(level=kept) if kept else frame
    names = ["_".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    clean_names(names, f"The {label}")
    columns = [_pandas_column(frame.iloc[:, i].reset_index(drop=True), name) for i, name in enumerate(names)]
    return pl.DataFrame(columns)


def _pandas_column(values: Any, name: str) -> pl.Series:
    import pandas as pd
    import pyarrow as pa

    dtype = values.dtype
    if isinstance(dtype, pd.SparseDtype):
        values = values.sparse.to_dense()
    if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
        values = values.astype(str).where(values.notna(), None).astype(object)
    if dtype.kind == "c":
        raise DataError(f"Column {name!r} holds complex numbers.", hint="Split it into real and imaginary parts.")
    try:
        converted: pl.Series = pl.from_pandas(values.rename(name), nan_to_null=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # Objects of different types: text keeps each of them, and inference will say so.
        kinds = {type(value).__name__ for value in values.dropna().head(1000)}
        if not kinds <= _SPELLABLE:
            shown = ", ".join(sorted(kinds - _SPELLABLE))
            raise DataError(
                f"Column {name!r} holds Python objects ({shown}), which no stage can read.",
                hint="Convert it to text, numbers, dates or lists first.",
            ) from None
        texts = [None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
        return pl.Series(name, texts, dtype=pl.String)
    return converted


_SPELLABLE = {
    *("str", "int", "float", "bool", "bool_", "Decimal", "date", "datetime", "Timestamp", "time"),
    *("int64", "int32", "float64", "float32", "int8", "int16", "uint8", "uint16", "uint32", "uint64"),
}
