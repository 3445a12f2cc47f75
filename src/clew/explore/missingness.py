"""Which values are missing together: combinations of missing columns with their rows, and nullity correlation.

Every row becomes a number with a bit per column, so a look at a table is linear in its rows; columns beyond
`MAX_COLUMNS` are left out. Parts are merged by adding counts; of very many combinations the most frequent are kept,
while how often two columns are missing together is counted for all rows and stays exact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.explore.statistics import TableStatistics

#: Columns looked at: those with the most missing values.
MAX_COLUMNS = 63
#: Combinations that travel along, and that a result lists.
KEPT, LISTED = 4096, 20
#: Pairs of columns that a result lists, from this strength on.
LISTED_PAIRS, LEAST_CORRELATION = 50, 0.1
#: How many bits of a byte are set.
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)

_Masks = NDArray[np.uint64]
_Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MissingPatterns:
    """Which columns are missing together.

    Parameters
    ----------
    columns : tuple of str
        Columns that were looked at.
    rows : int
        Rows that were looked at.
    masks : ndarray of uint64, shape (k,)
        A combination each: bit i is set where ``columns[i]`` is missing. Most frequent first.
    counts : ndarray of int64, shape (k,)
        Rows of each combination.
    together : ndarray of int64, shape (columns, columns)
        Rows in which both columns are missing; on the diagonal, the one is.
    """

    columns: tuple[str, ...]
    rows: int
    masks: _Masks
    counts: _Counts
    together: _Counts

    @classmethod
    def of(cls, frame: pl.DataFrame, columns: Iterable[str]) -> "MissingPatterns":
        """Look at some columns of a table, `MAX_COLUMNS` at most; null and NaN are missing."""
        names = tuple(columns)
        missing = ((place, _missing(frame[name])) for place, name in enumerate(names))
        gone = {place: rows.to_numpy() for place, rows in missing if rows is not None}
        bits = np.zeros(len(frame), dtype=np.uint64)
        for place, rows in gone.items():
            bits |= rows.astype(np.uint64) << np.uint64(place)
        return cls(names, len(frame), *_frequent(*_count(bits)), _together(gone, len(names)))

    def merge(self, other: "MissingPatterns") -> "MissingPatterns":
        """Return what is known of the rows of both together; both have looked at the same columns."""
        masks, place = np.unique(np.concatenate((self.masks, other.masks)), return_inverse=True)
        counts = np.zeros(len(masks), dtype=np.int64)
        np.add.at(counts, place, np.concatenate((self.counts, other.counts)))
        return MissingPatterns(
            self.columns, self.rows + other.rows, *_frequent(masks, counts), self.together + other.together
        )

    def with_gaps(self) -> "MissingPatterns":
        """Return the same without the columns that are never missing."""
        kept = np.flatnonzero(np.diag(self.together))
        masks = np.zeros(len(self.masks), dtype=np.uint64)
        for new, old in enumerate(kept.tolist()):
            masks |= (self.masks >> np.uint64(old) & np.uint64(1)) << np.uint64(new)
        names = tuple(self.columns[at] for at in kept)
        return MissingPatterns(names, self.rows, *_frequent(masks, self.counts), self.together[np.ix_(kept, kept)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MissingPatterns) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.columns, self.rows, *(part.tobytes() for part in (self.masks, self.counts, self.together))

    @property
    def complete(self) -> int:
        """Rows in which none of the columns is missing."""
        return int(self.counts[self.masks == 0].sum())

    @property
    def unlisted(self) -> int:
        """Rows whose combination was too rare to be kept; 0 unless there were very many combinations."""
        return self.rows - int(self.counts.sum())

    def combinations(self) -> list[tuple[tuple[str, ...], int]]:
        """Return the missing columns of each combination and its rows, the most frequent first."""
        return [(self._names(int(mask)), int(count)) for mask, count in zip(self.masks, self.counts, strict=True)]

    def _names(self, mask: int) -> tuple[str, ...]:
        return tuple(name for place, name in enumerate(self.columns) if mask >> place & 1)

    def correlation(self) -> NDArray[np.float64]:
        """Return the correlation between being missing here and there, shape (columns, columns).

        It is the phi coefficient: 1 where both are missing in the same rows, 0 where the one says nothing about the
        other, -1 where one is there exactly when the other is not. NaN where a column is never or always missing.
        """
        gone = np.diag(self.together).astype(np.float64)
        left = self.rows - gone
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.sqrt(gone * left)
            return np.asarray((self.rows * self.together - np.outer(gone, gone)) / np.outer(spread, spread))

    def pairs(self) -> list[dict[str, Any]]:
        """Return the columns whose missing values go together or exclude each other, the strongest pairs first."""
        correlation = self.correlation()
        first, second = np.triu_indices(len(self.columns), 1)
        strength = np.nan_to_num(np.abs(correlation[first, second]))
        order = np.argsort(-strength, kind="stable")[:LISTED_PAIRS]
        return [
            {
                "columns": [self.columns[first[at]], self.columns[second[at]]],
                "correlation": float(correlation[first[at], second[at]]),
                "together": int(self.together[first[at], second[at]]),
            }
            for at in order
            if strength[at] >= LEAST_CORRELATION
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the most frequent combinations and the strongest pairs, as JSON-ready values."""
        return {
            "columns": list(self.columns),
            "rows": self.rows,
            "complete_rows": self.complete,
            "combinations": [
                {"columns": list(names), "rows": count, "share": count / self.rows}
                for names, count in self.combinations()[:LISTED]
            ],
            "other_rows": self.rows - int(self.counts[:LISTED].sum()),
            "correlations": self.pairs(),
        }


def columns_with_missing(known: TableStatistics) -> tuple[str, ...]:
    """Return the columns with missing values in the order of the table; of very many, those with the most."""
    missing: Mapping[str, int] = {name: column.missing for name, column in known.columns.items() if column.missing}
    chosen = set(sorted(missing, key=lambda name: -missing[name])[:MAX_COLUMNS])
    return tuple(name for name in missing if name in chosen)


def _missing(values: pl.Series) -> pl.Series | None:
    """Return where a column has no value; None where it has one in every row."""
    gone = values.is_null() if values.null_count() else None
    if values.dtype.is_float() and bool(values.is_nan().any()):
        gone = values.is_nan().fill_null(value=True)
    return gone


def _count(bits: _Masks) -> tuple[_Masks, _Counts]:
    counted = pl.Series("mask", bits).value_counts(name="rows")
    return counted["mask"].to_numpy(), counted["rows"].to_numpy().astype(np.int64)


def _frequent(masks: _Masks, counts: _Counts) -> tuple[_Masks, _Counts]:
    order = np.lexsort((masks, -counts))[:KEPT]
    return masks[order], counts[order]


def _together(gone: Mapping[int, NDArray[np.bool_]], columns: int) -> _Counts:
    """Count the rows in which two columns are missing, by the bits that stand for the rows."""
    bits = {place: np.packbits(rows) for place, rows in gone.items()}
    total = np.zeros((columns, columns), dtype=np.int64)
    for one, other in combinations_with_replacement(bits, 2):
        total[one, other] = total[other, one] = int(_ONES[bits[one] & bits[other]].sum())
    return total
