"""How large a distance may be by chance alone, and the limits that take it into account.

Two samples from one distribution are never equal, and small ones differ by much: with ten cells and 200 rows in each,
the population stability index is 0.09 on average although nothing has moved. So a check compares a distance with the
limit asked for *plus what chance adds on average*, and never alarms within what chance alone exceeds only with
probability `alpha`. With many rows both corrections vanish and the limit is the one asked for; a tiny but certain shift
among millions of rows stays below it, since the limit is about the size of the effect and not about certainty.

For two samples of ``m`` and ``n`` rows in ``k`` cells, ``s = 1/m + 1/n``:

- the population stability index is distributed like ``s`` times chi-square with ``k - 1`` degrees of freedom
  (Yurdakul and Naranjo, 2020, *Statistical properties of the population stability index*);
- to first order, the Jensen-Shannon divergence (base 2) is an eighth of it over ln 2, and the square of Cramér's V a
  quarter;
- the Kolmogorov-Smirnov statistic exceeds ``sqrt(s * -ln(alpha / 2) / 2)`` with probability `alpha` at most (Massart,
  1990).
"""

import math
from dataclasses import dataclass

#: Jensen-Shannon divergence to base 2 per unit of the stability index, for small shifts.
_DIVERGENCE_PER_PSI = 1 / (8 * math.log(2))
#: Square of Cramér's V per unit of it.
_SQUARED_V_PER_PSI = 1 / 4


@dataclass(frozen=True, slots=True)
class Chance:
    """What chance does to two samples.

    Parameters
    ----------
    rows_baseline, rows_now : int
        Rows in each, at least 1.
    alpha : float
        Probability with which one check may alarm although nothing has moved.
    """

    rows_baseline: int
    rows_now: int
    alpha: float

    @property
    def _scale(self) -> float:
        return 1 / self.rows_baseline + 1 / self.rows_now

    def stability(self, limit: float, cells: int) -> float:
        """Return the limit of the population stability index over this many filled cells."""
        return max(limit + self._average(cells), self._extreme(cells))

    def divergence(self, limit: float, cells: int) -> float:
        """Return the limit of the Jensen-Shannon distance, at most 1."""
        average = limit**2 + self._average(cells) * _DIVERGENCE_PER_PSI
        return min(1.0, math.sqrt(max(average, self._extreme(cells) * _DIVERGENCE_PER_PSI)))

    def effect(self, limit: float, cells: int) -> float:
        """Return the limit of Cramér's V, at most 1."""
        average = limit**2 + self._average(cells) * _SQUARED_V_PER_PSI
        return min(1.0, math.sqrt(max(average, self._extreme(cells) * _SQUARED_V_PER_PSI)))

    def gap(self, limit: float) -> float:
        """Return the limit of the Kolmogorov-Smirnov statistic, at most 1."""
        return min(1.0, max(limit, math.sqrt(self._scale * -math.log(self.alpha / 2) / 2)))

    def change(self, limit: float, share_baseline: float, share_now: float) -> float:
        """Return the limit of a change between two shares (pooled normal approximation, two-sided)."""
        from scipy.special import ndtri

        rows = self.rows_baseline + self.rows_now
        pooled = (share_baseline * self.rows_baseline + share_now * self.rows_now) / rows
        return max(limit, float(-ndtri(self.alpha / 2)) * math.sqrt(pooled * (1 - pooled) * self._scale))

    def share(self, limit: float) -> float:
        """Return the largest share that rows show by chance where the true share is the limit (binomial quantile)."""
        if limit <= 0 or limit >= 1:
            return limit
        from scipy.stats import binom

        return float(binom.ppf(1 - self.alpha, self.rows_now, limit)) / self.rows_now

    def _average(self, cells: int) -> float:
        return max(0, cells - 1) * self._scale

    def _extreme(self, cells: int) -> float:
        from scipy.special import chdtri

        return float(chdtri(cells - 1, self.alpha)) * self._scale if cells > 1 else 0.0
