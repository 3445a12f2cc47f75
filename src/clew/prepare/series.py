"""Rows as series: in the order of their moments, each series by itself.

The order is that of one or several stated columns, mostly a time. Rows that agree in all of them are rows of **one
moment**, and nobody knows which came first. So they are never told apart: they have the same past, and where the
present counts, all of them are the present. Where the values of one moment must stand in some order, it is that of the
values themselves. What comes out for a row therefore depends neither on how the table stands nor on the engine.

A row without a moment (missing in any of the columns) has no past, and is in nobody's. Rows whose series is not named
(missing) are one series.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """The rows of a table in the order of their series and moments.

    Parameters
    ----------
    rows : polars.DataFrame, shape (rows, any)
        The table as it stands.
    order_by : tuple of str
        Columns that tell moments apart.
    row : ndarray of int64, shape (m,)
        Position in the table of each ordered row; rows without a moment are left out.
    begin : ndarray of int64, shape (m,)
        Where the series of each ordered row begins.
    first, last : ndarray of int64, shape (m,)
        The first and the last ordered row of each one's moment.
    """

    rows: pl.DataFrame
    order_by: tuple[str, ...]
    row: Positions
    begin: Positions
    first: Positions
    last: Positions

    @classmethod
    def of(cls, rows: pl.DataFrame, order_by: Sequence[str], by: Sequence[str]) -> "Series":
        """Put rows in order.

        Parameters
        ----------
        rows : polars.DataFrame
            The table.
        order_by : sequence of str
            Columns that tell moments apart, the first before the second.
        by : sequence of str
            Columns that name the series.
        """
        keys = rows.select(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            *(pl.col(name).alias(f"order {i}") for i, name in enumerate(order_by)),
            *(pl.col(name).alias(f"by {i}") for i, name in enumerate(by)),
        )
        order, names = [[name for name in keys.columns if name.startswith(kind)] for kind in ("order", "by")]
        # The position of its first row stands for a series.
        number = pl.col("row").first().over(*names) if names else pl.lit(0, dtype=pl.Int64)
        keys = keys.select("row", *order, series=number)
        row = pl.col("row").sort_by(*order)
        row = row.over("series", mapping_strategy="explode") if names else row
        place = keys.drop_nulls(order).select(row).to_series()
        new_series = _changes(keys["series"].gather(place))
        new_moment = np.logical_or.reduce([new_series, *(_changes(keys[name].gather(place)) for name in order)])
        ends = _ends(new_moment)
        return cls(rows, tuple(order_by), place.to_numpy(), _starts(new_series), _starts(new_moment), ends)

    @cached_property
    def _has_ties(self) -> bool:
        return bool((self.first != self.last).any())

    @cached_property
    def _place(self) -> Positions:
        """Where each row of the table stands in order; -1 for rows without a moment."""
        place = np.full(len(self.rows), -1, dtype=np.int64)
        place[self.row] = np.arange(len(self.row))
        return place

    @property
    def age(self) -> Positions:
        """How many rows of each row's series lie before its moment, in the order of the table; -1 without a moment."""
        return np.where(self._place < 0, -1, (self.first - self.begin)[self._place] if len(self.row) else -1)

    @property
    def before(self) -> Positions:
        """The ordered row just before each one's moment; -1 where the series begins."""
        return np.where(self.first > self.begin, self.first - 1, -1)

    @property
    def after(self) -> Positions:
        """The ordered row just after each one's moment; -1 where the series ends."""
        following = np.minimum(self.last + 1, max(len(self.row) - 1, 0))
        inside = (self.last + 1 < len(self.row)) & (self.begin[following] == self.begin if len(self.row) else True)
        return np.where(inside, self.last + 1, -1)

    @property
    def moments(self) -> pl.Series:
        """The moment of each ordered row, in microseconds; the first column of the order must hold moments."""
        return self.rows[self.order_by[0]].gather(self.row).cast(pl.Datetime("us")).to_physical()

    def values(self, name: str) -> pl.Series:
        """Return a column in order; values of one moment stand in their own order, missing ones first."""
        ordered = self.rows[name].gather(self.row)
        if not self._has_ties:
            return ordered
        keyed = pl.DataFrame({"moment": self.first, "value": ordered})
        return keyed.sort("moment", "value", nulls_last=False)["value"].alias(name)

    def frame(self, name: str) -> pl.DataFrame:
        """Return a column in order as float64 ``value``, with its ``series``, ``position`` in it, and ``moment``."""
        values = self.values(name).cast(pl.Float64)
        return pl.DataFrame(
            {
                "series": self.begin,
                "position": np.arange(len(self.row)) - self.begin,
                "moment": self.first,
                "value": values,
            }
        )

    def at(self, ordered: pl.Series, positions: Positions) -> pl.Series:
        """Return what stands at a position, for each row of the table.

        Parameters
        ----------
        ordered : Series, length m
            Values of ordered rows.
        positions : ndarray of int64, shape (m,)
            Which of them each ordered row gets; below 0 for none.

        Returns
        -------
        Series, length rows
            In the order of the table; null for none, and for rows without a moment.
        """
        nothing = pl.Series(ordered.name, [None], dtype=ordered.dtype)
        if not len(ordered):
            return nothing.new_from_index(0, len(self.rows))
        wanted = np.where(self._place < 0, -1, positions[self._place])
        taken = ordered.gather(np.maximum(wanted, 0))
        known = pl.Series(wanted >= 0)
        return taken if known.all() else taken.zip_with(known, nothing.new_from_index(0, len(self.rows)))


def _changes(keys: pl.Series) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = (keys != keys.shift(1)).fill_null(value=True).to_numpy()
    return changed


def _starts(new: NDArray[np.bool_]) -> Positions:
    place = np.arange(len(new), dtype=np.int64)
    return np.maximum.accumulate(np.where(new, place, 0))


def _ends(new: NDArray[np.bool_]) -> Positions:
    last = np.ones(len(new), dtype=bool)
    last[:-1] = new[1:]
    place = np.arange(len(new), dtype=np.int64)
    return np.minimum.accumulate(np.where(last, place, len(new))[::-1])[::-1]
