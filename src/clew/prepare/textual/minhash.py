"""Texts as numbers that are equal the more often, the more pieces of a few characters two texts share.

Each number is the smallest hash of a text's pieces, under a hash of its own; two texts have it in common with a
probability that is the share of common pieces among all their pieces (min-hashing: Broder 1997; for categories: Cerda
and Varoquaux 2020). The hash of a piece mixes its code points one after the other with the finalizer of MurmurHash3,
and that of number i mixes it with `mix(i * 0x9E3779B9)`: whole numbers of 32 bits, the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.prepare.textual.hashing import mixed

_GOLDEN = 0x9E3779B9
#: Hashes looked at together; few enough for the processor's own memory.
_CHUNK = 2**16
_TO_ONE = 2.0**-32


@dataclass(frozen=True)
class MinHash:
    """How texts become numbers.

    Parameters
    ----------
    width : int
        How many numbers, k.
    size : int
        Characters of a piece. A text is put between two spaces first, and filled up with spaces to one piece.
    """

    width: int
    size: int

    @cached_property
    def _salts(self) -> NDArray[np.uint32]:
        numbers = np.arange(1, self.width + 1, dtype=np.uint64) * _GOLDEN
        return mixed((numbers & 0xFFFFFFFF).astype(np.uint32))

    def of_text(self, text: str) -> tuple[float, ...]:
        """Return the k numbers of one text, from 0 to 1."""
        hashes = self._hashes(self._padded(text))
        smallest = mixed(hashes[:, None] ^ self._salts).min(axis=0)
        return tuple((smallest * _TO_ONE).tolist())

    def of_column(self, texts: pl.Series) -> NDArray[np.float64]:
        """Return the numbers of many texts, shape (texts, k); those of a missing one mean nothing."""
        result = np.empty((len(texts), self.width))
        padded = [self._padded(text or "") for text in texts.to_list()]
        pieces = np.array([len(text) - self.size + 1 for text in padded], dtype=np.int64)
        ends = np.cumsum(pieces)
        start = 0
        while start < len(texts):
            before = ends[start] - pieces[start]
            end = max(start + 1, int(np.searchsorted(ends, before + _CHUNK, side="right")))
            result[start:end] = self._some(padded[start:end], pieces[start:end])
            start = end
        return result

    def _some(self, padded: Sequence[str], pieces: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the numbers of texts that are looked at together."""
        hashes = self._hashes("".join(padded))
        # The pieces that begin near the end of one text and end in the next one are none.
        lengths = pieces + self.size - 1
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        hashes = hashes[(within < np.repeat(pieces, lengths))[: len(hashes)]]
        firsts = np.cumsum(pieces) - pieces
        smallest = [np.minimum.reduceat(mixed(hashes ^ salt), firsts) for salt in self._salts]
        return np.stack(smallest, axis=1) * _TO_ONE

    def _padded(self, text: str) -> str:
        return f" {text} ".ljust(self.size)

    def _hashes(self, text: str) -> NDArray[np.uint32]:
        """Return the hash of each piece of a text."""
        points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        count = len(points) - self.size + 1
        hashes = np.zeros(count, dtype=np.uint32)
        for place in range(self.size):
            hashes = mixed(hashes ^ (points[place : place + count] * np.uint32(_GOLDEN)))
        return hashes
