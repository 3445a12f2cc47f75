"""Texts as a few numbers: their weighted terms, projected on the directions in which training texts differ most.

The weight of a term in a text is its count, or 1 + ln(count), times the inverse document frequency
1 + ln((1 + n) / (1 + rows)); the weights of a text are divided by their Euclidean length, as scikit-learn's
``TfidfVectorizer`` does. The directions are the first right singular vectors of the training texts' weights (latent
semantic analysis: Deerwester et al. 1990), found by implicitly restarted Lanczos iterations (Lehoucq et al. 1998).

One row must get the bits that a column gives it, in whatever order its terms are added up. So weights are whole
numbers, the directions too, and every sum is exact: weights have `_TF` and `_IDF` steps to one, directions `_SIDE`, and
counts end at `_MOST`. A direction has the length 1, so that by Cauchy and Schwarz no sum is larger than the length of
the weights times `_SIDE`: with 2^18 terms less than 2^53, up to which float64 knows every whole number.
"""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.prepare.textual.counts import TermCounts, by_number, counted
from clew.prepare.textual.tokens import Tokenizer

#: The largest vocabulary, for which sums are known to be exact.
MOST_TERMS = 2**18
_MOST = 1000
_TF = 2**8
_IDF = 2**7
_SIDE = 2.0**20
_LOGARITHMIC = np.array([0, *(round(_TF * (1 + math.log(count))) for count in range(1, _MOST + 1))], dtype=np.int64)
_PLAIN = np.arange(_MOST + 1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Latent:
    """What turns texts into numbers.

    Parameters
    ----------
    tokenizer : Tokenizer
        How texts are taken apart.
    terms : list of str
        The v terms that count.
    idf : ndarray of int64, shape (v,)
        Their weights, `_IDF` steps to one.
    directions : ndarray of float, shape (v, k)
        The directions, in columns.
    sublinear : bool
        Whether a term that stands there twice weighs less than twice as much.
    """

    tokenizer: Tokenizer
    terms: list[str]
    idf: NDArray[np.int64]
    directions: NDArray[Any]
    sublinear: bool

    @property
    def width(self) -> int:
        """How many numbers a text becomes."""
        return int(self.directions.shape[1])

    @cached_property
    def _sides(self) -> NDArray[np.float64]:
        return np.rint(self.idf[:, None] * (self.directions.astype(np.float64) * _SIDE))

    @cached_property
    def _tf(self) -> NDArray[np.int64]:
        return _LOGARITHMIC if self.sublinear else _PLAIN

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self.terms)}

    @cached_property
    def _plain(self) -> tuple[list[int], list[int], tuple[float, ...]]:
        return self.idf.tolist(), self._tf.tolist(), (0.0,) * self.width

    def of_text(self, text: str) -> tuple[float, ...]:
        """Return the numbers of one text."""
        numbers, (idf, tf, nothing) = self._numbers, self._plain
        counts = Counter([numbers[token] for token in self.tokenizer(text) if token in numbers])
        if not counts:
            return nothing
        terms = list(counts)
        weights = [tf[count] if count < _MOST else tf[_MOST] for count in counts.values()]
        length = sum((weight * idf[term]) ** 2 for weight, term in zip(weights, terms, strict=True))
        sums = np.array(weights, dtype=np.float64) @ self._sides[terms]
        return tuple((sums * (1.0 / _SIDE) / math.sqrt(length)).tolist())

    def of_column(self, texts: pl.Series) -> NDArray[np.float64]:
        """Return the numbers of a column of texts, shape (rows, k)."""
        result = np.zeros((len(texts), self.width))
        for part in counted(texts, self.tokenizer, by_number(self._numbers)):
            weights = self._tf[np.minimum(part.counts, _MOST)]
            lengths = np.sqrt(_lengths(part, weights * self.idf[part.terms]).astype(np.float64))
            sums = part.matrix(weights.astype(np.float64), len(self.terms)) @ self._sides
            there = lengths > 0
            rows = slice(part.start, part.start + len(lengths))
            result[rows][there] = sums[there] * (1.0 / _SIDE) / lengths[there, None]
        return result


def inverse_document_frequency(rows: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Return the weights of terms that stand in some of all rows, `_IDF` steps to one."""
    return np.array(
        [round(_IDF * (1 + math.log((1 + total) / (1 + there)))) for there in rows.tolist()], dtype=np.int64
    )


def learn_directions(
    parts: list[TermCounts], idf: NDArray[np.int64], components: int, seed: int, *, sublinear: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Learn the directions in which texts differ most.

    Parameters
    ----------
    parts : list of TermCounts
        Terms of the training texts.
    idf : ndarray of int64, shape (v,)
        Weights of the terms.
    components : int
        How many directions, k.
    seed : int
        Of the vector that the iterations begin with.
    sublinear : bool
        As for `Latent`.

    Returns
    -------
    tuple of ndarray
        Directions in columns, shape (v, k), and the share of all squared weights along each, shape (k,). Both are 0
        beyond the rank of the weights.
    """
    from scipy.sparse import vstack

    tf = _LOGARITHMIC if sublinear else _PLAIN
    matrices = []
    for part in parts:
        weights = tf[np.minimum(part.counts, _MOST)] * idf[part.terms]
        lengths = np.sqrt(_lengths(part, weights).astype(np.float64))
        matrices.append(part.matrix((weights / lengths[part.rows]).astype(np.float32), len(idf)))
    directions, shares = np.zeros((len(idf), components)), np.zeros(components)
    if matrices and len(idf):
        found, values = _right_singular(vstack(matrices, format="csr"), components, seed)
        directions[:, : len(values)] = found
        # The squared weights of a row that holds a term add up to 1.
        shares[: len(values)] = values**2 / max(sum(int((np.diff(m.indptr) > 0).sum()) for m in matrices), 1)
    return directions, shares


def _lengths(part: TermCounts, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of squared weights of each row; should the sum of all rows overflow, differences still hold."""
    sums = np.concatenate([[0], np.cumsum(weights**2)])
    lengths: NDArray[np.int64] = sums[part.ends[1:]] - sums[part.ends[:-1]]
    return lengths


def _right_singular(matrix: Any, components: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return right singular vectors in columns and their singular values, largest first."""
    from scipy.sparse.linalg import svds
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    wanted = min(components, *matrix.shape)
    if wanted == 0 or matrix.nnz == 0:
        return np.zeros((matrix.shape[1], 0)), np.zeros(0)
    # The iterations make many small products: threads of BLAS would mostly wait for one another.
    with threadpool_limits(1, user_api="blas"):
        if wanted == min(matrix.shape):
            _, values, vectors = np.linalg.svd(matrix.toarray(), full_matrices=False)
        else:
            start = np.random.default_rng(seed).standard_normal(min(matrix.shape)).astype(matrix.dtype)
            _, values, vectors = svds(matrix, wanted, tol=1e-4, v0=start, return_singular_vectors="vh")
    order = np.argsort(-values, kind="stable")
    order = order[values[order] > 1e-8 * values.max()]
    vectors = vectors[order]
    # A direction and its opposite are the same to the iterations: the largest part of each is positive here.
    largest = np.abs(vectors).argmax(axis=1)
    signs = np.sign(vectors[np.arange(len(order)), largest])
    return (vectors * signs[:, None]).T, values[order]
