"""Gradient boosting of CatBoost: symmetric trees, ordered statistics of categories."""

import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from clew.core.errors import DataError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.catboost_trees import Oblivious
from clew.train.estimators.library_parameters import catboost_parameters
from clew.train.estimators.link import MORE, NUMBER, TWO, linked
from clew.train.estimators.patience import Stopper, in_time, rounds_to_wait
from clew.train.estimators.vocabulary import DEVICE, Vocabulary, device_of, objective_of, patience_of
from clew.train.space import Choice, Domain, Number

_FILE = "model.cbm"
#: The usual loss of a task, and those that may be named instead.
_LOSSES: Mapping[Task, tuple[str, ...]] = {
    Task.BINARY: ("Logloss", "CrossEntropy"),
    Task.MULTICLASS: ("MultiClass",),
    Task.REGRESSION: (
        "RMSE",
        "MAE",
        "MAPE",
        "Huber",
        "LogCosh",
        "Lq",
        "Quantile",
        "Expectile",
        "Poisson",
        "Tweedie",
    ),
}
#: Losses whose raw answer is the logarithm of the number.
_LOGARITHMIC = ("Poisson", "Tweedie")
#: Share of the GPU's memory; boosters of other libraries learn beside it.
_GPU_MEMORY = 0.5


class CatBoost(EstimatorSpec):
    """CatBoost (Prokhorenkova et al. 2018) with native categories.

    A missing or unseen category is a category of its own. Stored in CatBoost's own format.
    """

    name = "catboost"
    label = "CatBoost"
    honours = Honours(monotone=True, weights=True, missing=True, categories=True, early_stopping=True)
    continues = True
    max_rounds = "iterations"
    devices = ("cpu", "cuda")
    cpu_only = ("rsm",)
    defaults: ClassVar[Mapping[str, Any]] = {
        "iterations": 2000,
        "learning_rate": 0.08,
        "depth": 6,
        "l2_leaf_reg": 3.0,
        "random_strength": 1.0,
        "bagging_temperature": 1.0,
        "rsm": 1.0,
        "min_data_in_leaf": 1,
        "grow_policy": "SymmetricTree",
        "max_leaves": 31,
        "border_count": 254,
        "one_hot_max_size": 10,
        "max_ctr_complexity": 2,
        "boosting_type": "Plain",
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "learning_rate": Number(0.03, 0.12, log=True),
        "depth": Number(4, 8, whole=True),
        "l2_leaf_reg": Number(1.0, 15.0, log=True),
        "random_strength": Number(0.1, 5.0, log=True),
        "bagging_temperature": Number(0.0, 1.0),
        "rsm": Number(0.5, 1.0),
        "one_hot_max_size": Choice((2, 5, 12, 25)),
        "max_ctr_complexity": Choice((1, 2)),
    }

    def vocabulary(self) -> Vocabulary:
        """Return every parameter of the library."""
        return catboost_parameters(self.defaults)

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:
        from catboost import CatBoost as Library

        params = _library_params(order)
        device = _placed(params)
        if device != "cpu" and any(order.monotone):
            raise DataError("CatBoost keeps monotone constraints on the CPU only.", hint="Use xgboost on this device.")
        # Its loss falls slowly, not evenly: with larger steps and twice the patience it was as good in half the time.
        patience = patience_of(params, 2 * rounds_to_wait(float(params["learning_rate"])))
        if order.start is not None and order.classes > len(np.unique(part.target)):
            raise DataError(
                f"CatBoost cannot go on with rows of only some of its {order.classes} classes.",
                hint="Give rows of every class, or continue a model of xgboost or lightgbm.",
            )
        learn, watched = _pool(part), None if stop is None else _pool(stop)
        how = {"eval_set": watched, "use_best_model": watched is not None}
        if device == "cpu":
            start = order.start.model if isinstance(order.start, CatBoostEngine) else None
            model = Library(params)
            model.fit(learn, **how, callbacks=[_Watch(Stopper(patience, order.deadline))], init_model=start)
            return CatBoostEngine(_bytes_of(model))

        def fitted(rounds: int) -> Any:
            made = Library({**params, "iterations": rounds})
            return made.fit(learn, **how, early_stopping_rounds=None if watched is None else patience)

        def stopped(made: Any) -> bool:
            if watched is None:
                return False
            rounds = len(next(iter(made.get_evals_result()["validation"].values())))
            return bool(made.tree_count_ + patience <= rounds)

        if order.start is not None:
            raise DataError("A model of CatBoost is continued on the CPU only.", hint="Leave `device` out.")
        rounds = int(params["iterations"])
        model, cut_short = in_time(fitted, rounds, deadline=order.deadline, stopped=stopped)
        return CatBoostEngine(_bytes_of(model), cut_short=cut_short)

    def stops_on_time(self, params: Mapping[str, Any]) -> bool:
        """Return whether a fit ends soon after its deadline: on a GPU the library asks nobody after a round."""
        return bool(params.get(DEVICE, "cpu") == "cpu")

    def _load(self, folder: Path) -> Engine:
        return CatBoostEngine((folder / _FILE).read_bytes())

    def _library_errors(self) -> tuple[type[Exception], ...]:
        from catboost import CatBoostError

        return (ValueError, CatBoostError)


class CatBoostEngine(Engine):
    """A model that answers single rows and tables alike.

    Parameters
    ----------
    raw : bytes
        The model in CatBoost's own format.
    cut_short : bool, default False
        Whether there was no time for more rounds.
    """

    def __init__(self, raw: bytes, *, cut_short: bool = False) -> None:
        from catboost import CatBoost as Library

        self._raw = raw
        self.cut_short = cut_short
        self._model = Library()
        self._model.load_model(blob=raw)
        self._loss = str(self._model.get_all_params().get("loss_function")).split(":")[0]

    @property
    def model(self) -> Any:
        """The library's own object, not to be changed."""
        return self._model

    @property
    def rounds(self) -> int:
        """Rounds learnt."""
        return int(self._model.tree_count_)

    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities or numbers of many rows."""
        return self._asked(matrix.numeric, matrix.codes, threads)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        if self._oblivious is not None:
            return self._linked(self._oblivious(numeric))
        return self._asked(numeric.reshape(1, -1), codes.reshape(1, -1), 1)

    def save(self, folder: Path) -> None:
        """Write the model."""
        (folder / _FILE).write_bytes(self._raw)

    def _asked(self, numeric: NDArray[np.float32], codes: NDArray[np.int32], threads: int) -> Floats:
        rows = _features(numeric, codes)
        total = self._model.predict(rows, prediction_type="RawFormulaVal", thread_count=threads)
        return self._linked(total.reshape(len(numeric), -1))

    def _linked(self, total: Floats) -> Floats:
        if self._loss in _LOGARITHMIC:
            return np.exp(total[:, 0])
        number = self._loss in _LOSSES[Task.REGRESSION]
        return linked(total, NUMBER if number else TWO if total.shape[1] == 1 else MORE)

    @cached_property
    def _oblivious(self) -> Oblivious | None:
        numeric = not self._model.get_cat_feature_indices()
        return Oblivious.of(from_json(_written(self._model, "json"))) if numeric else None


class _Watch:
    """Stops the learning; CatBoost itself keeps the best round."""

    def __init__(self, stopper: Stopper) -> None:
        self._stopper = stopper

    def after_iteration(self, info: Any) -> bool:
        """Say whether to go on."""
        watched = (info.metrics or {}).get("validation")
        # The only figure watched is the loss itself.
        return not self._stopper.done(float(next(iter(watched.values()))[-1]) if watched else None)


def _library_params(order: Order) -> dict[str, Any]:
    params = dict(order.params)
    params["loss_function"] = objective_of(params, "CatBoost", "loss_function", _LOSSES[order.task])
    params |= {"random_seed": order.seed, "thread_count": order.threads}
    params |= {"logging_level": "Silent", "allow_writing_files": False}
    # A default that goes with another choice than the one made is the library's to set.
    if params["grow_policy"] != "Lossguide":
        _leave(params, "max_leaves")
    if "subsample" in params or params.get("bootstrap_type", "Bayesian") != "Bayesian":
        _leave(params, "bagging_temperature")
    if order.task is Task.MULTICLASS:
        params["classes_count"] = order.classes
    if any(order.monotone):
        params["monotone_constraints"] = list(order.monotone)
        # Combinations of categories take in splits of numbers, constrained ones too, and would break the constraint.
        params["max_ctr_complexity"] = 1
    return params


def _placed(params: dict[str, Any]) -> str:
    """Take the device out of the parameters, and set what belongs to it."""
    device = device_of(params)
    if device != "cpu":
        params["task_type"] = "GPU"
        params.setdefault("gpu_ram_part", _GPU_MEMORY)
        for name in CatBoost.cpu_only:
            _leave(params, name)
    return device


def _leave(params: dict[str, Any], name: str) -> None:
    """Take a parameter out that has its default."""
    if params.get(name) == CatBoost.defaults[name]:
        params.pop(name)


def _features(numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Any:
    """Return what CatBoost reads without converting: float32 numbers, and categories as bytes."""
    if codes.shape[1] == 0:
        return numeric
    from catboost import FeaturesData

    # Codes are bounded by the layout, so the table of names stays small.
    names = np.array([str(code).encode() for code in range(-1, int(codes.max(initial=-1)) + 1)], dtype=object)
    return FeaturesData(num_feature_data=numeric if numeric.shape[1] else None, cat_feature_data=names[codes + 1])


def _pool(part: Part) -> Any:
    from catboost import Pool

    return Pool(_features(part.matrix.numeric, part.matrix.codes), label=part.target, weight=part.weight)


def _bytes_of(model: Any) -> bytes:
    """Return the model in its own format, the same bytes for the same model."""
    for told in ("model_guid", "train_finish_time"):
        model.get_metadata()[told] = ""
    return _written(model, "cbm")


def _written(model: Any, form: str) -> bytes:
    """Return what the library writes, which it does to files only."""
    with tempfile.TemporaryDirectory(prefix="clew-") as folder:
        path = Path(folder) / _FILE
        model.save_model(str(path), format=form)
        return path.read_bytes()
