"""Which configurations are tried, in which order: a list that depends on the seed alone."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from clew.train.estimators import ESTIMATORS
from clew.train.space import draw
from clew.train.trial import Configuration

#: The defaults of each algorithm, the best single ones first, then variants that differ from them in kind.
_FIRST: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("catboost", {}),
    ("lightgbm", {}),
    ("xgboost", {}),
    ("extra_trees", {}),
    ("linear", {}),
    ("gaussian_process", {}),
    ("svm", {}),
    ("network", {}),
    ("splines", {}),
    ("knn", {}),
    ("random_forest", {}),
    ("hist_gradient_boosting", {}),
    ("tree", {}),
    ("lightgbm", {"learning_rate": 0.03, "num_leaves": 96, "min_child_samples": 6, "colsample_bytree": 0.7}),
    ("catboost", {"depth": 8, "l2_leaf_reg": 6.0, "rsm": 0.8}),
    ("lightgbm", {"extra_trees": True, "num_leaves": 48, "min_child_samples": 8}),
    ("xgboost", {"learning_rate": 0.03, "max_depth": 9, "min_child_weight": 3.0, "colsample_bytree": 0.6}),
    ("catboost", {"depth": 4, "l2_leaf_reg": 2.0, "one_hot_max_size": 2}),
    ("lightgbm", {"num_leaves": 10, "min_child_samples": 30, "colsample_bytree": 0.5, "reg_lambda": 5.0}),
    ("linear", {"alpha": 20.0}),
    ("xgboost", {"max_depth": 4, "colsample_bytree": 0.5, "reg_lambda": 5.0}),
)
#: A model that is there within moments, whatever comes later.
QUICK: tuple[str, Mapping[str, Any]] = ("lightgbm", {"learning_rate": 0.15, "n_estimators": 120})
#: How often each algorithm is drawn after the list.
_SHARES = {
    "catboost": 0.3,
    "lightgbm": 0.32,
    "xgboost": 0.22,
    "hist_gradient_boosting": 0.02,
    "extra_trees": 0.06,
    "random_forest": 0.04,
    "linear": 0.04,
    "network": 0.06,
    "splines": 0.04,
    "svm": 0.05,
    "gaussian_process": 0.03,
    "knn": 0.02,
    "tree": 0.02,
}


def configurations(
    algorithms: Sequence[str], seed: int, *, first: Sequence[tuple[str, Mapping[str, Any]]] = ()
) -> Iterator[Configuration]:
    """Yield configurations without end.

    Parameters
    ----------
    algorithms : sequence of str
        Those that may join.
    seed : int
        Decides what is drawn after the fixed list; the same seed gives the same configurations, however many are taken.
    first : sequence of (str, mapping)
        Put before the fixed list.

    Yields
    ------
    Configuration
        Numbered from 0.
    """
    numbers = count()
    for algorithm, params in (*first, *_FIRST):
        if algorithm in algorithms:
            number = next(numbers)
            yield Configuration(number, algorithm, params, trial_seed(seed, number))
    for number in numbers:
        generator = np.random.default_rng([seed, number])
        shares = np.array([_SHARES[algorithm] for algorithm in algorithms])
        algorithm = algorithms[int(generator.choice(len(algorithms), p=shares / shares.sum()))]
        params = draw(ESTIMATORS[algorithm].space, generator)
        yield Configuration(number, algorithm, params, trial_seed(seed, number))


def trial_seed(seed: int, number: int) -> int:
    """Return the seed of a trial, which depends on its number and on nothing that ran before it."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)
