"""A single decision tree: the model that people can read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from clew.train.estimators.base import Engine, EstimatorSpec, Honours, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.forest_arrays import Trees, arrays_of
from clew.train.estimators.library_parameters import sklearn_parameters
from clew.train.estimators.vocabulary import Vocabulary, class_weight_of
from clew.train.space import Domain, Number


class DecisionTree(EstimatorSpec):
    """Decision tree (CART, Breiman et al. 1984) of scikit-learn.

    Missing numbers go to the better side of each split; categories are put in the order of what they say about the
    target among the training rows. Stored as plain arrays.
    """

    name = "tree"
    label = "Decision tree"
    honours = Honours(monotone=False, weights=True, missing=True, categories=False, early_stopping=False)
    defaults: ClassVar[Mapping[str, Any]] = {
        "max_depth": 6,
        "min_samples_leaf": 10,
        "min_samples_split": 2,
        "max_features": None,
        "max_leaf_nodes": None,
        "ccp_alpha": 0.0,
        "criterion": None,
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "max_depth": Number(2, 14, whole=True),
        "min_samples_leaf": Number(2, 60, log=True, whole=True),
    }

    def warm(self) -> None:
        """Import the library."""
        import sklearn.tree  # noqa: F401 - that it is there is what counts

    def vocabulary(self) -> Vocabulary:
        """Return every parameter of the library."""
        from sklearn.tree import DecisionTreeClassifier

        return sklearn_parameters(self.defaults, DecisionTreeClassifier)

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        params = dict(order.params) | {"random_state": order.seed}
        if params["criterion"] is None:
            params["criterion"] = "gini" if order.task.is_classification else "squared_error"
        # A leaf must fit several times into a small table, else nothing is ever split.
        if isinstance(params["min_samples_leaf"], int):
            params["min_samples_leaf"] = max(1, min(params["min_samples_leaf"], len(part) // 10))
        ranks = CategoryOrder.fit(part, order)
        params |= class_weight_of(params, self.label, order.task)
        family = DecisionTreeClassifier if order.task.is_classification else DecisionTreeRegressor
        tree = family(**params).fit(ranks.table(part.matrix), part.target, sample_weight=part.weight)
        return Trees.joined([arrays_of(tree.tree_)], ranks)

    def _load(self, folder: Path) -> Engine:
        return Trees.load(folder)
