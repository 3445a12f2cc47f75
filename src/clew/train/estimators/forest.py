"""Random forest and extremely randomised trees."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.train.estimators.base import Engine, EstimatorSpec, Honours, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.forest_arrays import Trees
from clew.train.space import Choice, Domain, Number

_KINDS = ("random_forest", "extra_trees")


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
        import sklearn.tree  # noqa: F401 - that it is there is what counts

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        kind = order.params["kind"]
        if kind not in _KINDS:
            raise UsageError(f"`kind` of a forest is {kind!r}.", hint="Use 'random_forest' or 'extra_trees'.")
        ranks = CategoryOrder.fit(part, order)
        rows = ranks.table(part.matrix)
        return Trees.of(_grown(rows, part, order), ranks)

    def _load(self, folder: Path) -> Engine:
        return Trees.load(folder)


def _grown(rows: NDArray[np.float32], part: Part, order: Order) -> list[Any]:
    """Grow the trees, each from its own seed.

    This is scikit-learn's forest, tree by tree: its own loop changes the process-wide filters of warnings, which must
    not happen while other fits run beside it.
    """
    from joblib import Parallel, delayed

    seeds = np.random.SeedSequence(order.seed).generate_state(int(order.params["n_estimators"]))
    if order.threads == 1:
        grown = [_tree(rows, part, order, int(seed >> 1), first=number == 0) for number, seed in enumerate(seeds)]
    else:
        jobs = (delayed(_tree)(rows, part, order, int(seed >> 1), first=n == 0) for n, seed in enumerate(seeds))
        grown = list(Parallel(n_jobs=order.threads, require="sharedmem")(jobs))
    return [tree for tree in grown if tree is not None]


def _tree(rows: NDArray[np.float32], part: Part, order: Order, seed: int, *, first: bool) -> Any:
    """Grow one tree; None if the clock has run out, unless it is the first."""
    if not first and order.deadline is not None and time.monotonic() >= order.deadline:
        return None
    from sklearn import tree

    params = dict(order.params)
    bagged = params.pop("kind") == "random_forest" or params["max_samples"] is not None
    share, _ = params.pop("max_samples"), params.pop("n_estimators")
    if params["criterion"] is None:
        params["criterion"] = "gini" if order.task.is_classification else "squared_error"
    if params["max_features"] == "auto":
        params["max_features"] = "sqrt" if order.task.is_classification else 1.0
    weight = part.weight
    if bagged:
        count = max(1, round(len(rows) * (1.0 if share is None else float(share))))
        drawn = np.random.default_rng(seed).integers(0, len(rows), count)
        times = np.bincount(drawn, minlength=len(rows)).astype(np.float64)
        weight = times if weight is None else times * weight
    family = "DecisionTree" if order.params["kind"] == "random_forest" else "ExtraTree"
    answer = "Classifier" if order.task.is_classification else "Regressor"
    grower = getattr(tree, family + answer)(**params, random_state=seed)
    return grower.fit(rows, part.target, sample_weight=weight).tree_
