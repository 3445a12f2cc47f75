"""Rows invented between neighbours (SMOTE: Chawla et al. 2002)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import is_number, is_whole

#: Columns up to which a tree finds neighbours quicker.
_TREE_UP_TO = 8

Floats = NDArray[np.float64]


def measured(schema: Schema) -> tuple[Column, ...]:
    """Return the features between which a distance can be measured: the numeric ones.

    Raises
    ------
    RecipeError
        If there is none, or a feature is nested or an image.
    """
    nested = [column.name for column in schema.features if column.kind in {Kind.NESTED, Kind.IMAGE}]
    if nested:
        raise RecipeError(
            f"The column {nested[0]!r} holds lists or structures, or images, and no row lies between two of them.",
            hint="Flatten or drop it before.",
        )
    numbers = tuple(c for c in schema.features if c.kind is Kind.NUMERIC and is_number(c.dtype))
    if not numbers:
        raise RecipeError(
            "Neighbours are found by their numbers, and no feature is numeric.",
            hint="Use `method: oversample`, or turn categories into numbers before.",
        )
    return numbers


def standardised(frame: pl.DataFrame) -> Floats:
    """Return columns of numbers with mean 0 and standard deviation 1, shape (rows, columns).

    Raises
    ------
    RecipeError
        If a value is missing or infinite.
    """
    columns = []
    for values in frame.iter_columns():
        numbers = values.cast(pl.Float64).fill_null(np.nan).to_numpy()
        wrong = np.flatnonzero(~np.isfinite(numbers))
        if len(wrong):
            raise RecipeError(
                f"The column {values.name!r} is missing or infinite in {len(wrong)} rows, the first is row {wrong[0]}; "
                "no distance to them can be measured.",
                hint="Fill it with fill_missing, tame it with clip_outliers, or drop it, before.",
            )
        # Halves and a scale first: the mean of large numbers must not overflow.
        scale = float(np.abs(numbers).max(initial=0.0)) or 1.0
        scaled = numbers / scale
        spread = float(scaled.std()) if len(scaled) else 0.0
        columns.append((scaled - scaled.mean()) / spread if spread > 0 else np.zeros(len(scaled)))
    return np.stack(columns, axis=1)


def neighbours(points: Floats, asked: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Return the k nearest other points of some points.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        More than k of them.
    asked : ndarray of int64, shape (m,)
        Positions.
    k : int
        How many neighbours; a point is none of its own, its copies may be.

    Returns
    -------
    ndarray of int64, shape (m, k)
    """
    from sklearn.neighbors import NearestNeighbors

    # A tree is soon slower than comparing all pairs: on 100 000 points of 10 columns by 3, of 5 columns quicker by 16.
    algorithm = "kd_tree" if points.shape[1] <= _TREE_UP_TO else "brute"
    search = NearestNeighbors(n_neighbors=k + 1, algorithm=algorithm).fit(points)
    found = search.kneighbors(points[asked], return_distance=False)
    own = found == asked[:, None]
    # Where copies crowd the point itself out, the farthest of them goes.
    own[~own.any(axis=1), -1] = True
    others: NDArray[np.int64] = found[~own].reshape(len(asked), k)
    return others


@dataclass(frozen=True, eq=False)
class Pairs:
    """Between which rows new ones are invented, and where.

    Parameters
    ----------
    origins, partners : ndarray of int64, shape (invented,)
        Positions of the two parents.
    weight : ndarray, shape (invented,)
        How far from the origin to the partner, between 0 and 1.
    """

    origins: NDArray[np.int64]
    partners: NDArray[np.int64]
    weight: Floats

    def between(self, frame: pl.DataFrame, columns: Sequence[Column], rng: np.random.Generator) -> pl.DataFrame:
        """Return the invented values: numbers in between, rounded in columns of whole numbers; others of one parent."""
        invented = []
        for column in columns:
            values = frame[column.name]
            if column.kind is Kind.NUMERIC and is_number(column.dtype):
                invented.append(self._mixed(values, whole=is_whole(column.dtype)))
            else:
                parent = np.where(rng.random(len(self.origins)) < 0.5, self.origins, self.partners)
                invented.append(values.gather(parent))
        return pl.DataFrame(invented)

    def _mixed(self, values: pl.Series, *, whole: bool) -> pl.Series:
        numbers = values.cast(pl.Float64).to_numpy()
        first, second = numbers[self.origins], numbers[self.partners]
        mixed = first * (1.0 - self.weight) + second * self.weight
        mixed = np.clip(mixed, np.minimum(first, second), np.maximum(first, second))
        return pl.Series(values.name, np.rint(mixed) if whole else mixed).cast(values.dtype, strict=False)
