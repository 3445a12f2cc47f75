"""The algorithms, one family a file."""

from collections.abc import Mapping
from types import MappingProxyType

from clew.core.errors import UsageError, did_you_mean
from clew.train.estimators.autogluon import AutoGluon
from clew.train.estimators.base import EstimatorSpec
from clew.train.estimators.catboost import CatBoost
from clew.train.estimators.foreign import Foreign
from clew.train.estimators.forest import ExtraTrees, FormerForest, RandomForest
from clew.train.estimators.gaussian_process import GaussianProcess
from clew.train.estimators.hist_gradient_boosting import HistGradientBoosting
from clew.train.estimators.knn import NearestNeighbours
from clew.train.estimators.lightgbm import LightGBM
from clew.train.estimators.linear import Linear
from clew.train.estimators.network import SmallNetwork
from clew.train.estimators.splines import Splines
from clew.train.estimators.svm import SupportVectors
from clew.train.estimators.tree import DecisionTree
from clew.train.estimators.xgboost import XGBoost

__all__ = ["ESTIMATORS", "EstimatorSpec", "get_estimator", "reader_of"]

_ALL: tuple[EstimatorSpec, ...] = (
    Linear(),
    Splines(),
    NearestNeighbours(),
    SupportVectors(),
    GaussianProcess(),
    SmallNetwork(),
    DecisionTree(),
    RandomForest(),
    ExtraTrees(),
    HistGradientBoosting(),
    XGBoost(),
    LightGBM(),
    CatBoost(),
)

#: Every algorithm by name.
ESTIMATORS: Mapping[str, EstimatorSpec] = MappingProxyType({spec.name: spec for spec in _ALL})

#: Algorithms of former versions, whose bundles are read: name → who reads them, and what is used now.
_FORMER: Mapping[str, tuple[EstimatorSpec, str]] = MappingProxyType(
    {"forest": (FormerForest(), "Use 'extra_trees' or 'random_forest'.")}
)


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
    if name == AutoGluon.name:  # an engine of its own, which never joins a search
        return AutoGluon()
    if name not in ESTIMATORS:
        hint = _FORMER[name][1] if name in _FORMER else did_you_mean(name, ESTIMATORS)
        raise UsageError(f"There is no algorithm {name!r}.", hint=hint)
    return ESTIMATORS[name]


def reader_of(name: str) -> EstimatorSpec:
    """Return the algorithm that reads what was saved by a name, of this version or a former one.

    Parameters
    ----------
    name : str
        As a bundle says it.

    Raises
    ------
    UsageError
        If there was never such an algorithm.
    """
    return _FORMER[name][0] if name in _FORMER else get_estimator(name)
