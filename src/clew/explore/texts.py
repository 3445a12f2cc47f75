"""Texts as the bytes that they are, for what has to look at very many of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Bytes at the end of a text that may be white space: those of one byte, and all beyond ASCII.
_DOUBTFUL = np.isin(np.arange(256), [9, 10, 11, 12, 13, 28, 29, 30, 31, 32]) | (np.arange(256) > 127)


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts without nulls.

    Parameters
    ----------
    values : Series of String, shape (n,)
        The texts.
    data : ndarray of uint8
        Their UTF-8 bytes, one text after the other.
    offsets : ndarray of int64, shape (n + 1,)
        Where each begins in `data`; at last, where the last one ends.
    """

    values: pl.Series
    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, values: pl.Series) -> Self:
        """Look at texts, without nulls, shape (n,)."""
        text = values.to_arrow(compat_level=pl.CompatLevel.oldest())
        _, bounds, buffer = text.buffers()
        offsets = np.frombuffer(bounds, dtype=np.int64) if bounds else np.zeros(1, dtype=np.int64)
        offsets = offsets[text.offset : text.offset + len(text) + 1]
        data = np.frombuffer(buffer, dtype=np.uint8) if buffer else np.empty(0, dtype=np.uint8)
        return cls(values, data, offsets)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each, shape (n,)."""
        return np.diff(self.offsets)

    def characters(self) -> NDArray[np.int64]:
        """Return the characters of each, shape (n,)."""
        used = self.data[self.offsets[0] : self.offsets[-1]]
        if not len(used) or used.max() < 128:
            return self.sizes
        return np.asarray(self.values.str.len_chars().to_numpy(), dtype=np.int64)

    def edges(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which are blank, and which have white space before or after other characters, shape (n,) each."""
        sizes = self.sizes
        blank, padded = sizes == 0, np.zeros(len(sizes), dtype=bool)
        if not len(self.data):
            return blank, padded
        # Only what begins or ends with a byte that may be white space has to be stripped to see; the bytes around an
        # empty text are those of its neighbours, which does no harm.
        first, last = self.offsets[:-1], self.offsets[1:] - 1
        ends = _DOUBTFUL[self.data[np.minimum(first, len(self.data) - 1)]] | _DOUBTFUL[self.data[last]]
        doubtful = np.flatnonzero(ends & ~blank)
        if len(doubtful):
            left = self.values.gather(doubtful).str.strip_chars().str.len_bytes().to_numpy()
            blank[doubtful] = left == 0
            padded[doubtful] = (left > 0) & (left < sizes[doubtful])
        return blank, padded
