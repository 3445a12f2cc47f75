"""Random forest and extremely randomised trees."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from clew.core.errors import UsageError
from clew.train.estimators.base import Engine, EstimatorSpec, Honours, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.forest_arrays import Trees
from clew.train.space import Choice, Domain, Number

_KINDS = ("random_forest", "extra_trees")
#: Trees between two looks at the clock.
_PORTION = 25


class Forest(EstimatorSpec):
    """Random forest (Breiman 2001) or extra trees (Geurts et al. 2006) of scikit-learn.

    Missing numbers go to the better side of each split; categories are put in the order of what they say about the
    target among the training rows. Stored as plain arrays.
    """

    name = "forest"
    label = "Forest"
    honours = Honours(monotone=False, weights=True, missing=True, categories=False, early_stopping=False)
    defaults: ClassVar[Mapping[str, Any]] = {
        "kind": "extra_trees",
        "n_estimators": 150,
        "max_depth": None,
        "min_samples_leaf": 2,
        "min_samples_split": 2,
        "max_features": "auto",
        "max_leaf_nodes": None,
        "criterion": None,
        "max_samples": None,
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "kind": Choice(_KINDS),
        "min_samples_leaf": Number(1, 20, log=True, whole=True),
        "max_features": Number(0.1, 1.0),
    }

    def warm(self) -> None:
        """Import the library."""
        import sklearn.ensemble  # noqa: F401 - that it is there is what counts

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        ranks = CategoryOrder.fit(part, order)
        forest = _library_forest(order)
        rows, wanted = ranks.table(part.matrix), forest.n_estimators
        # A forest grown in portions is the forest grown at once, and can be ended in between.
        portion = wanted if order.deadline is None else _PORTION
        for trees in range(portion, wanted + portion, portion):
            forest.set_params(n_estimators=min(trees, wanted))
            forest.fit(rows, part.target, sample_weight=part.weight)
            if order.deadline is not None and time.monotonic() >= order.deadline:
                break
        return Trees.of([estimator.tree_ for estimator in forest.estimators_], ranks)

    def _load(self, folder: Path) -> Engine:
        return Trees.load(folder)


def _library_forest(order: Order) -> Any:
    from sklearn import ensemble

    params = dict(order.params)
    kind = params.pop("kind")
    if kind not in _KINDS:
        raise UsageError(f"`kind` of a forest is {kind!r}.", hint="Use 'random_forest' or 'extra_trees'.")
    if params["criterion"] is None:
        params["criterion"] = "gini" if order.task.is_classification else "squared_error"
    if params["max_features"] == "auto":
        params["max_features"] = "sqrt" if order.task.is_classification else 1.0
    if params["max_samples"] is not None and kind == "extra_trees":
        params["bootstrap"] = True
    params |= {"random_state": order.seed, "n_jobs": order.threads, "warm_start": True}
    family = "RandomForest" if kind == "random_forest" else "ExtraTrees"
    answer = "Classifier" if order.task.is_classification else "Regressor"
    return getattr(ensemble, family + answer)(**params)
