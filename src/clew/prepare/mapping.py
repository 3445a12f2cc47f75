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


def found_at(columns: Sequence[Column], keys: Sequence[Sequence[Any]]) -> tuple[Expression, Callable[..., int | None]]:
    """Return how a frame and how one row find the place of a key that several columns make.

    Each column's value is looked up by itself, and pairs of what was found are looked up in turn: comparisons of plain
    numbers, which every engine has.

    Parameters
    ----------
    columns : sequence of Column
        What is looked up, at least one.
    keys : sequence of sequence
        The table: one tuple per row, of the columns' types, all different and without missing values.

    Returns
    -------
    expression
        Gives the position in `keys` as float64, null where a value is missing or the key is not there.
    callable
        Takes one value per column; returns the position, or None.
    """
    codes: list[list[int]] = []
    finders: list[tuple[Expression, Callable[[Any], Any]]] = []
    for column, values in zip(columns, zip(*keys, strict=True) if keys else [()] * len(columns), strict=True):
        place = {value: float(i) for i, value in enumerate(dict.fromkeys(values))}
        finders.append(looked_up(column, list(place), list(place.values()), dtype="Float64"))
        codes.append([int(place[value]) for value in values])
    sizes = [max(code, default=0) + 1 for code in codes]
    levels, current = [], codes[0]
    for size, code in zip(sizes[1:], codes[1:], strict=True):
        pairs = [one * size + other for one, other in zip(current, code, strict=True)]
        dense = {pair: i for i, pair in enumerate(dict.fromkeys(pairs))}
        levels.append((float(size), [float(pair) for pair in dense], [float(i) for i in dense.values()]))
        current = [dense[pair] for pair in pairs]
    places = dict(zip(zip(*codes, strict=True), range(len(keys)), strict=True))

    def expression(F: Language) -> Any:
        found = finders[0][0](F)
        for (size, pairs, dense), (finder, _) in zip(levels, finders[1:], strict=True):
            pair = found * size + finder(F)
            found = pair.replace_strict(pairs, dense, default=None, return_dtype=F.Float64) if pairs else F.lit(None)
        return found

    def find(*values: Any) -> int | None:
        return places.get(tuple(finder(value) for (_, finder), value in zip(finders, values, strict=True)))

    return expression, find


def value_at(place: Expression, values: Sequence[Any], dtype: str) -> Expression:
    """Return how a frame takes a value by its position; null where there is none.

    Parameters
    ----------
    place : expression
        Position as float64, as `found_at` gives it.
    values : sequence
        One per position.
    dtype : str
        Their type.
    """
    there = [(float(i), value) for i, value in enumerate(values) if value is not None]

    def expression(F: Language) -> Any:
        stored = stored_as(F, dtype)
        if not there:
            return F.lit(None, stored)
        places, known = (list(part) for part in zip(*there, strict=True))
        return place(F).replace_strict(places, known, default=None, return_dtype=stored)

    return expression
