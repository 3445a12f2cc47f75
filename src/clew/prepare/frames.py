"""Whatever table the caller has, brought to the types of a schema; and back to the caller's engine."""

from pathlib import Path
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw

from clew.collect.address import Address
from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.collect.read_frame import read_frame
from clew.collect.source import read
from clew.core.errors import DataError, SchemaError
from clew.core.schema import Schema
from clew.prepare.dtypes import WHOLE, dtype_name, is_whole, zone_of
from clew.prepare.table import as_engine

Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]


def conformed(frame: Frame, schema: Schema) -> Frame:
    """Return the frame with the types of the schema; one that has them already is returned as it is.

    Parameters
    ----------
    frame : narwhals frame
        Rows of any engine.
    schema : Schema
        What they should be; columns that the frame lacks are not asked for here.

    Raises
    ------
    SchemaError
        If a cell cannot be read as what the schema declares; of an engine other than Polars, pandas and pyarrow, if a
        column is of another type and does not fit into the declared one.
    """
    types = frame.collect_schema()
    if frame.implementation.is_pandas() and isinstance(frame, nw.DataFrame):
        frame = _with_arrow_types(frame, [name for name in schema.names if name in types])
        types = frame.collect_schema()
    other = [c for c in schema if c.name in types and not _is_as_declared(dtype_name(types[c.name]), c.dtype)]
    if not other:
        return frame
    lazy = isinstance(frame, nw.LazyFrame)
    if lazy and not frame.implementation.is_polars():
        return _widened(frame, {column.name: dtype_name(types[column.name]) for column in other}, schema)
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    names = [column.name for column in other]
    table = conform(eager.select(*names).to_polars(), Schema(tuple(other)))
    native = as_engine(table, eager.implementation)
    if eager.implementation.is_pandas():
        native.index = nw.to_native(eager).index
    changed: nw.DataFrame[Any] = nw.from_native(native, eager_only=True)
    eager = eager.with_columns(*(changed[name] for name in names))
    return eager.lazy() if lazy else eager


def _with_arrow_types(frame: nw.DataFrame[Any], names: list[str]) -> nw.DataFrame[Any]:
    """Return columns of a pandas frame with Arrow types, which know missing values of every kind."""
    import pandas as pd

    native = frame.to_native()[names]
    if all(isinstance(dtype, pd.ArrowDtype) for dtype in native.dtypes):
        return frame
    converted = as_engine(read_frame(native)[0].frame.select(names), frame.implementation)
    converted.index = native.index
    arrow: nw.DataFrame[Any] = nw.from_native(converted, eager_only=True)
    return arrow


def _widened(frame: Frame, types: dict[str, str], schema: Schema) -> Frame:
    """Widen whole numbers where they stand; anything else would need the cells themselves.

    Engines such as DuckDB and Spark show moments in the zone of their session, whatever zone they came from.
    """
    for name, dtype in types.items():
        declared = schema[name].dtype
        if is_whole(dtype) and is_whole(declared) and _within(WHOLE[dtype], WHOLE[declared]):
            continue
        zone = zone_of(declared)
        if zone is not None and zone_of(dtype) is not None:
            raise SchemaError(
                f"The column {name!r} holds moments in {zone}, and this table shows them in {zone_of(dtype)}.",
                hint=f"Set the time zone of the session to {zone!r}, or use a frame of Polars, pandas or pyarrow.",
            )
        raise SchemaError(
            f"The column {name!r} is {dtype} in the table and {declared} in the schema.",
            hint="Cast it in the table, or use a frame of Polars, pandas or pyarrow, whose cells are read as declared.",
        )
    casts = (nw.col(name).cast(getattr(nw, schema[name].dtype)) for name in types)
    return frame.with_columns(*casts)


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _is_as_declared(dtype: str, declared: str) -> bool:
    """Whether a column need not be conformed.

    Whole numbers may come as floats (see `clew.collect.conform`), and categories become texts in the recipe.
    """
    as_float = dtype == "Float64" and is_whole(declared)
    as_text = dtype in {"Categorical", "Enum"} and declared in {"String", "Categorical", "Enum"}
    same_zone = dtype.replace("Etc/UTC", "UTC") == declared.replace("Etc/UTC", "UTC")
    return dtype == declared or as_float or as_text or same_zone


def frame_of(data: Any) -> Frame:
    """Return any table as a narwhals frame.

    Raises
    ------
    DataError
        If it is none.
    """
    if isinstance(data, Dataset):
        return nw.from_native(data.frame)
    if isinstance(data, str | Path | Address):
        return nw.from_native(read(data).frame)
    if type(data).__module__.startswith("pandas") and not all(isinstance(n, str) for n in getattr(data, "columns", ())):
        data = data.rename(columns=str)  # as `clew.read` takes names that are numbers
    frame: object = nw.from_native(data, pass_through=True)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        raise DataError(
            f"A {type(data).__name__} is no table.", hint="Give a frame (Polars, pandas, Arrow), a Dataset or a path."
        )
    return frame
