"""Whether two sets of items stand together more often than chance has it: Fisher's exact test, adjusted.

Thousands of rules are looked at, and some of them look strong by chance alone. What counts is how many *could* have
become a rule: every frequent itemset with every other one (Webb 2007, Discovering significant patterns, Machine
Learning 68). Which itemsets are frequent depends on their own supports alone, which the test takes as given; so looking
at the frequent ones first spoils nothing. A pair that became no rule counts as one with a p-value of 1.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Terms of a tail that are smaller than this share of their sum are left out.
_NEGLIGIBLE = 1e-15


class Correction(StrEnum):
    """How p-values are adjusted for the number of tests."""

    #: False discovery rate (1995); rules that share baskets depend on each other positively, which it allows.
    BENJAMINI_HOCHBERG = "benjamini_hochberg"
    #: False discovery rate whatever the tests' dependence (2001).
    BENJAMINI_YEKUTIELI = "benjamini_yekutieli"
    #: Chance of a single false one, step by step (1979).
    HOLM = "holm"
    #: Chance of a single false one.
    BONFERRONI = "bonferroni"
    NONE = "none"


def fisher(both: Ints, one: Ints, other: Ints, baskets: int) -> Floats:
    """Return the chance that two independent sets of items meet in at least this many baskets.

    Parameters
    ----------
    both, one, other : ndarray of int64, shape (n,)
        Baskets that hold both sets, the first, the second.
    baskets : int
        All baskets.

    Returns
    -------
    ndarray, shape (n,)
        One-sided p-values of Fisher's exact test: the upper tail of the hypergeometric distribution, summed term by
        term from its larger end. The relative error is below 1e-8 up to a million baskets.
    """
    upper = both > one * (other / max(baskets, 1))
    # The tail that starts at the count, or one minus the other one: whichever is the shorter.
    x = np.where(upper, both, both - 1)
    term = np.exp(_log_share(x, one, other, baskets))
    total = term.copy()
    at = np.flatnonzero(term)
    while len(at):
        a, b, now, up = one[at], other[at], x[at], upper[at]
        neither = baskets - a - b + now
        # Ratio of a term to the one before it, on the way up or down; 0 behind the last one.
        above = np.where(up, (a - now) * (b - now), now * neither)
        term[at] *= above / np.where(up, (now + 1) * (neither + 1), (a - now + 1) * (b - now + 1))
        total[at] += term[at]
        x[at] += np.where(up, 1, -1)
        at = at[term[at] > _NEGLIGIBLE * total[at]]
    return np.clip(np.where(upper, total, 1 - total), 0.0, 1.0)


def _log_share(x: Ints, one: Ints, other: Ints, baskets: int) -> Floats:
    """Return the logarithm of the hypergeometric probability; minus infinity where a count cannot be."""
    from scipy.special import gammaln

    def choose(n: Ints | int, k: Ints) -> Floats:
        ways: Floats = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
        return ways

    possible = (x >= np.maximum(0, one + other - baskets)) & (x <= np.minimum(one, other))
    now = np.where(possible, x, np.maximum(0, one + other - baskets))
    share = choose(one, now) + choose(baskets - one, other - now) - choose(baskets, other)
    return np.where(possible, share, -np.inf)


def adjust(p_values: Floats, tests: int, correction: Correction) -> Floats:
    """Adjust p-values for the number of tests behind them.

    Parameters
    ----------
    p_values : ndarray, shape (n,)
        Those of the tests that were kept.
    tests : int
        How many there were, at least `n`; the p-values of the others count as 1.
    correction : Correction
        The method.

    Returns
    -------
    ndarray, shape (n,)
        Adjusted p-values: what is at most 0.05 holds at that level.
    """
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty_like(p_values)
    adjusted[order] = _ADJUST[correction](p_values[order], max(tests, len(p_values)))
    return np.minimum(adjusted, 1.0)


def _step_up(p_values: Floats, tests: int, factor: float = 1.0) -> Floats:
    ranked = p_values * tests * factor / np.arange(1, len(p_values) + 1)
    return np.minimum.accumulate(ranked[::-1])[::-1]


def _any_dependence(p_values: Floats, tests: int) -> Floats:
    # The sum of 1/k to this many tests, by its expansion: exact to ten digits from 10 on.
    few = min(tests, 10)
    harmonic = float(np.sum(1 / np.arange(1, few + 1)))
    if tests > few:
        harmonic = float(np.log(tests) + np.euler_gamma + 1 / (2 * tests) - 1 / (12 * tests**2))
    return _step_up(p_values, tests, harmonic)


def _step_down(p_values: Floats, tests: int) -> Floats:
    return np.maximum.accumulate(p_values * (tests - np.arange(len(p_values))))


_ADJUST: Mapping[Correction, Callable[[Floats, int], Floats]] = MappingProxyType(
    {
        Correction.BENJAMINI_HOCHBERG: _step_up,
        Correction.BENJAMINI_YEKUTIELI: _any_dependence,
        Correction.HOLM: _step_down,
        Correction.BONFERRONI: lambda p_values, tests: p_values * tests,
        Correction.NONE: lambda p_values, tests: p_values,  # noqa: ARG005 - the others need it
    }
)
