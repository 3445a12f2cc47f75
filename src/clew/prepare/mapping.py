"""Looking values up in a learnt table, the same on a frame and for one value."""

from collections.abc import Callable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from clew.core.schema import Column
from clew.prepare.dtypes import as_float, is_number, is_whole, narwhals_type

#: Below this, whole numbers are exact as floats, and no larger one is mistaken for one of them.
_EXACT = 2**53


def looked_up(
    column: Column, keys: Sequence[Any], values: Sequence[Any], *, dtype: str, default: Any = None, missing: Any = None
) -> tuple[nw.Expr, Callable[[Any], Any]]:
    """Return how a frame and how one row replace the values of a column.

    Parameters
    ----------
    column : Column
        What is looked up.
    keys, values : sequence
        The table; keys differ, and are of the column's type.
    dtype : str
        Type of the values.
    default : object, optional
        Stands for what is not in the table.
    missing : object, optional
        Stands for a missing value.
    """
    keys, source = _comparable(column, list(keys))
    stored = narwhals_type(dtype)
    found: nw.Expr = nw.lit(default, stored)
    if keys:
        found = source.replace_strict(keys, list(values), default=default, return_dtype=stored)
    there = nw.when(~nw.col(column.name).is_null()).then(found)
    table = dict(zip(keys, values, strict=True))

    def find(value: Any) -> Any:
        return missing if value is None else table.get(value, default)

    return (there if missing is None else there.otherwise(nw.lit(missing, stored))), find


def _comparable(column: Column, keys: list[Any]) -> tuple[list[Any], nw.Expr]:
    """Return keys and column in one type: floats, unless whole numbers are too large to be exact as such.

    A column of whole numbers may come with fractions in a new table, and must not be cut to integers then.
    """
    value = nw.col(column.name)
    if not is_number(column.dtype):
        return keys, value
    if is_whole(column.dtype) and any(abs(key) >= _EXACT for key in keys):
        return keys, value
    # Adding zero gives 0.0 and -0.0 one sign: some engines tell them apart.
    return [float(key) + 0.0 for key in keys], as_float(column) + 0.0
