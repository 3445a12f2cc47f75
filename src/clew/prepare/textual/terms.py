"""Texts as one column per term."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.prepare.textual.counts import TermCounts, by_number, counted
from clew.prepare.textual.hashing import hash_of
from clew.prepare.textual.tokens import Tokenizer


@dataclass(frozen=True, eq=False)
class TermColumns:
    """What turns texts into counts or weights of terms.

    Parameters
    ----------
    tokenizer : Tokenizer
        How texts are taken apart.
    width : int
        How many columns there are.
    number : callable
        Takes tokens that all differ; returns the column of each, -1 for none; shape (tokens,).
    find : callable
        Takes one token; returns its column, or None.
    least : float
        In each row, counts below this are 0: a number from 1, or a share of the row's tokens.
    weights : ndarray of float64, shape (width,), optional
        What counts are multiplied by.
    binary : bool
        Whether every count is 1.
    """

    tokenizer: Tokenizer
    width: int
    number: Callable[[list[str]], NDArray[np.int32]]
    find: Callable[[str], int | None]
    least: float
    weights: NDArray[np.float64] | None
    binary: bool

    @classmethod
    def of_terms(
        cls, tokenizer: Tokenizer, terms: Sequence[str], least: float, weights: Sequence[float] | None, *, binary: bool
    ) -> Self:
        """Give each of some terms a column."""
        numbers = {term: number for number, term in enumerate(terms)}
        array = None if weights is None else np.array(weights, dtype=np.float64)
        return cls(tokenizer, len(terms), by_number(numbers), numbers.get, least, array, binary)

    @classmethod
    def hashed(
        cls, tokenizer: Tokenizer, width: int, least: float, weights: Sequence[float] | None, *, binary: bool
    ) -> Self:
        """Give each token the column that its hash says."""

        def number(tokens: list[str]) -> NDArray[np.int32]:
            return np.array([hash_of(token) % width for token in tokens], dtype=np.int32)

        array = None if weights is None else np.array(weights, dtype=np.float64)
        return cls(tokenizer, width, number, lambda token: hash_of(token) % width, least, array, binary)

    @cached_property
    def _plain_weights(self) -> list[float] | None:
        return None if self.weights is None else self.weights.tolist()

    def of_text(self, text: str) -> tuple[float, ...]:
        """Return the columns of one text."""
        tokens = self.tokenizer(text)
        found = map(self.find, tokens)
        counts = Counter(number for number in found if number is not None)
        least = self.least if self.least >= 1 else self.least * len(tokens)
        result = [0.0] * self.width
        weights = self._plain_weights
        for number, count in counts.items():
            if count >= least:
                value = 1.0 if self.binary else float(count)
                result[number] = value if weights is None else float(np.float32(value * weights[number]))
        return tuple(result)

    def of_column(self, texts: pl.Series) -> NDArray[np.float32]:
        """Return the columns of many texts, shape (rows, width), each column in one piece of memory."""
        result = np.zeros((len(texts), self.width), dtype=np.float32, order="F")
        for part in self._counted(texts):
            kept = part.frequent(self.least)
            values = np.ones(len(kept.counts)) if self.binary else kept.counts.astype(np.float64)
            if self.weights is not None:
                values = values * self.weights[kept.terms]
            result[part.start + kept.rows, kept.terms] = values
        return result

    def rows_with_term(self, texts: pl.Series) -> NDArray[np.int64]:
        """Return in how many rows the term of each column stands, shape (width,)."""
        there = np.zeros(self.width, dtype=np.int64)
        for part in self._counted(texts):
            there += np.bincount(part.terms, minlength=self.width)
        return there

    def _counted(self, texts: pl.Series) -> Iterator[TermCounts]:
        return counted(texts, self.tokenizer, self.number)
