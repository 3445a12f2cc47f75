"""How many different values there are, from a small sketch that can be merged.

The k smallest hashes of the values (Bar-Yossef et al. 2002; estimator of Beyer et al. 2007, *On synopses for
distinct-value estimation under multiset operations*): the k-th smallest of d uniform hashes lies near k / d. With
k = 1024 the estimate has a relative standard error of 1 / sqrt(k - 2) = 3.1 %. The hash is defined here, since the ones
of the libraries may change between versions and a stored sketch has to stay mergeable.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.explore.encoding import array_from_text, array_to_text
from clew.explore.families import Family, family_of, from_iso
from clew.explore.texts import Texts
from clew.explore.values import Value

#: Hashes kept.
SIZE = 1024
_SPACE = float(2**64)
_BASE = np.uint64(0x9E3779B97F4A7C15)
#: Bytes of long texts hashed at a time: bounds the memory at eight times as much.
_BLOCK = 1 << 22
#: Values hashed at a time, so that what is computed stays in the processor's cache.
_VALUES = 1 << 15
#: Texts up to this many bytes are hashed side by side, byte by byte; longer ones one after the other.
_SHORT = 64

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class DistinctSketch:
    """The smallest hashes of the values seen.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (k,)
        Sorted, without repetition, at most `SIZE`.
    """

    hashes: Hashes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DistinctSketch) and np.array_equal(self.hashes, other.hashes)

    def __hash__(self) -> int:
        return hash(self.hashes.tobytes())

    @classmethod
    def of(cls, hashes: Hashes) -> "DistinctSketch":
        """Keep the smallest of the hashes, shape (n,)."""
        if len(hashes) > 4 * SIZE:
            # A partition first: sorting a million hashes to keep a thousand would be a waste.
            head = np.partition(hashes, 2 * SIZE)[: 2 * SIZE]
            smallest = np.unique(head)[:SIZE]
            if len(smallest) == SIZE:
                return cls(smallest)
        return cls(np.unique(hashes)[:SIZE])

    @classmethod
    def of_numbers(cls, values: NDArray[np.generic]) -> "DistinctSketch":
        """Sketch numbers, shape (n,)."""
        return cls._smallest(hash_numbers(values[at : at + _VALUES]) for at in range(0, len(values), _VALUES))

    @classmethod
    def _smallest(cls, blocks: Iterable[Hashes]) -> "DistinctSketch":
        """Keep the smallest of many hashes, which come in blocks."""
        held, count, limit = [np.empty(0, dtype=np.uint64)], 0, np.uint64(2**64 - 1)
        for block in blocks:
            # Soon nearly all are above what is kept already.
            small = block[block <= limit]
            held.append(small)
            count += len(small)
            if count > 8 * SIZE:
                known = cls.of(np.concatenate(held)).hashes
                held, count = [known], len(known)
                limit = known[-1] if len(known) == SIZE else limit
        return cls.of(np.concatenate(held))

    def merge(self, other: "DistinctSketch") -> "DistinctSketch":
        """Return the sketch of both parts together."""
        return DistinctSketch.of(np.concatenate((self.hashes, other.hashes)))

    @property
    def exact(self) -> bool:
        """Whether every value seen has its hash here."""
        return len(self.hashes) < SIZE

    def estimate(self) -> int:
        """Return the estimated number of distinct values; exact while fewer than `SIZE` were seen."""
        if self.exact:
            return len(self.hashes)
        return round((SIZE - 1) / ((float(self.hashes[-1]) + 1) / _SPACE))

    def to_text(self) -> str:
        """Return the hashes as base64."""
        return array_to_text(self.hashes)

    @classmethod
    def from_text(cls, text: str) -> "DistinctSketch":
        """Rebuild from `to_text`."""
        return cls(array_from_text(text, np.uint64))


def hash_values(values: list[Value], dtype: str) -> Hashes:
    """Hash listed values, shape (n,), of a column of numbers, moments or texts."""
    family = family_of(dtype)
    if family is Family.TEXT:
        return hash_texts(Texts.of(pl.Series(values, dtype=pl.String)))
    if family is Family.MOMENT:
        return hash_numbers(from_iso([str(value) for value in values], dtype))
    return hash_numbers(np.array(values))


def hash_numbers(values: NDArray[np.generic]) -> Hashes:
    """Hash numbers, shape (n,); a whole number has one hash, be it stored as integer or as float."""
    if values.dtype.kind == "u":
        return _mix(values.astype(np.uint64))
    if values.dtype.kind == "i":
        return _mix(values.astype(np.int64).view(np.uint64))
    floats = values.astype(np.float64) + 0.0  # turns -0.0 into 0.0
    bits = floats.view(np.uint64).copy()
    whole = np.flatnonzero((floats == np.floor(floats)) & (np.abs(floats) < 2.0**63))
    bits[whole] = floats[whole].astype(np.int64).view(np.uint64)
    return _mix(bits)


def hash_texts(texts: Texts) -> Hashes:
    """Hash texts, shape (n,): a polynomial over their UTF-8 bytes modulo 2^64, then mixed."""
    return np.concatenate([np.empty(0, dtype=np.uint64), *_text_blocks(texts)])


def _text_blocks(texts: Texts) -> Iterator[Hashes]:
    powers = np.cumprod(np.full(_SHORT + 1, _BASE), dtype=np.uint64)
    every = texts.sizes
    for at in range(0, len(every), _VALUES):
        sizes = every[at : at + _VALUES]
        starts = texts.offsets[at : at + len(sizes)]
        long = sizes > _SHORT
        sums = _side_by_side(texts.data, starts, np.where(long, 0, sizes), powers)
        if long.any():
            sums[long] = _one_by_one(texts.data, starts[long], sizes[long])
        yield _mix(sums + sizes.astype(np.uint64))


def _side_by_side(
    data: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64], powers: Hashes
) -> Hashes:
    """Return the polynomials of short texts: of all their first bytes, then of all their second ones."""
    sums = np.zeros(len(starts), dtype=np.uint64)
    least = int(sizes.min())
    for place in range(int(sizes.max())):
        if place < least:
            sums += (data[starts + place].astype(np.uint64) + np.uint64(1)) * powers[place]
        else:
            some = np.flatnonzero(sizes > place)
            sums[some] += (data[starts[some] + place].astype(np.uint64) + np.uint64(1)) * powers[place]
    return sums


def _one_by_one(data: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Hashes:
    """Return the polynomials of long texts, some megabytes at a time."""
    powers = np.cumprod(np.full(int(sizes.max()) + 1, _BASE), dtype=np.uint64)
    ends = np.cumsum(sizes)
    parts, first = [], 0
    while first < len(sizes):
        done = int(ends[first - 1]) if first else 0
        stop = max(first + 1, int(np.searchsorted(ends, done + _BLOCK, side="right")))
        pieces = [data[starts[at] : starts[at] + sizes[at]] for at in range(first, stop)]
        parts.append(_polynomials(np.concatenate(pieces), sizes[first:stop], powers))
        first = stop
    return np.concatenate(parts)


def _polynomials(data: NDArray[np.uint8], sizes: NDArray[np.int64], powers: Hashes) -> Hashes:
    ends = np.cumsum(sizes)
    position = np.arange(len(data), dtype=np.int64) - np.repeat(ends - sizes, sizes)
    terms = (data.astype(np.uint64) + np.uint64(1)) * powers[position]
    total = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)))
    return np.asarray(total[ends] - total[ends - sizes], dtype=np.uint64)


def _mix(values: Hashes) -> Hashes:
    """Spread 64 bits evenly: the finaliser of SplitMix64 (Steele, Lea and Flood 2014), which loses nothing."""
    mixed = values + _BASE
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)
