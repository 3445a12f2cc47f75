"""What a column is on an axis: numbers, moments, or labels."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.core.readable import number
from clew.core.schema import Column, Kind, Role
from clew.explore.families import Family, axis_of, family_of_series
from clew.explore.pictures import MAX_BARS, as_numbers, as_text

#: Labels with a place of their own on an axis; of more, the rarer ones share the last place.
MAX_LEVELS = 12
#: Labels that are told apart where it is measured how two columns go together.
MAX_LABELS = 100

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


class Scale(StrEnum):
    """How values lie on an axis."""

    NUMBER = "number"
    MOMENT = "moment"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a plot.

    Parameters
    ----------
    name : str
        The column.
    scale : Scale
        How its values lie.
    unit : str, default ""
        ``"time"`` (seconds since 1970), ``"clock"`` (seconds since midnight), ``"characters"`` (the length of texts),
        or what the field measures the column in.
    levels : tuple of str
        Labels with a place of their own, in order.
    others : int, default 0
        Labels that share the last of these places; 0 where each has its own.
    ranked : bool, default False
        Whether the labels have an order.
    whole : bool, default False
        Whether all numbers are whole.
    """

    name: str
    scale: Scale
    unit: str = ""
    levels: tuple[str, ...] = ()
    others: int = 0
    ranked: bool = False
    whole: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "column": self.name,
            "scale": self.scale.value,
            "unit": self.unit,
            "levels": list(self.levels),
            "others": self.others,
            "ranked": self.ranked,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A column with the place of each row on its axis.

    Parameters
    ----------
    axis : Axis
        The axis.
    numbers : ndarray, shape (rows,), optional
        Numbers and moments (in seconds) as floats, NaN where missing or infinite; None for texts and truth values.
    codes : ndarray of int64, shape (rows,), optional
        Position of each row's label in `axis.levels`, -1 where missing; None without labels.
    labels : ndarray of int64, shape (rows,), optional
        The same for the `MAX_LABELS` most frequent labels, the others together.
    """

    axis: Axis
    numbers: Floats | None = None
    codes: Codes | None = None
    labels: Codes | None = None

    @property
    def there(self) -> NDArray[np.bool_]:
        """Where the row has a place, shape (rows,)."""
        if self.codes is not None:
            return self.codes >= 0
        assert self.numbers is not None  # noqa: S101 - a column without labels has numbers
        return np.isfinite(self.numbers)

    def take(self, rows: Codes) -> "Placed":
        """Return the column in some rows only, by their positions, shape (k,)."""
        return Placed(
            self.axis,
            None if self.numbers is None else self.numbers[rows],
            None if self.codes is None else self.codes[rows],
            None if self.labels is None else self.labels[rows],
        )


def place(values: pl.Series, column: Column) -> Placed:
    """Put a column on an axis.

    Texts, truth values, and numbers that the field takes for labels or that have at most ten different values are
    labels; texts of kind `text` with more than twelve different values are shown by their length.

    Parameters
    ----------
    values : Series
        The column.
    column : Column
        Its description.

    Raises
    ------
    UsageError
        If it holds lists, structs or bytes.
    """
    family = family_of_series(values)
    if values.null_count() == len(values):
        return _nothing(values, column)
    if family is Family.OPAQUE:
        raise UsageError(
            f"The column {column.name!r} cannot be drawn: it holds {values.dtype}, which has no place on an axis.",
            hint="Take the values out of it with a step of a recipe, and draw those.",
        )
    if family is Family.MOMENT:
        clock = values.dtype == pl.Time
        axis = Axis(column.name, Scale.NUMBER if clock else Scale.MOMENT, "clock" if clock else "time")
        return Placed(axis, _numbers(values))
    if family is Family.NUMBER:
        return _of_numbers(values, column)
    texts = as_text(values)
    counted = _counted(texts)
    if column.kind is Kind.TEXT and len(counted) > MAX_LEVELS:
        lengths = _numbers(texts.str.len_chars().cast(pl.Int64))
        return Placed(Axis(column.name, Scale.NUMBER, "characters", whole=True), lengths)
    order = column.order or (("False", "True") if family is Family.BOOLEAN else ())
    return _labels(texts, counted, column, order)


def _nothing(values: pl.Series, column: Column) -> Placed:
    """Place a column without values, so that what is drawn can say so."""
    return Placed(Axis(column.name, Scale.NUMBER), np.full(len(values), np.nan))


def _of_numbers(values: pl.Series, column: Column) -> Placed:
    numbers = _numbers(values)
    finite = numbers[np.isfinite(numbers)]
    unit = "s" if isinstance(values.dtype, pl.Duration) else column.unit or ""
    whole = bool(np.all(finite == np.floor(finite)))
    few = column.kind in {Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN} or _few(finite)
    if not few:
        return Placed(Axis(column.name, Scale.NUMBER, unit, whole=whole), numbers)
    plain = as_numbers(values)
    counted = _counted(pl.select(pl.when(plain.is_finite()).then(plain)).to_series())
    if column.order:
        texts = as_text(values)
        placed = _labels(texts, _counted(texts), column, column.order)
    else:
        placed = _labels(plain, counted, column, tuple(sorted(value for value, _ in counted)))
    return Placed(placed.axis, numbers, placed.codes, placed.labels)


def _few(finite: Floats) -> bool:
    """Tell whether numbers have at most `MAX_BARS` different values, looking at all of them only where it may be so."""
    return len(np.unique(finite[:1000])) <= MAX_BARS and 0 < len(np.unique(finite)) <= MAX_BARS


def _numbers(values: pl.Series) -> Floats:
    numbers = np.full(len(values), np.nan)
    numbers[values.is_not_null().to_numpy()] = axis_of(values)
    numbers[np.isinf(numbers)] = np.nan
    return numbers


def _counted(values: pl.Series) -> list[tuple[Any, int]]:
    """Return the different values with their rows, the most frequent first."""
    counts = values.drop_nulls().alias("value").value_counts(name="rows")
    return counts.sort(["rows", "value"], descending=[True, False]).rows()


def _labels(values: pl.Series, counted: list[tuple[Any, int]], column: Column, order: tuple[Any, ...]) -> Placed:
    """Give each frequent value a place."""
    frequent = [value for value, _ in counted[:MAX_LABELS]]
    known = values.replace_strict(
        frequent, list(range(len(frequent))), default=len(frequent), return_dtype=pl.Int64
    ).to_numpy()
    gone = values.is_null().to_numpy()
    if values.dtype.is_float():
        gone = gone | ~np.isfinite(values.fill_null(np.nan).to_numpy())
    labels = np.where(gone, -1, known).astype(np.int64)
    rest = len(counted) > MAX_LEVELS
    listed = frequent[: MAX_LEVELS - 1] if rest else list(frequent)
    ranks = {value: rank for rank, value in enumerate(order)}
    if ranks:
        listed.sort(key=lambda value: ranks.get(value, len(ranks)))
    elif column.role is Role.TARGET:
        listed.sort(key=str)  # as the parts of the target, so that a label has the same colour everywhere
    at = {value: position for position, value in enumerate(listed)}
    # A place per frequent value, one for all rarer ones, and at the end the one that -1 points to.
    places = np.array([*(at.get(value, len(listed)) for value in frequent), len(listed), -1], dtype=np.int64)
    names = [number(value) if isinstance(value, float) else str(value) for value in listed]
    others = len(counted) - len(listed) if rest else 0
    levels = (*names, f"{others:,} others") if rest else tuple(names)
    axis = Axis(column.name, Scale.LABELS, column.unit or "", levels, others, bool(ranks))
    return Placed(axis, None, places[labels], labels)
