"""The end of every recipe: a float32 matrix and integer category codes, the same bits for a table and for one row.

A number becomes float64 first and float32 then, on both ways, so that large integers round alike. What is missing, NaN,
infinite or too large for float32 becomes NaN; zero has one sign. A category becomes its position among the levels seen
in training, and -1 where it is missing or new.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import SchemaError, did_you_mean
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.values import as_text, rises

#: From here on float64 rounds to infinity in float32: half a step above the largest float32.
_TOO_LARGE = (2.0 - 2.0**-24) * 2.0**127
#: Added to a float, it turns -0.0 into 0.0 and changes nothing else.
_ZERO = np.float32(0.0)
_NUMBERS = ("Int", "UInt", "Float", "Decimal", "Boolean")
_SIGN = {None: 0, "increasing": 1, "decreasing": -1}
_TURN = {Direction.KEEPS: 1, Direction.REVERSES: -1, Direction.LOSES: 0}


@dataclass(frozen=True)
class MatrixLayout:
    """Which column of a prepared table goes where in the matrix.

    Parameters
    ----------
    numeric : tuple of str
        The p columns of the float32 part, in order.
    categorical : tuple of str
        The q columns of the codes, in order.
    levels : tuple of tuple of str
        Per categorical column its values in training; a code is a position in here.
    monotone : tuple of int
        Per numeric column +1 or -1 where the prediction may only rise or fall with it, else 0.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    monotone: tuple[int, ...]
    _codes: tuple[dict[str | None, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        codes = tuple({level: code for code, level in enumerate(levels)} for levels in self.levels)
        object.__setattr__(self, "_codes", codes)

    @property
    def codes(self) -> tuple[dict[str | None, int], ...]:
        """Per categorical column the code of each level."""
        return self._codes

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "numeric": list(self.numeric),
            "categorical": list(self.categorical),
            "levels": [list(levels) for levels in self.levels],
            "monotone": list(self.monotone),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a layout from `to_dict`."""
        return cls(
            tuple(data["numeric"]),
            tuple(data["categorical"]),
            tuple(tuple(levels) for levels in data["levels"]),
            tuple(data["monotone"]),
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """What an estimator eats.

    Parameters
    ----------
    numeric : ndarray, shape (n, p)
        float32 in C order; NaN is missing.
    codes : ndarray, shape (n, q)
        int32 in C order; -1 is missing or unseen.
    layout : MatrixLayout
        Names of the columns and levels.
    """

    numeric: NDArray[np.float32]
    codes: NDArray[np.int32]
    layout: MatrixLayout


def fit_layout(output_schema: Schema, frame: Any) -> MatrixLayout:
    """Decide where each column goes, and number the categories.

    Parameters
    ----------
    output_schema : Schema
        Columns of the prepared table.
    frame : frame
        The prepared training rows; any frame that narwhals knows.

    Returns
    -------
    MatrixLayout
        Features of kind numeric or boolean, and ordinals stored as numbers, form the numeric part; the other
        categories and ordinals become codes, in the ordinal's order, else sorted. `left_out` lists the rest.
    """
    numeric = [column for column in output_schema.features if _is_numeric(column)]
    categorical = [column for column in output_schema.features if _is_categorical(column)]
    table = _to_polars(frame, [column.name for column in categorical])
    return MatrixLayout(
        tuple(column.name for column in numeric),
        tuple(column.name for column in categorical),
        tuple(_levels(table[column.name], column) for column in categorical),
        tuple(_SIGN[column.monotonic] * _TURN[column.direction] for column in numeric),
    )


def left_out(schema: Schema) -> tuple[str, ...]:
    """Return the features that cannot enter the matrix, in order: dates, texts, nested and unknown ones."""
    return tuple(c.name for c in schema.features if not (_is_numeric(c) or _is_categorical(c)))


def to_matrix(frame: Any, layout: MatrixLayout) -> Matrix:
    """Turn prepared rows into what an estimator eats.

    Parameters
    ----------
    frame : frame
        Any frame that narwhals knows, with the columns of `layout`; others are ignored.
    layout : MatrixLayout
        As `fit_layout` made it.

    Raises
    ------
    SchemaError
        If a column of the layout is missing.
    """
    table = _to_polars(frame, [*layout.numeric, *layout.categorical])
    numeric = np.empty((table.height, len(layout.numeric)), dtype=np.float32)
    for position, name in enumerate(layout.numeric):
        numeric[:, position] = _settle(_floats(table[name]))
    numeric += _ZERO
    codes = np.empty((table.height, len(layout.categorical)), dtype=np.int32)
    for position, name in enumerate(layout.categorical):
        codes[:, position] = _encode(table[name], layout.levels[position])
    return Matrix(numeric, codes, layout)


def row_to_matrix(row: Mapping[str, Any], layout: MatrixLayout) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Turn one prepared row into what an estimator eats, with the same bits as `to_matrix`.

    Parameters
    ----------
    row : mapping
        A value for each column of the layout; None is missing.
    layout : MatrixLayout
        As `fit_layout` made it.

    Returns
    -------
    tuple of ndarray
        float32 of shape (p,) and int32 of shape (q,).

    Raises
    ------
    SchemaError
        If a column of the layout is missing.
    """
    try:
        values = [row[name] for name in layout.numeric]
        categories = [row[name] for name in layout.categorical]
    except KeyError as error:
        raise _missing([error.args[0]], row) from None
    settled = [v if v is not None and -_TOO_LARGE < v < _TOO_LARGE else math.nan for v in values]
    codes = [
        known.get(value if type(value) is str else as_text(value), -1)
        for value, known in zip(categories, layout.codes, strict=True)
    ]
    return np.array(settled, dtype=np.float32) + _ZERO, np.array(codes, dtype=np.int32)


def _is_number(column: Column) -> bool:
    return column.dtype.startswith(_NUMBERS)


def _is_numeric(column: Column) -> bool:
    if column.kind is Kind.ORDINAL and _is_number(column):
        return column.order is None or rises(column.order)
    return column.kind in {Kind.NUMERIC, Kind.BOOLEAN} and _is_number(column)


def _is_categorical(column: Column) -> bool:
    if column.kind is Kind.ORDINAL:
        return not _is_numeric(column)
    return column.kind is Kind.CATEGORICAL or (column.kind is Kind.BOOLEAN and not _is_number(column))


def _to_polars(frame: Any, names: list[str]) -> pl.DataFrame:
    table = nw.from_native(frame)
    there = set(table.collect_schema().names())
    missing = [name for name in names if name not in there]
    if missing:
        raise _missing(missing, sorted(there))
    chosen = table.select(*names) if names else table.select(nw.len())
    if isinstance(chosen, nw.LazyFrame):
        chosen = chosen.collect(nw.Implementation.POLARS)
    if not names:
        return pl.DataFrame(height=int(chosen.item()))
    result: pl.DataFrame = chosen.to_polars()
    return result


def _missing(names: list[str], there: Iterable[str]) -> SchemaError:
    shown = ", ".join(repr(name) for name in names[:5])
    return SchemaError(
        f"The prepared rows lack {shown}{' …' if len(names) > 5 else ''}, which the model was trained with.",
        hint=f"Apply the model's own recipe first. {did_you_mean(names[0], there)}",
    )


def _floats(values: pl.Series) -> NDArray[np.float64]:
    if isinstance(values.dtype, pl.Decimal):  # Polars divides in steps, Python rounds once
        return np.array(values.to_list(), dtype=np.float64)
    return values.cast(pl.Float64).to_numpy()


def _settle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values that float32 can hold, NaN for the others."""
    return np.where(np.abs(values) < _TOO_LARGE, values, np.nan)


def _texts(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        return values
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        return values.cast(pl.String)
    distinct = values.drop_nulls().unique()
    if distinct.is_empty():
        return pl.Series(values.name, [None] * len(values), dtype=pl.String)
    spelt = pl.Series([as_text(value) for value in distinct.to_list()], dtype=pl.String)
    return values.replace_strict(distinct, spelt, default=None, return_dtype=pl.String)


def _levels(values: pl.Series, column: Column) -> tuple[str, ...]:
    seen = _texts(values).drop_nulls().unique().sort().to_list()
    stated = [level for level in column.order or () if level in set(seen)]
    return (*stated, *(level for level in seen if level not in set(stated)))


def _encode(values: pl.Series, levels: tuple[str, ...]) -> NDArray[np.int32]:
    if not levels:
        return np.full(len(values), -1, dtype=np.int32)
    codes = range(len(levels))
    return _texts(values).replace_strict(levels, codes, default=-1, return_dtype=pl.Int32).to_numpy()
