"""How much better a further trial can be expected to be: the expected improvement under a Gaussian process.

Jones, Schonlau and Welch, "Efficient global optimization of expensive black-box functions", 1998.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clew.train.search.portfolio import trial_seed
from clew.train.tune.dimension import Values
from clew.train.tune.space import Space
from clew.train.tune.study import quiet

#: With fewer finished trials nothing is known of what is still to come.
LEAST_TRIALS = 20
#: Combinations at which the improvement is looked at, and trials, the latest ones, that the process learns from.
_CANDIDATES, _LATEST = 2_000, 300


def expected_improvement(
    space: Space, combinations: Sequence[Mapping[str, Any]], losses: Sequence[float], seed: int
) -> float:
    """Return the largest improvement of the loss to expect of one further trial.

    Parameters
    ----------
    space : Space
        What is tuned.
    combinations : sequence of mapping
        Those that were tried.
    losses : sequence of float
        Finite.
    seed : int
        Of the combinations that are looked at.

    Returns
    -------
    float
        In the unit of the losses; infinite with fewer than 20 trials.
    """
    if len(losses) < LEAST_TRIALS:
        return math.inf
    from scipy.stats import norm
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    known = np.array([_coordinates(space, values) for values in combinations[-_LATEST:]])
    truth = np.array(losses[-_LATEST:], dtype=np.float64)
    # A few hopeless combinations must not decide how far the others lie apart.
    truth = np.minimum(truth, np.median(truth) + 3 * (np.median(truth) - truth.min()))
    centre, spread = truth.mean(), truth.std()
    if spread == 0:
        return 0.0
    scaled = (truth - centre) / spread
    kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(0.5, (5e-2, 1e1), nu=2.5) + WhiteKernel(1e-2, (1e-6, 1.0))
    with quiet():  # a length scale at its bound is nothing to warn of
        process = GaussianProcessRegressor(kernel, random_state=seed).fit(known, scaled)
    random = np.random.default_rng(trial_seed(seed, len(losses)))
    near = known[np.argsort(scaled)[:5]]
    candidates = np.concatenate(
        [
            random.random((_CANDIDATES, known.shape[1])),
            np.clip(np.repeat(near, 40, axis=0) + random.normal(0, 0.05, (len(near) * 40, known.shape[1])), 0, 1),
        ]
    )
    mean, deviation = process.predict(candidates, return_std=True)
    # What counts is the value itself, not what noise adds to it.
    gain = process.predict(known).min() - mean
    deviation = np.maximum(deviation, 1e-12)
    improvement = gain * norm.cdf(gain / deviation) + deviation * norm.pdf(gain / deviation)
    return float(max(0.0, improvement.max()) * spread)


def _coordinates(space: Space, values: Mapping[str, Any]) -> list[float]:
    """Return a combination as numbers from 0 to 1: a position per range, a mark per value of a list."""
    found: list[float] = []
    for name in space.free:
        dimension = space.dimensions[name]
        if isinstance(dimension, Values):
            chosen = dimension.encode(values[name]) if name in values else -1
            found += [float(chosen == place) for place in range(len(dimension.values))]
        else:
            found.append(dimension.position(values[name]) if name in values else 0.5)
    return found
