"""Looking values up in a learnt table, the same on a frame and for one value."""

from collections.abc import Callable, Sequence
from typing import Any

from clew.core.schema import Column
from clew.prepare.dtypes import is_number, is_whole
from clew.prepare.table import Expression, Language, as_float, stored_as

#: Below this, whole numbers are exact as floats, and no larger one is mistaken for one of them.
_EXACT = 2**53


def looked_up(
    column: Column, keys: Sequence[Any], values: Sequence[Any], *, dtype: str, default: Any = None, missing: Any = None
) -> tuple[Expression, Callable[[Any], Any]]:
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
    # A column of whole numbers may come with fractions in a new table, and must not be cut to integers then: numbers
    # are compared as floats, unless they are too large to be exact as such.
    floats = is_number(column.dtype) and not (is_whole(column.dtype) and any(abs(key) >= _EXACT for key in keys))
    # Adding zero gives 0.0 and -0.0 one sign: some engines tell them apart.
    known = [float(key) + 0.0 for key in keys] if floats else list(keys)
    table = dict(zip(known, values, strict=True))

    def expression(F: Language) -> Any:
        value, stored = F.col(column.name), stored_as(F, dtype)
        found = F.lit(default, stored)
        if known:
            source = as_float(F, column) + 0.0 if floats else value
            found = source.replace_strict(known, list(values), default=default, return_dtype=stored)
        there = F.when(~value.is_null()).then(found)
        return there if missing is None else there.otherwise(F.lit(missing, stored))

    def find(value: Any) -> Any:
        return missing if value is None else table.get(value, default)

    return expression, find
