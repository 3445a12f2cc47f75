"""Figures that describe a picture: the directions of its edges, and its colours."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

#: Blocks keep no part of a contrast beyond this, after normalising: one strong edge does not hide the others.
_MOST = 0.2
_LITTLE = 1e-5


def oriented_gradients(pixels: NDArray[np.uint8], cell: int, block: int, orientations: int) -> NDArray[np.float64]:
    """Return the histograms of oriented gradients of a picture (Dalal and Triggs 2005).

    At each pixel the colour with the strongest gradient counts (central differences; none at the rim). Its strength
    goes to the two nearest of the orientations, from 0 to 180 degrees, in its cell. Blocks of cells, one beside
    the other with one cell's step, are brought to the Euclidean length 1, cut at 0.2, and brought to 1 again.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
        The picture; height and width are multiples of the cell.
    cell : int
        Side of a cell, in pixels.
    block : int
        Side of a block, in cells.
    orientations : int
        Bins of a half turn.

    Returns
    -------
    ndarray, shape (blocks down * blocks across * block * block * orientations,)
        Block by block, cell by cell.
    """
    height, width = pixels.shape[:2]
    rows, columns = height // cell, width // cell
    strength, angle = _gradients(pixels)
    place = angle * (orientations / np.pi) - 0.5
    lower = np.floor(place)
    share = place - lower
    first = lower.astype(np.int64) % orientations
    where = _cells(height, width, cell)[1:-1, 1:-1] * orientations
    size = rows * columns * orientations
    bins = np.bincount((where + first).ravel(), (strength * (1 - share)).ravel(), size).astype(np.float64)
    bins += np.bincount((where + (first + 1) % orientations).ravel(), (strength * share).ravel(), size)
    cells = bins.reshape(rows, columns, orientations)
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(0, 1))
    vectors = np.moveaxis(blocks, 2, -1).reshape(-1, block * block * orientations)
    return _normalised(np.minimum(_normalised(vectors), _MOST)).ravel()


def colour_histogram(pixels: NDArray[np.uint8], bins: int) -> NDArray[np.float64]:
    """Return the share of pixels in equal ranges of red, then of green, then of blue, shape (3 * bins,)."""
    values = pixels.reshape(-1, 3).astype(np.int64) * bins // 256 + np.arange(3) * bins
    return np.bincount(values.ravel(), minlength=3 * bins) / len(values)


def _gradients(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return strength and direction (0 to pi) of each pixel but those at the rim."""
    light = pixels.astype(np.float64) / 255.0
    across = light[1:-1, 2:] - light[1:-1, :-2]
    down = light[2:, 1:-1] - light[:-2, 1:-1]
    squares = across * across + down * down
    strongest = squares.argmax(axis=2)[..., None]
    across, down, square = (np.take_along_axis(part, strongest, axis=2)[..., 0] for part in (across, down, squares))
    return np.sqrt(square), np.arctan2(down, across) % np.pi


def _normalised(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True) + _LITTLE * _LITTLE)
    result: NDArray[np.float64] = vectors / lengths
    return result


@lru_cache(maxsize=8)
def _cells(height: int, width: int, cell: int) -> NDArray[np.int64]:
    """Return the number of the cell of each pixel."""
    down, across = np.arange(height) // cell, np.arange(width) // cell
    return down[:, None] * (width // cell) + across
