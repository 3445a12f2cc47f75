"""The spaces that ship: what is worth tuning of each algorithm, and between which bounds.

They are wider than those that an automated search draws from, since a strategy that learns can afford to look where
most combinations are bad. An algorithm that is not listed is tuned in its own search space.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from clew.define.problem import Task
from clew.train.estimators import get_estimator
from clew.train.tune.dimension import Dimension, of_domain
from clew.train.tune.reading import dimensions_of

_FOREST: Mapping[str, Any] = MappingProxyType(
    {
        "min_samples_leaf": {"low": 1, "high": 50, "scale": "log"},
        "max_features": {"low": 0.05, "high": 1.0},
    }
)
#: What a split has to gain. Of numbers it is in units of the target, so that no bounds suit all of them.
_GAINS = ("gamma", "min_split_gain", "ccp_alpha")
#: What a search tries and a tuning leaves alone: on most tables it changes nothing.
_SEARCHED_ONLY = ("wide_categories",)
_WIDER: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "xgboost": {
            "learning_rate": {"low": 0.01, "high": 0.3, "scale": "log"},
            "max_depth": {"low": 2, "high": 12},
            "min_child_weight": {"low": 0.1, "high": 100.0, "scale": "log"},
            "subsample": {"low": 0.5, "high": 1.0},
            "colsample_bytree": {"low": 0.3, "high": 1.0},
            "reg_lambda": {"low": 0.01, "high": 100.0, "scale": "log"},
            "reg_alpha": {"low": 0.0001, "high": 10.0, "scale": "log"},
            "gamma": {"low": 0.0, "high": 5.0},
            "max_cat_to_onehot": [4, 8, 16, 64],
        },
        "lightgbm": {
            "learning_rate": {"low": 0.01, "high": 0.3, "scale": "log"},
            "num_leaves": {"low": 4, "high": 256, "scale": "log"},
            "min_child_samples": {"low": 2, "high": 100, "scale": "log"},
            "subsample": {"low": 0.5, "high": 1.0},
            "colsample_bytree": {"low": 0.3, "high": 1.0},
            "reg_alpha": {"low": 0.0001, "high": 10.0, "scale": "log"},
            "reg_lambda": {"low": 0.001, "high": 100.0, "scale": "log"},
            "min_split_gain": {"low": 0.0, "high": 1.0},
            "extra_trees": [False, True],
            "cat_smooth": {"low": 1.0, "high": 100.0, "scale": "log"},
            "min_data_per_group": {"low": 5, "high": 200, "scale": "log"},
        },
        "catboost": {
            "learning_rate": {"low": 0.01, "high": 0.2, "scale": "log"},
            "depth": {"low": 3, "high": 10},
            "l2_leaf_reg": {"low": 0.5, "high": 30.0, "scale": "log"},
            "random_strength": {"low": 0.05, "high": 10.0, "scale": "log"},
            "bagging_temperature": {"low": 0.0, "high": 1.0},
            "rsm": {"low": 0.3, "high": 1.0},
            "one_hot_max_size": [2, 5, 12, 25],
            "max_ctr_complexity": [1, 2],
        },
        "hist_gradient_boosting": {
            "learning_rate": {"low": 0.01, "high": 0.3, "scale": "log"},
            "max_leaf_nodes": {"low": 4, "high": 128, "scale": "log"},
            "min_samples_leaf": {"low": 2, "high": 100, "scale": "log"},
            "l2_regularization": {"low": 0.001, "high": 100.0, "scale": "log"},
            "max_features": {"low": 0.2, "high": 1.0},
        },
        "random_forest": _FOREST,
        "extra_trees": _FOREST,
        "splines": {
            "alpha": {"low": 0.01, "high": 1000.0, "scale": "log"},
            "ridge": {"low": 0.03, "high": 300.0, "scale": "log"},
            "knots": {"low": 4, "high": 40},
        },
        "linear": {"alpha": {"low": 0.0001, "high": 1000.0, "scale": "log"}},
        "tree": {
            "max_depth": {"low": 2, "high": 20},
            "min_samples_leaf": {"low": 1, "high": 100, "scale": "log"},
            "ccp_alpha": {"low": 0.0, "high": 0.02},
        },
    }
)


def space_for(algorithm: str, task: Task, device: str = "cpu") -> Mapping[str, Dimension]:
    """Return the space that ships for an algorithm.

    Parameters
    ----------
    algorithm : str
        Name in `ESTIMATORS`.
    task : Task
        Of a regression, nothing is tuned that is in units of the target.
    device : str, default "cpu"
        Where it learns: what it knows on the CPU only is tuned there only.
    """
    estimator = get_estimator(algorithm)
    left_out = estimator.unknown_on(device)
    searched = {name: of_domain(domain) for name, domain in estimator.space.items() if name not in left_out}
    if algorithm not in _WIDER:
        return searched
    wider = dimensions_of(_WIDER[algorithm])
    # A parameter that the algorithm's own search has in addition is tuned as it is searched.
    more = {name: found for name, found in searched.items() if name not in {*wider, *_SEARCHED_ONLY}}
    without = (*left_out, *(() if task.is_classification else _GAINS))
    return {name: found for name, found in {**wider, **more}.items() if name not in without}
