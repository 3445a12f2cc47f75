"""One float matrix out of numbers and category codes, as the boosters want it."""

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix, MatrixLayout

#: What the step ``target_mean`` puts behind the name of a column.
_MEAN = "_target_mean"


def joined(matrix: Matrix) -> NDArray[np.float32]:
    """Return numbers and codes side by side, shape (n, p + q); a missing category is NaN.

    Codes stay exact: float32 holds every whole number up to 2**24.

    Parameters
    ----------
    matrix : Matrix
        Features of ``n`` rows, ``p`` numeric and ``q`` categorical.
    """
    if matrix.codes.shape[1] == 0:
        return matrix.numeric
    codes = matrix.codes.astype(np.float32)
    codes[matrix.codes < 0] = np.nan
    return np.concatenate([matrix.numeric, codes], axis=1)


def joined_row(numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return one row as `joined` does, shape (1, p + q)."""
    if len(codes) == 0:
        return numeric.reshape(1, -1)
    row = np.empty((1, len(numeric) + len(codes)), dtype=np.float32)
    row[0, : len(numeric)] = numeric
    tail = row[0, len(numeric) :]
    tail[:] = codes
    tail[codes < 0] = np.nan
    return row


def kinds(matrix: Matrix) -> list[str]:
    """Return ``"q"`` for each numeric and ``"c"`` for each categorical column of `joined`."""
    return ["q"] * matrix.numeric.shape[1] + ["c"] * matrix.codes.shape[1]


def wide_columns(layout: MatrixLayout) -> list[int]:
    """Return the positions of the categorical columns beside which the mean of the target stands for each category.

    The recipe makes such a mean where categories are many. Trees that may split them too find more than the mean says,
    or sets by chance.

    Parameters
    ----------
    layout : MatrixLayout
        Of the matrix.
    """
    means = [name for name in layout.numeric if _MEAN in name]
    return [j for j, name in enumerate(layout.categorical) if any(mean.startswith(name + _MEAN) for mean in means)]


def both_classes(positive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of both classes, shape (n, 2), from those of the second, shape (n,)."""
    wide = np.empty((len(positive), 2))
    wide[:, 1] = positive
    np.subtract(1.0, positive, out=wide[:, 0])
    return wide


def normalised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows that sum to 1; adds column by column, so that a row's bits do not depend on the others."""
    total = values[:, 0].copy()
    for index in range(1, values.shape[1]):
        total += values[:, index]
    scaled: NDArray[np.float64] = values / total[:, None]
    return scaled
