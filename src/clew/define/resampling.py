"""Bootstrap draws: how often each row is drawn, and what figures come out.

Rows, or whole groups where `Predictions.group` is set, are drawn with replacement as often as there are. A draw is kept
as counts, so that a figure is computed through weights and no row is ever copied.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import FloatArray, IntArray, Statistic, codes_of

#: Counts held at a time, in numbers: few enough to stay in a processor's cache.
_BLOCK_SIZE = 250_000


def units_of(predictions: Predictions) -> tuple[int, IntArray | None]:
    """Count the things to draw from.

    Returns
    -------
    units : int
        Number of rows, or of groups.
    codes : ndarray, shape (n,), optional
        Group of each row, from 0; None where rows are drawn.
    """
    if predictions.group is None:
        return len(predictions), None
    codes = codes_of(predictions.group)
    return int(codes.max(initial=-1)) + 1, codes


def replicates(functions: Sequence[Statistic], predictions: Predictions, *, resamples: int, seed: int) -> FloatArray:
    """Compute several figures on the same draws.

    Parameters
    ----------
    functions : sequence of Statistic
        Each takes how often each row was drawn, shape (b, n), and returns b figures.
    predictions : Predictions
        The rows they are about; only their number and group are read.
    resamples : int
        Number of draws.
    seed : int
        Of the draws.

    Returns
    -------
    ndarray, shape (functions, resamples)
        NaN where a figure is not defined; all NaN without rows.
    """
    units, codes = units_of(predictions)
    rows = len(predictions)
    if rows == 0:
        return np.full((len(functions), resamples), np.nan)
    blocks = []
    for counts in draws(units, resamples, max(1, _BLOCK_SIZE // rows), seed):
        spread = counts if codes is None else counts[:, codes]
        blocks.append(np.stack([function(spread) for function in functions]))
    return np.concatenate(blocks, axis=1)


def draws(units: int, resamples: int, block: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each unit is drawn; the same draws whatever the block.

    Parameters
    ----------
    units : int
        Number of things to draw from, and of draws from them.
    resamples : int
        Number of times this is done.
    block : int
        Number of resamples in each array.
    seed : int
        Of the draws.

    Yields
    ------
    ndarray, shape (up to block, units)
    """
    random = np.random.default_rng(seed)
    for start in range(0, resamples, block):
        counts = np.empty((min(block, resamples - start), units))
        for row in counts:
            row[:] = np.bincount(random.integers(0, units, units), minlength=units)
        yield counts
