"""Mean, spread, skewness and kurtosis that can be computed in parts.

The central sums of two parts combine into those of the whole without looking at the rows again: for mean and variance
by Chan, Golub and LeVeque (1979, *Updating formulae and a pairwise algorithm for computing sample variances*), for the
third and fourth by Pébay (2008, *Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
statistical moments*, Sandia SAND2008-6212, equations 2.1 to 2.3).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.explore.encoding import float_from_json, float_to_json

#: Values looked at together: few enough for the processor's cache.
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and the central sums of powers two to four.

    Parameters
    ----------
    count : int
        Finite values seen.
    mean : float
        Their mean; 0 where there is none.
    m2, m3, m4 : float
        Sums of the second to fourth power of the deviations from the mean.
    """

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Moments":
        """Compute the moments of finite values, shape (n,)."""
        if not len(values):
            return cls()
        # Squares of huge values overflow to infinity, which `_finite` reports as "not known".
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(np.mean(values))
            sums, off = np.zeros(3), 0.0
            for start in range(0, len(values), _BLOCK):
                deviation = values[start : start + _BLOCK] - mean
                off += float(np.sum(deviation))
                square = deviation * deviation
                sums += np.sum(square), np.sum(square * deviation), np.sum(square * square)
            # What rounding of the mean adds to the squares (Chan, Golub and LeVeque 1983); of a constant that is all.
            sums[0] = max(sums[0] - off * off / len(values), 0.0)
            return cls(len(values), _known(mean), *map(_known, sums))

    def merge(self, other: "Moments") -> "Moments":
        """Return the moments of both parts together."""
        if not self.count or not other.count:
            return self if self.count else other
        a, b = float(self.count), float(other.count)
        n = a + b
        with np.errstate(over="ignore", invalid="ignore"):
            delta = np.float64(other.mean) - np.float64(self.mean)
            m2 = self.m2 + other.m2 + delta**2 * a * b / n
            m3 = self.m3 + other.m3 + delta**3 * a * b * (a - b) / n**2 + 3 * delta * (a * other.m2 - b * self.m2) / n
            m4 = (
                self.m4
                + other.m4
                + delta**4 * a * b * (a * a - a * b + b * b) / n**3
                + 6 * delta**2 * (a * a * other.m2 + b * b * self.m2) / n**2
                + 4 * delta * (a * other.m3 - b * self.m3) / n
            )
            mean = self.mean + delta * b / n
        return Moments(self.count + other.count, *map(_known, (mean, m2, m3, m4)))

    @property
    def std(self) -> float | None:
        """Standard deviation with the divisor n - 1; None below two values."""
        return _finite(math.sqrt(self.m2 / (self.count - 1))) if self.count > 1 else None

    @property
    def skewness(self) -> float | None:
        """Third standardised moment (0 for a symmetric shape); None where nothing varies."""
        return _finite(math.sqrt(self.count) * self.m3 / self.m2**1.5) if self._varies else None

    @property
    def kurtosis(self) -> float | None:
        """Fourth standardised moment minus 3 (0 for the normal distribution); None where nothing varies."""
        return _finite(self.count * self.m4 / self.m2**2 - 3.0) if self._varies else None

    @property
    def _varies(self) -> bool:
        # Equal values leave a residue of rounding in m2; standardising it would give an arbitrary shape.
        scale = max(abs(self.mean), float(np.finfo(np.float64).tiny))
        spread = math.sqrt(self.m2 / self.count) if self.count else 0.0
        return math.isfinite(self.m2) and spread > 8 * float(np.finfo(np.float64).eps) * scale and self.m2**2 > 0

    def to_list(self) -> list[float | int | str]:
        """Return count, mean, m2, m3, m4 as strict JSON values."""
        return [self.count, *(float_to_json(value) for value in (self.mean, self.m2, self.m3, self.m4))]

    @classmethod
    def from_list(cls, data: Sequence[float | int | str]) -> "Moments":
        """Rebuild from `to_list`."""
        return cls(int(data[0]), *(float_from_json(value) for value in data[1:]))


def _known(value: float) -> float:
    """Return a sum; infinity stands for all that overflowed, so that statistics can be compared."""
    return math.inf if math.isnan(value) else float(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
