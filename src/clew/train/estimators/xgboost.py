"""Gradient boosting of XGBoost: histogram trees with native categories."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from clew.core.errors import UsageError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.columns import joined, kinds, wide_columns
from clew.train.estimators.library_parameters import xgboost_parameters
from clew.train.estimators.lightgbm import Predictor
from clew.train.estimators.patience import Stopper, rounds_to_wait
from clew.train.estimators.shared import Shared
from clew.train.estimators.vocabulary import Vocabulary, device_of, objective_of, patience_of, refuse_dart
from clew.train.estimators.xgboost_trees import lightgbm_text, row_with_first_category, with_first_category
from clew.train.space import Choice, Domain, Number

_FILE = "model.ubj"
_BOOSTERS = ("gbtree", "dart")
#: The usual objective of a task, and those that may be named instead.
_OBJECTIVES: Mapping[Task, tuple[str, ...]] = {
    Task.BINARY: ("binary:logistic",),
    Task.MULTICLASS: ("multi:softprob",),
    Task.REGRESSION: (
        "reg:squarederror",
        "reg:squaredlogerror",
        "reg:pseudohubererror",
        "reg:absoluteerror",
        "reg:quantileerror",
        "reg:gamma",
        "reg:tweedie",
        "count:poisson",
    ),
}


class XGBoost(EstimatorSpec):
    """XGBoost (Chen & Guestrin 2016) with the histogram method.

    Missing numbers take the better branch of each split; categories are split as sets, few of them one by one.
    Stored as Universal Binary JSON.
    """

    name = "xgboost"
    label = "XGBoost"
    honours = Honours(monotone=True, weights=True, missing=True, categories=True, early_stopping=True)
    continues = True
    max_rounds = "n_estimators"
    devices = ("cpu", "cuda")
    defaults: ClassVar[Mapping[str, Any]] = {
        "n_estimators": 2000,
        "learning_rate": 0.05,
        "max_depth": 6,
        "min_child_weight": 1.0,
        "subsample": 0.9,
        "colsample_bytree": 0.8,
        "colsample_bynode": 1.0,
        "reg_lambda": 1.0,
        "reg_alpha": 0.0,
        "gamma": 0.0,
        "max_bin": 256,
        "max_leaves": 0,
        "grow_policy": "depthwise",
        "max_cat_to_onehot": 8,
        "max_cat_threshold": 64,
        "wide_categories": True,
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "learning_rate": Number(0.02, 0.12, log=True),
        "max_depth": Number(3, 10, whole=True),
        "min_child_weight": Number(0.5, 20.0, log=True),
        "subsample": Number(0.6, 1.0),
        "colsample_bytree": Number(0.4, 1.0),
        "reg_lambda": Number(0.1, 20.0, log=True),
        "reg_alpha": Number(0.001, 5.0, log=True),
        "max_cat_to_onehot": Choice((4, 8, 16, 64)),
        "wide_categories": Choice((True, True, False)),
    }

    def vocabulary(self) -> Vocabulary:
        """Return every parameter of the library."""
        return xgboost_parameters(self.defaults)

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:
        import xgboost

        params = {name: value for name, value in order.params.items() if name != "n_estimators"}
        if params.get("booster", "gbtree") not in _BOOSTERS:
            raise UsageError(f"XGBoost's booster {params['booster']!r} grows no trees.", hint="Use 'gbtree' or 'dart'.")
        quantiles = params.get("quantile_alpha")
        if isinstance(quantiles, list | tuple) and len(quantiles) > 1:
            raise UsageError(
                f"XGBoost's quantile_alpha names {len(quantiles)} quantiles, and a model answers with one number.",
                hint="Name one, and train a model for each.",
            )
        refuse_dart(params.get("booster"), stops=stop is not None)
        patience = patience_of(params, rounds_to_wait(float(params["learning_rate"])))
        # Each objective is watched by its own loss, which is the library's default.
        params |= {"objective": objective_of(params, self.label, "objective", _OBJECTIVES[order.task])}
        device = device_of(params)
        params |= {"tree_method": "hist", "verbosity": 0, "device": device}
        params |= {"seed": order.seed, "nthread": order.threads}
        if order.task is Task.MULTICLASS:
            params["num_class"] = order.classes
        if any(order.monotone):
            params["monotone_constraints"] = (*order.monotone, *([0] * part.matrix.codes.shape[1]))
        # What is continued asks its own trees about the rows, and these may split any category.
        wide = bool(params.pop("wide_categories")) or order.start is not None
        bins = int(params["max_bin"])
        learn = _table(part, order, bins, order.shared, wide=wide)
        watched = [] if stop is None else [(_table(stop, order, bins, stop.shared, learn, wide=wide), "stop")]
        stopper = Stopper(patience, order.deadline)
        before = 0 if order.start is None else order.start.rounds or 0
        booster = xgboost.train(
            params,
            learn,
            int(order.params["n_estimators"]),
            evals=watched,
            callbacks=[_callback(stopper)],
            verbose_eval=False,
            xgb_model=order.start.booster if isinstance(order.start, XGBoostEngine) else None,
        )
        if device != "cpu" and not _device(booster).startswith(device):
            # It would go on silently with the CPU.
            raise ValueError("XGBoost found no CUDA device, or was built without CUDA (package xgboost-cpu)")
        best = (stopper.best_round if stop is not None else stopper.rounds) + before
        return XGBoostEngine(bytes(booster[: max(1, best)].save_raw("ubj")))

    def _load(self, folder: Path) -> Engine:
        return XGBoostEngine((folder / _FILE).read_bytes())

    def _library_errors(self) -> tuple[type[Exception], ...]:
        from xgboost.core import XGBoostError

        return (ValueError, XGBoostError)


class XGBoostEngine(Engine):
    """Trees of XGBoost, through which LightGBM's predictor takes rows and tables (see `xgboost_trees`).

    Parameters
    ----------
    raw : bytes
        The model as Universal Binary JSON.
    """

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        booster = _booster(raw)
        self._rounds = int(booster.num_boosted_rounds())
        self._predict = Predictor(lightgbm_text(from_json(bytes(booster.save_raw("json")))))

    @property
    def booster(self) -> Any:
        """A copy as the library's own object."""
        return _booster(self._raw)

    @property
    def rounds(self) -> int:
        """Rounds learnt."""
        return self._rounds

    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities or numbers of many rows."""
        return self._predict(with_first_category(matrix), threads)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return self._predict(row_with_first_category(numeric, codes), 1)

    def save(self, folder: Path) -> None:
        """Write the booster."""
        (folder / _FILE).write_bytes(self._raw)


def _booster(raw: bytes) -> Any:
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(bytearray(raw))
    booster.set_param({"nthread": 1, "verbosity": 0})
    return booster


def _device(booster: Any) -> str:
    return str(json.loads(booster.save_config())["learner"]["generic_param"]["device"])


def _table(part: Part, order: Order, max_bin: int, shared: Shared, reference: Any = None, *, wide: bool) -> Any:
    """Return rows in bins, and labels, as made for earlier fits; without `wide`, wide categories are one value."""
    left_out = [] if wide else [part.matrix.numeric.shape[1] + place for place in wide_columns(part.matrix.layout)]

    def make() -> Any:
        import xgboost

        rows = joined(part.matrix)
        if left_out:
            rows[:, left_out] = 0.0
        return xgboost.QuantileDMatrix(
            rows,
            label=part.target,
            weight=part.weight,
            feature_types=kinds(part.matrix),
            enable_categorical=True,
            nthread=order.threads,
            max_bin=max_bin,
            ref=reference,
        )

    return shared.get(("xgboost", max_bin, bool(left_out), order.unit), make, beside=reference)


def _callback(stopper: Stopper) -> Any:
    from xgboost.callback import TrainingCallback

    class Watch(TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
            losses = next(iter(evals_log["stop"].values())) if "stop" in evals_log else None
            return stopper.done(None if losses is None else float(losses[-1]))

    return Watch()
