"""A small neural network, learnt and asked with NumPy alone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.groups import Groups
from clew.train.estimators.link import NUMBER, answer_of, linked
from clew.train.estimators.network_answers import Layers
from clew.train.estimators.network_learning import Inputs, Network, Shape, Singles, Steps, epochs
from clew.train.estimators.patience import Stopper
from clew.train.estimators.penalised import Centred, even_weights, losses_of, truth_of
from clew.train.estimators.robust import RobustScale
from clew.train.space import Choice, Domain, Number

_FILE = "network.npz"
#: Columns up to which numbers are also seen through cosines, unless told otherwise.
_MOST_WITH_WAVES = 100
#: Cosines of a number, and sums of them that the first layer sees.
_WAVES, _MIXED = 12, 3
#: Steps of an epoch where rows are few, and rows of a step at most and at least.
_FEWEST_STEPS, _MOST_ROWS, _FEWEST_ROWS = 10, 256, 32
#: Epochs where no rows say when to stop: then rows are few, and many epochs learn them by heart.
_EPOCHS_UNWATCHED = 20
#: Share of all epochs without improvement that ends the learning.
_PATIENCE = 0.25


class SmallNetwork(EstimatorSpec):
    """Multi-layer perceptron with the habits of RealMLP (Holzmüller, Grinsztajn & Steinwart 2024), made smaller.

    Numbers are scaled robustly and bent smoothly, and also seen through a few learnt cosines; categories have learnt
    vectors, rare ones a common one; what is missing has a mark. AdamW with a falling learning rate, dropout and decay.
    Rows that say when to stop choose the best epoch. A numeric answer stays within the range of the training rows.
    Learns in single precision on one thread. Stored as plain arrays.
    """

    name = "network"
    label = "Neural network"
    honours = Honours(monotone=False, weights=True, missing=False, categories=True, early_stopping=True)
    max_rounds = "epochs"
    largest = (50_000, 500)
    defaults: ClassVar[Mapping[str, Any]] = {
        "epochs": 80,
        "learning_rate": 0.015,
        "width": 128,
        "layers": 2,
        "dropout": 0.25,
        "weight_decay": 0.1,
        "spread": 0.15,
        "waves": "auto",
        "batch": "auto",
    }
    brief: ClassVar[Mapping[str, Any]] = {"epochs": 25, "learning_rate": 0.05, "width": 24}
    space: ClassVar[Mapping[str, Domain]] = {
        "learning_rate": Number(0.005, 0.05, log=True),
        "width": Choice((64, 128, 192)),
        "layers": Choice((1, 2, 3)),
        "dropout": Number(0.0, 0.5),
        "weight_decay": Number(0.01, 1.0, log=True),
        "spread": Number(0.05, 0.5, log=True),
    }

    def rounds_unwatched(self, params: Mapping[str, Any]) -> int:  # noqa: ARG002 - steps follow the schedule, not the rate
        """Return how many epochs to learn where no rows can say when to stop."""
        return _EPOCHS_UNWATCHED

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:
        view = View.fit(part.matrix)
        weight, answer = even_weights(part), answer_of(order)
        centred = Centred(part.target, weight) if answer == NUMBER else None
        truth = truth_of(part, order) if centred is None else centred.values[:, None]
        generator = np.random.default_rng(order.seed)
        network = Network(_shape(view, truth.shape[1], order), generator, float(order.params["spread"]))
        network.weights[f"b{network.shape.layers}"][...] = _level(truth, weight, int(answer))
        steps = _steps(len(part), order)
        slope_of = _slope(truth, weight, int(answer))
        judge = None if stop is None else _Judge.of(view, stop, centred, order)
        patience = max(5, round(_PATIENCE * steps.epochs))
        stopper = Stopper(patience)
        best = network.flat.copy()
        for late in epochs(network, view.inputs(part.matrix), slope_of, steps, generator):
            done = stopper.done(None if judge is None else judge.loss(network)) or late
            if stopper.best_round == stopper.rounds:
                best[...] = network.flat
            if done:
                break
        network.flat[...] = best
        ends = np.array([0.0, 0.0]) if centred is None else np.array([part.target.min(), part.target.max()])
        unit = np.array([0.0, 1.0]) if centred is None else np.array([centred.middle, centred.spread])
        return NetworkEngine(view, Layers.of(network), unit, ends, np.array(stopper.best_round), answer)

    def _load(self, folder: Path) -> Engine:
        return NetworkEngine.load(folder)


@dataclass(frozen=True)
class View:
    """What the network sees of a matrix, learnt from training rows.

    Parameters
    ----------
    scale : RobustScale
        Of the numbers.
    marked : ndarray of int64, shape (m,)
        Numeric columns with a missing value in training.
    groups : Groups
        Which vector each category has.
    """

    scale: RobustScale
    marked: NDArray[np.int64]
    groups: Groups

    @classmethod
    def fit(cls, matrix: Matrix) -> "View":
        """Learn from training rows."""
        marked = np.flatnonzero(np.isnan(matrix.numeric).any(axis=0)).astype(np.int64)
        return cls(RobustScale.fit(matrix.numeric), marked, Groups.fit(matrix))

    def numbers(self, numeric: NDArray[np.float32]) -> Singles:
        """Return scaled numbers of one row or many."""
        return self.scale.apply(numeric).astype(np.float32)

    def marks(self, numeric: NDArray[np.float32]) -> Singles:
        """Return marks of what is missing, of one row or many."""
        return np.isnan(numeric[..., self.marked]).astype(np.float32)

    def inputs(self, matrix: Matrix) -> Inputs:
        """Return what the network learns from."""
        from scipy.sparse import csr_array

        taken = self.groups.of(matrix.codes)
        rows, columns = taken.shape
        ones, bounds = np.ones(rows * columns, dtype=np.float32), np.arange(rows + 1) * columns
        hot = csr_array((ones, taken.ravel(), bounds), shape=(rows, int(self.groups.terms)))
        return Inputs(self.numbers(matrix.numeric), self.marks(matrix.numeric), hot)


@dataclass(frozen=True)
class _Judge:
    """The rows that say when to stop."""

    inputs: Inputs
    truth: Floats
    weight: Floats
    answer: int

    @classmethod
    def of(cls, view: View, stop: Part, centred: Centred | None, order: Order) -> "_Judge":
        truth = truth_of(stop, order)
        if centred is not None:
            truth = (truth - centred.middle) / centred.spread
        return cls(view.inputs(stop.matrix), truth, even_weights(stop), int(answer_of(order)))

    def loss(self, network: Network) -> float:
        sums = network.sums(self.inputs).astype(np.float64)
        return float(np.average(losses_of(self.answer, sums, self.truth), weights=self.weight))


def _shape(view: View, outputs: int, order: Order) -> Shape:
    layers, width = int(order.params["layers"]), int(order.params["width"])
    if layers < 1 or width < 2:
        raise UsageError(f"`layers` is {layers} and `width` {width}.", hint="Use at least 1 layer, of width 2 or more.")
    numbers, waves = len(view.scale.middle), order.params["waves"]
    waves = (_WAVES if numbers <= _MOST_WITH_WAVES else 0) if waves == "auto" else int(waves)
    return Shape(
        numbers, len(view.marked), int(view.groups.terms), waves if numbers else 0, _MIXED, layers, width, outputs
    )


def _steps(rows: int, order: Order) -> Steps:
    params = order.params
    batch = params["batch"]
    if batch == "auto":
        batch = max(_FEWEST_ROWS, min(_MOST_ROWS, rows // _FEWEST_STEPS))
    return Steps(
        epochs=int(params["epochs"]),
        learning_rate=float(params["learning_rate"]),
        weight_decay=float(params["weight_decay"]),
        dropout=float(params["dropout"]),
        batch=int(batch),
        deadline=order.deadline,
    )


def _level(truth: Floats, weight: Floats, answer: int) -> Floats:
    """Return the sums that answer with the shares of all rows."""
    if answer == NUMBER:
        return np.zeros(1)
    share = np.clip(np.average(truth, axis=0, weights=weight), 1e-4, 1.0 - 1e-4)
    return np.log(share) if len(share) > 1 else np.log(share / (1.0 - share))


def _slope(truth: Floats, weight: Floats, answer: int) -> Any:
    """Return the function from rows and their sums to the slope of their mean loss."""
    wanted, mass = truth.astype(np.float32), weight.astype(np.float32)[:, None]

    def slope(rows: NDArray[np.int64], sums: Singles) -> Singles:
        if answer == NUMBER:
            said = sums
        elif sums.shape[1] == 1:
            said = np.float32(1.0) / (np.float32(1.0) + np.exp(-np.clip(sums, -60, 60)))
        else:
            powers = np.exp(sums - sums.max(axis=1, keepdims=True))
            said = powers / powers.sum(axis=1, keepdims=True)
        result: Singles = (said - wanted[rows]) * mass[rows] / np.float32(len(rows))
        return result

    return slope


@dataclass(frozen=True)
class NetworkEngine(Engine):
    """Layers that answer.

    Parameters
    ----------
    view : View
        From the matrix to the inputs.
    layers : Layers
        From inputs to sums.
    unit : ndarray, shape (2,)
        Middle and spread of a numeric target.
    ends : ndarray, shape (2,)
        Its lowest and highest value among the training rows.
    epochs : ndarray, shape ()
        Passes over the rows until the weights kept.
    answer : ndarray, shape ()
        Kind of answer as in `link`.
    """

    view: View
    layers: Layers
    unit: Floats
    ends: Floats
    epochs: NDArray[Any]
    answer: NDArray[Any]

    @property
    def rounds(self) -> int:
        """Epochs learnt."""
        return int(self.epochs)

    def values(self, matrix: Matrix, threads: int) -> Floats:  # noqa: ARG002 - bound by memory, not by arithmetic
        """Return probabilities or numbers of many rows."""
        view = self.view
        return self._shaped(
            self.layers.sums(view.numbers(matrix.numeric), view.marks(matrix.numeric), view.groups.of(matrix.codes))
        )

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        view = self.view
        return self._shaped(self.layers.sums_row(view.numbers(numeric), view.marks(numeric), view.groups.of(codes)))

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        groups = {f"groups_{field.name}": getattr(self.view.groups, field.name) for field in fields(Groups)}
        own = {name: getattr(self, name) for name in ("unit", "ends", "epochs", "answer")}
        seen = {"marked": self.view.marked, **self.view.scale.arrays(), **groups}
        save_arrays(folder / _FILE, {**own, **seen, **self.layers.arrays()})

    @classmethod
    def load(cls, folder: Path) -> "NetworkEngine":
        """Read what `save` wrote."""
        arrays = load_arrays(folder / _FILE)
        groups = Groups(**{field.name: arrays[f"groups_{field.name}"] for field in fields(Groups)})
        view = View(RobustScale.of_arrays(arrays), arrays["marked"], groups)
        own = {name: arrays[name] for name in ("unit", "ends", "epochs", "answer")}
        return cls(view, Layers.of_arrays(arrays), **own)

    def _shaped(self, sums: Singles) -> Floats:
        total = sums.astype(np.float64)
        if self.answer == NUMBER:
            kept: Floats = np.clip(total[:, 0] * self.unit[1] + self.unit[0], self.ends[0], self.ends[1])
            return kept
        return linked(total, self.answer)
