"""Random forest and extremely randomised trees."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.train.estimators.base import Engine, EstimatorSpec, Honours, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.forest_arrays import Trees, arrays_of
from clew.train.estimators.library_parameters import sklearn_parameters
from clew.train.estimators.vocabulary import Vocabulary, class_weight_of
from clew.train.space import Domain, Number


class Forest(EstimatorSpec):
    """What random forest and extra trees have in common.

    Missing numbers go to the better side of each split; categories are put in the order of what they say about the
    target among the training rows. Stored as plain arrays.

    `grower` begins the name of scikit-learn's tree, and `bagged` says whether each tree draws its rows.
    """

    honours = Honours(monotone=False, weights=True, missing=True, categories=False, early_stopping=False)
    defaults: ClassVar[Mapping[str, Any]] = {
        "n_estimators": 150,
        "max_depth": None,
        "min_samples_leaf": 2,
        "min_samples_split": 2,
        "max_features": "auto",
        "max_leaf_nodes": None,
        "criterion": None,
        "max_samples": None,
    }
    brief: ClassVar[Mapping[str, Any]] = {"n_estimators": 15}
    space: ClassVar[Mapping[str, Domain]] = {
        "min_samples_leaf": Number(1, 20, log=True, whole=True),
        "max_features": Number(0.1, 1.0),
    }
    grower: ClassVar[str]
    bagged: ClassVar[bool]

    def warm(self) -> None:
        """Import the library."""
        import sklearn.tree  # noqa: F401 - that it is there is what counts

    def vocabulary(self) -> Vocabulary:
        """Return every parameter of the library."""
        from sklearn.ensemble import RandomForestClassifier

        return sklearn_parameters(self.defaults, RandomForestClassifier)

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        ranks = CategoryOrder.fit(part, order)
        rows = ranks.table(part.matrix)
        return Trees.joined(_grown(self, rows, part, order), ranks)

    def _load(self, folder: Path) -> Engine:
        return Trees.load(folder)


class RandomForest(Forest):
    """Random forest (Breiman 2001) of scikit-learn's trees: each sees rows drawn with replacement."""

    name, label = "random_forest", "Random forest"
    grower, bagged = "DecisionTree", True


class ExtraTrees(Forest):
    """Extremely randomised trees (Geurts, Ernst & Wehenkel 2006) of scikit-learn: thresholds are drawn by chance."""

    name, label = "extra_trees", "Extra trees"
    grower, bagged = "ExtraTree", False


class FormerForest(ExtraTrees):
    """What both were called at first: bundles of that time are read, and nothing is fitted by this name."""

    name, label = "forest", "Forest"


def _grown(spec: Forest, rows: NDArray[np.float32], part: Part, order: Order) -> Iterator[dict[str, NDArray[Any]]]:
    """Grow the trees one after the other, or side by side, each from its own seed.

    This is scikit-learn's forest, tree by tree: its own loop changes the process-wide filters of warnings, which must
    not happen while other fits run beside it.
    """
    from joblib import Parallel, delayed

    seeds = np.random.SeedSequence(order.seed).generate_state(int(order.params["n_estimators"]))
    asked = [(spec, rows, part, order, int(seed >> 1), number == 0) for number, seed in enumerate(seeds)]
    if order.threads == 1:
        grown = (_tree(*one) for one in asked)
    else:
        side_by_side = Parallel(n_jobs=order.threads, require="sharedmem", return_as="generator")
        grown = side_by_side(delayed(_tree)(*one) for one in asked)
    return (tree for tree in grown if tree is not None)


def _tree(spec: Forest, rows: NDArray[np.float32], part: Part, order: Order, seed: int, first: bool) -> Any:
    """Grow one tree; None if the clock has run out, unless it is the first."""
    if not first and order.deadline is not None and time.monotonic() >= order.deadline:
        return None
    from sklearn import tree

    params = dict(order.params)
    drawn_rows, _ = params.pop("max_samples"), params.pop("n_estimators")
    bagged = params.pop("bootstrap", spec.bagged or drawn_rows is not None)
    if drawn_rows is not None and not bagged:
        raise UsageError("`max_samples` says how many rows a tree draws, and without `bootstrap` it draws none.")
    params |= class_weight_of(params, spec.label, order.task)
    if params["criterion"] is None:
        params["criterion"] = "gini" if order.task.is_classification else "squared_error"
    if params["max_features"] == "auto":
        params["max_features"] = "sqrt" if order.task.is_classification else 1.0
    weight = part.weight
    if bagged:
        drawn = np.random.default_rng(seed).integers(0, len(rows), _drawn_rows(drawn_rows, len(rows)))
        times = np.bincount(drawn, minlength=len(rows)).astype(np.float64)
        weight = times if weight is None else times * weight
    answer = "Classifier" if order.task.is_classification else "Regressor"
    grower = getattr(tree, spec.grower + answer)(**params, random_state=seed)
    return arrays_of(grower.fit(rows, part.target, sample_weight=weight).tree_)


def _drawn_rows(named: float | None, rows: int) -> int:
    """Return how many rows a tree draws: a whole number is that many, a fraction a share."""
    if named is None:
        return rows
    if isinstance(named, bool) or named <= 0 or named > (rows if isinstance(named, int) else 1.0):
        raise UsageError(
            f"`max_samples` is {named!r}, and there are {rows} rows to draw from.",
            hint="Use a share above 0 and up to 1.0, or a whole number of rows.",
        )
    return named if isinstance(named, int) else max(1, round(rows * named))
