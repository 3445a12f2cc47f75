"""A uniform sample of rows that pass by, without knowing how many there will be.

Every row draws a number, and the rows with the smallest numbers stay (bottom-k sampling): any set of k rows is equally
likely, whatever the order of the rows and however they are cut into batches.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Rows that are kept, unless they take more memory than this together.
SAMPLE_ROWS, SAMPLE_BYTES = 100_000, 256 << 20
_FEWEST = 1_000
#: Beside the seed, so that rows which somebody made with that very seed are no echo of the draw.
_OWN = 0x1EAF


class Reservoir:
    """Keeps a uniform sample of the rows it is shown.

    Parameters
    ----------
    seed : int
        Seed of the draw.
    rows : int, default SAMPLE_ROWS
        Rows kept at most; fewer where rows are very large.
    """

    def __init__(self, seed: int, rows: int = SAMPLE_ROWS) -> None:
        self._random = np.random.default_rng([_OWN, seed])
        self._most = rows
        self._limit = np.inf
        self._parts: list[tuple[NDArray[np.float64], NDArray[np.int64], pl.DataFrame]] = []
        self.seen = 0

    def add(self, batch: pl.DataFrame) -> None:
        """Show it the next rows."""
        drawn = self._random.random(len(batch))
        chosen = np.flatnonzero(drawn < self._limit)
        if len(chosen) > self._most:
            chosen = np.sort(chosen[np.argpartition(drawn[chosen], self._most - 1)[: self._most]])
        self._parts.append((drawn[chosen], self.seen + chosen, _copied(batch[chosen])))
        self.seen += len(batch)
        if sum(len(part[0]) for part in self._parts) > 2 * self._most:
            self._cut()

    def _cut(self) -> None:
        """Keep the rows with the smallest numbers."""
        frame = pl.concat([part[2] for part in self._parts], how="vertical_relaxed")
        drawn, places = (np.concatenate([part[at] for part in self._parts]) for at in (0, 1))
        row_bytes = frame.estimated_size() / max(len(frame), 1)
        most = min(self._most, max(_FEWEST, int(SAMPLE_BYTES / max(row_bytes, 1.0))))
        if len(drawn) > most:
            stay = np.argpartition(drawn, most - 1)[:most]
            stay.sort()
            self._limit = float(drawn[stay].max())
            drawn, places, frame = drawn[stay], places[stay], _copied(frame[stay])
        self._parts = [(drawn, places, frame)]

    def sample(self) -> tuple[pl.DataFrame, NDArray[np.int64]]:
        """Return the rows kept, in their order, and where each stood, shape (rows,), counted from 0."""
        self._cut()
        _, places, frame = self._parts[0]
        return frame, places


def _copied(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows that share no memory with those they were taken from, which would all be kept with them."""
    texts = [name for name, dtype in frame.schema.items() if dtype in {pl.String, pl.Binary}]
    if not texts:
        return frame
    copies = pl.from_arrow(frame.select(texts).to_arrow(compat_level=pl.CompatLevel.oldest()))
    return frame.with_columns(copies.get_columns() if isinstance(copies, pl.DataFrame) else [])
