"""How often each term stands in each row of a column of texts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.prepare.textual.tokens import Tokenizer, tokens_of

#: Takes tokens that all differ; returns the number of the term of each, -1 for one that does not count.
Numbering: TypeAlias = Callable[[list[str]], NDArray[np.int32]]


@dataclass(frozen=True, slots=True, eq=False)
class TermCounts:
    """Counts of some rows, by row and term: a sparse matrix in compressed rows, each term once.

    Parameters
    ----------
    start : int
        Position of the first row.
    ends : ndarray of int64, shape (rows + 1,)
        Where the counts of each row begin; the last one is their number.
    terms : ndarray of int32, shape (counts,)
        The term of each count, by number.
    counts : ndarray of int64, shape (counts,)
        How often it stands there.
    lengths : ndarray of int64, shape (rows,)
        How many tokens each row has, known terms or not.
    """

    start: int
    ends: NDArray[np.int64]
    terms: NDArray[np.int32]
    counts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of each count, counted from `start`."""
        return np.repeat(np.arange(len(self.lengths)), np.diff(self.ends))

    def where(self, kept: NDArray[np.bool_]) -> "TermCounts":
        """Return some of the counts only."""
        ends = np.concatenate([[0], np.cumsum(kept)])[self.ends]
        return TermCounts(self.start, ends, self.terms[kept], self.counts[kept], self.lengths)

    def frequent(self, least: float) -> "TermCounts":
        """Return the counts that are not below a number, or below a share of the row's tokens if it is less than 1."""
        if least >= 1:
            return self if least == 1 else self.where(self.counts >= least)
        return self.where(self.counts >= least * self.lengths[self.rows])

    def renumbered(self, numbers: NDArray[np.int32]) -> "TermCounts":
        """Return the counts of terms that have a new number, -1 for none, under it; in the order that they had."""
        terms = numbers[self.terms]
        return replace(self, terms=terms).where(terms >= 0)

    def matrix(self, values: NDArray[Any], width: int) -> Any:
        """Return values in the place of the counts as a SciPy matrix in compressed rows, shape (rows, width)."""
        from scipy.sparse import csr_matrix

        return csr_matrix((values, self.terms, self.ends), shape=(len(self.lengths), width))


def counted(texts: pl.Series, tokenizer: Tokenizer, number: Numbering) -> Iterator[TermCounts]:
    """Yield the counts of a column, some rows at a time.

    Parameters
    ----------
    texts : polars.Series
        Texts, None where missing.
    tokenizer : Tokenizer
        How they are taken apart.
    number : callable
        See `Numbering`.
    """
    for part in tokens_of(texts, tokenizer):
        terms = number(part.distinct)[part.codes] if part.distinct else part.codes
        rows = np.repeat(np.arange(len(part.lengths)), part.lengths)
        known = terms >= 0
        # Sorting by row and term together is quicker than row by row, and counts on the way.
        keys, counts = np.unique((rows[known] << 32) | terms[known], return_counts=True)
        ends = np.searchsorted(keys >> 32, np.arange(len(part.lengths) + 1))
        yield TermCounts(part.start, ends, (keys & 0xFFFFFFFF).astype(np.int32), counts, part.lengths)


def by_number(numbers: Mapping[str, int]) -> Numbering:
    """Return what numbers tokens by a table; one that is not in it does not count."""
    find = numbers.get
    return lambda tokens: np.array([find(token, -1) for token in tokens], dtype=np.int32)
