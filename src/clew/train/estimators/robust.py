"""Numbers on one scale, for algorithms that measure distances or learn by gradients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.base import Floats

#: Where the smooth clip levels off, in units of the robust scale.
_LEVEL = 3.0


@dataclass(frozen=True)
class RobustScale:
    """Middle half of each column on one scale, its ends bent smoothly (Holzmüller, Grinsztajn & Steinwart 2024).

    A column is centred on its median, divided by its interquartile range, or by half its range where that is 0, and
    bent by x / sqrt(1 + (x / 3)²), so that no value lies further out than 3. What is missing becomes the median.

    Parameters
    ----------
    middle, inverse : ndarray of float64, shape (p,)
        Median, and 1 / scale; 0 where the column is constant.
    """

    middle: Floats
    inverse: Floats

    @classmethod
    def fit(cls, numeric: NDArray[np.float32]) -> "RobustScale":
        """Learn from training rows, shape (n, p), NaN where missing."""
        known = ~np.isnan(numeric).all(axis=0)
        middle, inverse = np.zeros(numeric.shape[1]), np.zeros(numeric.shape[1])
        if known.any():
            values = numeric[:, known].astype(np.float64)
            low, first, median, third, high = np.nanquantile(values, [0.0, 0.25, 0.5, 0.75, 1.0], axis=0)
            scale = np.where(third > first, third - first, (high - low) / 2.0)
            # A scale far below the values' own precision is rounding, not information.
            told = scale > 1e-7 * np.abs(median)
            middle[known] = median
            inverse[known] = np.divide(1.0, scale, out=np.zeros_like(scale), where=told)
        return cls(middle, inverse)

    def apply(self, numeric: NDArray[np.float32]) -> Floats:
        """Return scaled numbers of the same shape, float64; one row or many, number by number."""
        scaled = (numeric.astype(np.float64) - self.middle) * self.inverse
        scaled = np.where(np.isnan(scaled), 0.0, scaled)
        bent: Floats = scaled / np.sqrt(1.0 + (scaled / _LEVEL) ** 2)
        return bent

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads."""
        return {"middle": self.middle, "inverse": self.inverse}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "RobustScale":
        """Rebuild a scale from `arrays`."""
        return cls(arrays["middle"], arrays["inverse"])
