"""Principal components: directions in which rows differ most (Pearson 1901, Hotelling 1933)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import DataError
from clew.core.schema import Column
from clew.prepare.table import Expression, Table, as_float

Floats = NDArray[np.float64]
#: With up to this many rows or columns all components are computed exactly, with more by random projection.
_EXACT = 2_000
#: With more rows and columns than this, components that random projection does not find are not looked for: time grows
#: with the cube.
_MOST_EXACT = 5_000
#: Components that a random projection begins with, where a share of the variance is asked for.
_FIRST = 64
#: Rows that are multiplied at one go.
_CHUNK = 4_096
#: Components with less of the variance than this are rounding errors.
_NOISE = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Principal components, learnt.

    Parameters
    ----------
    centre, factor : ndarray, shape (columns,)
        What is subtracted from each column, and what it is multiplied by then.
    weights : ndarray, shape (columns, components)
        Directions; the largest weight of each is positive.
    explained : ndarray, shape (components,)
        Share of the variance in each direction.
    """

    centre: Floats
    factor: Floats
    weights: Floats
    explained: Floats


def learn(
    table: Table, columns: Sequence[Column], *, count: int | None, share: float, center: bool, scale: bool, seed: int
) -> Components:
    """Learn components from the rows without gaps.

    Parameters
    ----------
    table : Table
        Training rows.
    columns : sequence of Column
        Numbers.
    count : int, optional
        How many components; as many as explain `share` of the variance if None.
    share : float
        From 0 to 1.
    center, scale : bool
        Whether each column is put on mean 0, and on standard deviation 1.
    seed : int
        Of the random projection of wide tables.

    Raises
    ------
    DataError
        If the table is too large for as many components as are asked for.
    """
    names = [column.name for column in columns]
    floats = table.select({column.name: _floats_of(column) for column in columns}).polars(*names)
    rows = floats.filter(pl.all_horizontal(pl.all().is_finite()))
    if not len(rows):
        return Components(np.zeros(len(names)), np.ones(len(names)), np.zeros((len(names), 0)), np.zeros(0))
    return learn_from(rows, count=count, share=share, center=center, scale=scale, seed=seed)


def learn_from(
    rows: pl.DataFrame, *, count: int | None, share: float, center: bool, scale: bool, seed: int
) -> Components:
    """Learn components from rows of finite numbers, at least one; parameters and errors as of `learn`."""
    mean = np.array([values.mean() for values in rows.iter_columns()], dtype=np.float64)
    spread = np.array([values.std(ddof=0) for values in rows.iter_columns()], dtype=np.float64)
    # A constant column, or one too large to be squared, has no part in any direction.
    usable = np.isfinite(mean) & np.isfinite(spread) & (spread > 1e-12 * np.abs(mean))
    centre = np.where(usable & center, mean, 0.0)
    factor = np.where(usable, 1.0 / np.where(usable & scale, spread, 1.0), 0.0)
    weights, explained = _directions(_Rows(rows, centre, factor), count, share, seed)
    largest = weights[np.abs(weights).argmax(axis=0), np.arange(weights.shape[1])]
    return Components(centre, factor, weights * np.where(largest < 0, -1.0, 1.0), explained)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Rows without gaps, centred and scaled where they are used."""

    frame: pl.DataFrame
    centre: Floats
    factor: Floats

    def whole(self) -> Floats:
        return self._scaled(self.frame)

    def products(self) -> Floats:
        """Return the products of all pairs of columns, shape (columns, columns); never all rows in memory."""
        width = self.frame.width
        total = np.zeros((width, width))
        step = max(_CHUNK, 4_000_000 // width)
        for start in range(0, len(self.frame), step):
            part = self._scaled(self.frame.slice(start, step))
            total += part.T @ part
        return total

    def _scaled(self, part: pl.DataFrame) -> Floats:
        values = part.to_numpy(order="c")
        # A column that has no part may hold numbers too large to be subtracted.
        scaled: Floats = np.where(self.factor != 0.0, values, self.centre)
        scaled -= self.centre
        scaled *= self.factor
        return scaled


def _floats_of(column: Column) -> Expression:
    return lambda F: as_float(F, column)


def _directions(rows: _Rows, count: int | None, share: float, seed: int) -> tuple[Floats, Floats]:
    """Return as many directions as wanted, with the share of the variance in each."""
    height, width = rows.frame.shape
    smaller = min(height, width)
    if smaller <= _EXACT:
        return _cut(*(_among_columns(rows.products()) if height >= width else _among_rows(rows.whole())), count, share)
    values = rows.whole()
    most = min(smaller, _MOST_EXACT) // 2
    for wanted in _tried(most, last=smaller > _MOST_EXACT) if count is None else [count]:
        if wanted > most:
            break
        weights, explained = _projected(values, wanted, seed)
        if count is not None or explained.sum() >= share:
            return _cut(weights, explained, count, share)
    if smaller > _MOST_EXACT:
        what = f"{count:,}" if count is not None else f"More than {most:,}"
        raise DataError(
            f"{what} principal components of {height:,} rows and {width:,} columns are too many to compute.",
            hint=f"Ask for {most:,} at most, a smaller share of the variance, or fewer columns.",
        )
    return _cut(*(_among_columns(values.T @ values) if height >= width else _among_rows(values)), count, share)


def _tried(most: int, *, last: bool) -> Iterator[int]:
    """Yield numbers of directions, each twice the one before, and at last as many as there may be."""
    wanted = _FIRST
    while wanted <= most:
        yield wanted
        wanted *= 2
    if last:
        yield most


def _among_columns(products: Floats) -> tuple[Floats, Floats]:
    squares, vectors = np.linalg.eigh(products)
    return vectors[:, ::-1], _shares(squares[::-1], float(np.trace(products)))


def _among_rows(values: Floats) -> tuple[Floats, Floats]:
    """With fewer rows than columns, find the directions among the rows."""
    products = values @ values.T
    squares, vectors = np.linalg.eigh(products)
    squares, vectors = np.maximum(squares[::-1], 0.0), vectors[:, ::-1]
    there = squares > _NOISE * squares[0]
    directions = values.T @ (vectors[:, there] / np.sqrt(squares[there]))
    return directions, _shares(squares[there], float(np.trace(products)))


def _shares(squares: Floats, total: float) -> Floats:
    return np.maximum(squares, 0.0) / total if total > 0.0 else np.zeros_like(squares)


def _projected(values: Floats, count: int, seed: int) -> tuple[Floats, Floats]:
    """Return the first directions by random projection (Halko, Martinsson and Tropp 2011)."""
    from sklearn.utils.extmath import randomized_svd

    _, sizes, directions = randomized_svd(values, count, n_iter=4, random_state=seed)
    return directions.T, _shares(sizes**2, float((values * values).sum()))


def _cut(weights: Floats, explained: Floats, count: int | None, share: float) -> tuple[Floats, Floats]:
    kept = int((explained > _NOISE).sum())
    if count is None:
        # The first component with which the share is reached; rounding must not ask for one more.
        kept = min(kept, int(np.searchsorted(np.cumsum(explained), share - 1e-12)) + 1)
    else:
        kept = min(kept, count)
    return weights[:, :kept], explained[:kept]


class Projection:
    """Rows seen along components; a frame and one row get the same bits, as each sum is made column by column."""

    def __init__(self, components: Components) -> None:
        self.components = components
        self.count = int(components.weights.shape[1])
        self._none: tuple[float | None, ...] = (None,) * self.count
        self._few = components.weights.size <= 1_000
        self._row = tuple(part.tolist() for part in (components.centre, components.factor, components.weights))

    def frame(self, columns: Sequence[Floats]) -> Floats:
        """Return the components of rows, shape (components, rows); NaN for a row with a gap.

        Parameters
        ----------
        columns : sequence of ndarray, shape (rows,)
            The columns; NaN where a value is missing.
        """
        centre, factor, weights = self.components.centre, self.components.factor, self.components.weights
        rows = len(columns[0])
        made = np.empty((self.count, rows))
        for start in range(0, rows, _CHUNK):
            part = slice(start, start + _CHUNK)
            total = made[:, part]
            with np.errstate(over="ignore", invalid="ignore"):
                for j, values in enumerate(columns):
                    scaled = (values[part] - centre[j]) * factor[j]
                    if j:
                        total += weights[j][:, None] * scaled
                    else:
                        np.multiply(weights[j][:, None], scaled, out=total)
        gaps = np.zeros(rows, dtype=bool)
        for values in columns:
            gaps |= ~np.isfinite(values)
        made[:, gaps] = np.nan
        return made

    def row(self, *values: Any) -> tuple[float | None, ...]:
        """Return the components of one row; None in all of them if a value is missing or infinite."""
        centre, factor, weights = self._row
        scaled: list[float] = []
        total: list[float] = []
        for value, middle, inverse in zip(values, centre, factor, strict=True):
            if value is None or value - value != 0.0:
                return self._none
            scaled.append((float(value) - middle) * inverse)
        if self._few:
            total = [weight * scaled[0] for weight in weights[0]]
            for number, along in zip(scaled[1:], weights[1:], strict=True):
                total = [sum_ + weight * number for sum_, weight in zip(total, along, strict=True)]
        else:
            with np.errstate(over="ignore", invalid="ignore"):
                products = self.components.weights * np.array(scaled)[:, None]
                total = list(np.add.accumulate(products, axis=0)[-1].tolist())
        return tuple(None if value != value else value for value in total)
