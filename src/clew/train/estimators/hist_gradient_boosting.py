"""Gradient boosting of scikit-learn: histogram trees, read out into arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.define.problem import Task
from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.forest_arrays import TreeArrays, Trees, leaves_of
from clew.train.estimators.library_parameters import sklearn_parameters
from clew.train.estimators.link import LOGARITHM, answer_of, linked
from clew.train.estimators.patience import rounds_to_wait
from clew.train.estimators.vocabulary import Vocabulary, class_weight_of, objective_of, patience_of
from clew.train.space import Domain, Number

_FILE = "boosted.npz"
#: Rows that keep one thread busy: with fewer, threads wait for each other.
_ROWS_PER_THREAD = 5_000
_LOSSES: Mapping[Task, tuple[str, ...]] = {
    Task.BINARY: ("log_loss",),
    Task.MULTICLASS: ("log_loss",),
    Task.REGRESSION: ("squared_error", "absolute_error", "quantile", "poisson", "gamma"),
}
#: Losses whose sum of trees is the logarithm of the number.
_LOGARITHMS = ("poisson", "gamma")


class HistGradientBoosting(EstimatorSpec):
    """HistGradientBoosting of scikit-learn (after Ke et al. 2017).

    Missing numbers go to the better side of each split; categories are put in the order of what they say about the
    target among the training rows. Its trees are read out: stored as plain arrays, and asked without the library's
    table at hand.
    """

    name = "hist_gradient_boosting"
    label = "HistGradientBoosting"
    honours = Honours(monotone=True, weights=True, missing=True, categories=False, early_stopping=True)
    max_rounds = "max_iter"
    interruptible = False
    defaults: ClassVar[Mapping[str, Any]] = {
        "max_iter": 1000,
        "learning_rate": 0.05,
        "max_leaf_nodes": 31,
        "max_depth": None,
        "min_samples_leaf": 20,
        "l2_regularization": 0.0,
        "max_features": 0.8,
        "max_bins": 255,
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "learning_rate": Number(0.02, 0.12, log=True),
        "max_leaf_nodes": Number(6, 64, log=True, whole=True),
        "min_samples_leaf": Number(3, 60, log=True, whole=True),
        "l2_regularization": Number(0.01, 20.0, log=True),
        "max_features": Number(0.3, 1.0),
    }

    def warm(self) -> None:
        """Import the library."""
        import sklearn.ensemble  # noqa: F401 - that it is there is what counts

    def vocabulary(self) -> Vocabulary:
        """Return every parameter of the library."""
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        families = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
        return sklearn_parameters(self.defaults, *families, rounds=True)

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        ranks = CategoryOrder.fit(part, order)
        family = HistGradientBoostingClassifier if order.task.is_classification else HistGradientBoostingRegressor
        signs = [*order.monotone, *([0] * part.matrix.codes.shape[1])]
        params = dict(order.params)
        patience = patience_of(params, rounds_to_wait(float(params["learning_rate"])))
        params["loss"] = objective_of(params, self.label, "loss", _LOSSES[order.task])
        params |= class_weight_of(params, self.label, order.task)
        machine = family(
            **params,
            categorical_features=None,
            monotonic_cst=signs if any(signs) else None,
            early_stopping=stop is not None,
            n_iter_no_change=patience,
            random_state=order.seed,
        )
        held: dict[str, Any] = {}
        if stop is not None:
            held = {"X_val": ranks.table(stop.matrix), "y_val": stop.target, "sample_weight_val": stop.weight}
        # The limit holds for this thread alone.
        with threadpool_limits(min(order.threads, 1 + len(part) // _ROWS_PER_THREAD), user_api="openmp"):
            machine.fit(_without_empty(ranks.table(part.matrix)), part.target, sample_weight=part.weight, **held)
        best = machine.n_iter_ if stop is None else max(1, int(np.argmax(machine.validation_score_)))
        return _read_out(machine, best, ranks, order)

    def _load(self, folder: Path) -> Engine:
        return BoostedTrees.load(folder)


def _without_empty(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill the columns that hold nothing, which the library cannot cut into bins."""
    empty = np.isnan(table).all(axis=0)
    return np.where(empty, np.float32(0), table) if empty.any() else table


def _read_out(machine: Any, rounds: int, ranks: CategoryOrder, order: Order) -> "BoostedTrees":
    """Take the trees of the first rounds out of a fitted machine: a tree for each sum of each round."""
    made, start = machine._predictors[:rounds], machine._baseline_prediction  # noqa: SLF001 - there is no public way
    grown = [(position, tree.nodes) for trees in made for position, tree in enumerate(trees)]
    sums = len(made[0])
    leaf = np.concatenate([nodes["is_leaf"] for _, nodes in grown]).astype(bool)
    value = np.zeros((len(leaf), sums))
    where = np.repeat([position for position, _ in grown], [len(nodes) for _, nodes in grown])
    value[np.arange(len(leaf)), where] = np.concatenate([nodes["value"] for _, nodes in grown])
    left = _unless(leaf, grown, "left")
    place, answers = leaves_of(left, value)
    trees = TreeArrays(
        columns=ranks.columns,
        roots=np.cumsum([0, *(len(nodes) for _, nodes in grown)]).astype(np.int32),
        feature=_unless(leaf, grown, "feature_idx"),
        left=left,
        right=_unless(leaf, grown, "right"),
        threshold=np.concatenate([nodes["num_threshold"] for _, nodes in grown]).astype(np.float64),
        missing_left=np.concatenate([nodes["missing_go_to_left"] for _, nodes in grown]).astype(bool),
        leaf=place,
        value=answers,
    )
    answer = np.array(LOGARITHM) if machine.loss in _LOGARITHMS else answer_of(order)
    return BoostedTrees(Trees(ranks, trees), np.asarray(start, dtype=np.float64).reshape(-1), answer)


def _unless(leaf: NDArray[np.bool_], grown: list[tuple[int, Any]], name: str) -> NDArray[np.int32]:
    read = np.concatenate([nodes[name] for _, nodes in grown]).astype(np.int32)
    return np.where(leaf, np.int32(-1), read)


@dataclass(frozen=True)
class BoostedTrees(Engine):
    """The sum of trees.

    Parameters
    ----------
    trees : Trees
        One for each sum of each round.
    start : ndarray, shape (k,)
        What the trees are added to.
    answer : ndarray, shape ()
        Kind of answer as in `link`.
    """

    trees: Trees
    start: Floats
    answer: NDArray[Any]

    @property
    def rounds(self) -> int:
        """Rounds learnt."""
        return self.trees.grown.trees // len(self.start)

    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities or numbers of many rows."""
        return linked(self.trees.summed(matrix, threads) + self.start, self.answer)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return linked(self.trees.summed_row(numeric, codes) + self.start, self.answer)

    def release(self) -> None:
        """Let go of what answering has made."""
        self.trees.release()

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        save_arrays(folder / _FILE, {**self.trees.arrays(), "start": self.start, "answer": self.answer})

    @classmethod
    def load(cls, folder: Path) -> "BoostedTrees":
        """Read what `save` wrote."""
        arrays = load_arrays(folder / _FILE)
        return cls(Trees.of_arrays(arrays), arrays["start"], arrays["answer"])
