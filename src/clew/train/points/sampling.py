"""Some of many rows, drawn once."""

import numpy as np
from numpy.typing import NDArray


def draw(rows: int, most: int, seed: int) -> NDArray[np.int64]:
    """Return positions of at most this many rows, rising; all of them where they are few enough.

    Parameters
    ----------
    rows : int
        Rows that there are.
    most : int
        Rows to draw at most.
    seed : int
        Of the draw.
    """
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
