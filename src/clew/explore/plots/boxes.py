"""A number by a label: a box plot for each, with the rows behind it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from clew.explore.plots.axes import Codes, Floats, Placed

#: Parts of the target that get a box each, side by side.
MAX_SPLIT = 3
#: How far whiskers reach at most, in interquartile ranges (J. W. Tukey 1977, *Exploratory Data Analysis*).
_REACH = 1.5


@dataclass(frozen=True, slots=True)
class Box:
    """The numbers of one label.

    Parameters
    ----------
    level : int
        Position of the label on its axis.
    part : int
        Part of the target; 0 where the rows are not divided.
    rows : int
        Rows in it.
    low, high : float
        Ends of the whiskers: the farthest values within 1.5 interquartile ranges of the box.
    quartile, median, upper_quartile : float
        25 %, 50 % and 75 % of its rows are below.
    mean : float
        Their mean.
    minimum, maximum : float
        Their extremes.
    beyond : int
        Rows farther out than the whiskers.
    """

    level: int
    part: int
    rows: int
    low: float
    quartile: float
    median: float
    upper_quartile: float
    high: float
    mean: float
    minimum: float
    maximum: float
    beyond: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Boxes:
    """A number by a label.

    Parameters
    ----------
    boxes : tuple of Box
        In the order of the labels, and of the parts within each.
    rows : tuple of int
        Rows of each label.
    split : bool
        Whether there is a box for each part of the target.
    """

    boxes: tuple[Box, ...]
    rows: tuple[int, ...]
    split: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"boxes": [box.to_dict() for box in self.boxes], "rows": list(self.rows), "split": self.split}


def boxes(labels: Placed, numbers: Placed, parts: Codes, count: int) -> Boxes:
    """Summarise a number for each label.

    Parameters
    ----------
    labels, numbers : Placed
        The two columns.
    parts : ndarray of int64, shape (rows,)
        Part of the target of each row, -1 where it has none.
    count : int
        Number of parts; two or three of them get a box each, and rows without one are then left out of the boxes.
    """
    assert labels.codes is not None and numbers.numbers is not None  # noqa: S101, PT018 - these only come here
    split = 1 < count <= MAX_SPLIT
    rows = np.flatnonzero(labels.there & np.isfinite(numbers.numbers))
    frame = pl.DataFrame(
        {
            "level": labels.codes[rows],
            "part": parts[rows] if split else np.zeros(len(rows), dtype=np.int64),
            "value": numbers.numbers[rows],
        }
    )
    known = np.bincount(labels.codes[rows], minlength=len(labels.axis.levels))
    found = [_box(key, group["value"].to_numpy()) for key, group in _groups(frame)]
    return Boxes(tuple(found), tuple(int(count) for count in known), split)


def _groups(frame: pl.DataFrame) -> list[tuple[tuple[int, int], pl.DataFrame]]:
    parts = frame.filter(pl.col("part") >= 0).partition_by(["level", "part"], as_dict=True, include_key=False)
    return sorted(((int(key[0]), int(key[1])), group) for key, group in parts.items())


def _box(key: tuple[int, int], values: Floats) -> Box:
    values = np.sort(values)
    quartile, median, upper = (float(value) for value in np.quantile(values, [0.25, 0.5, 0.75]))
    reach = _REACH * (upper - quartile)
    inside = values[np.searchsorted(values, quartile - reach) : np.searchsorted(values, upper + reach, side="right")]
    return Box(
        *key,
        rows=len(values),
        low=float(inside[0]),
        quartile=quartile,
        median=median,
        upper_quartile=upper,
        high=float(inside[-1]),
        mean=float(values.mean()),
        minimum=float(values[0]),
        maximum=float(values[-1]),
        beyond=len(values) - len(inside),
    )
