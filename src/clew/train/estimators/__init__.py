"""The algorithms, one family a file."""

from collections.abc import Mapping
from types import MappingProxyType

from clew.core.errors import UsageError, did_you_mean
from clew.train.estimators.base import EstimatorSpec
from clew.train.estimators.catboost import CatBoost
from clew.train.estimators.foreign import Foreign
from clew.train.estimators.forest import Forest
from clew.train.estimators.lightgbm import LightGBM
from clew.train.estimators.linear import Linear
from clew.train.estimators.tree import DecisionTree
from clew.train.estimators.xgboost import XGBoost

__all__ = ["ESTIMATORS", "EstimatorSpec", "get_estimator"]

_ALL: tuple[EstimatorSpec, ...] = (Linear(), DecisionTree(), Forest(), XGBoost(), LightGBM(), CatBoost())

#: Every algorithm by name.
ESTIMATORS: Mapping[str, EstimatorSpec] = MappingProxyType({spec.name: spec for spec in _ALL})


def get_estimator(name: str) -> EstimatorSpec:
    """Return an algorithm by name.

    Parameters
    ----------
    name : str
        One of `ESTIMATORS`, or the class of an estimator of the user's own, spelt ``"package.module.Class"``.

    Raises
    ------
    UsageError
        If there is no such algorithm.
    """
    if "." in name:
        return Foreign(name)
    if name not in ESTIMATORS:
        raise UsageError(f"There is no algorithm {name!r}.", hint=did_you_mean(name, ESTIMATORS))
    return ESTIMATORS[name]
