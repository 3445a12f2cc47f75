"""Gradient boosting of LightGBM: leaf-wise trees with native categories."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.define.problem import Task
from clew.prepare.matrix import Matrix
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.columns import both_classes, joined, joined_row, normalised, wide_columns
from clew.train.estimators.library_parameters import lightgbm_parameters
from clew.train.estimators.patience import Stopper, rounds_to_wait
from clew.train.estimators.shared import Shared
from clew.train.estimators.vocabulary import Vocabulary, device_of, objective_of, patience_of, refuse_dart
from clew.train.space import Choice, Domain, Number

_FILE = "model.txt"
#: Parameters on which the bins of a table depend.
_BINNING = (
    "max_bin", "max_bin_by_feature", "min_data_in_bin", "bin_construct_sample_cnt", "data_random_seed", "enable_bundle",
    "is_enable_sparse", "use_missing", "zero_as_missing", "feature_pre_filter", "forcedbins_filename", "linear_tree",
    "device_type",
)  # fmt: skip
#: The usual objective of a task, and those that may be named instead.
_OBJECTIVES: Mapping[Task, tuple[str, ...]] = {
    Task.BINARY: ("binary", "cross_entropy"),
    Task.MULTICLASS: ("multiclass", "multiclassova"),
    Task.REGRESSION: (
        "regression",
        "regression_l1",
        "huber",
        "fair",
        "poisson",
        "quantile",
        "mape",
        "gamma",
        "tweedie",
    ),
}


class LightGBM(EstimatorSpec):
    """LightGBM (Ke et al. 2017).

    Missing numbers take the better branch of each split; categories are split as sets. Stored as LightGBM's own text.
    """

    name = "lightgbm"
    label = "LightGBM"
    honours = Honours(monotone=True, weights=True, missing=True, categories=True, early_stopping=True)
    continues = True
    max_rounds = "n_estimators"
    devices = ("cpu", "cuda")
    defaults: ClassVar[Mapping[str, Any]] = {
        "n_estimators": 2000,
        "learning_rate": 0.05,
        "num_leaves": 31,
        "max_depth": -1,
        "min_child_samples": 20,
        "min_child_weight": 1e-3,
        "subsample": 1.0,
        "subsample_freq": 1,
        "colsample_bytree": 0.9,
        "colsample_bynode": 1.0,
        "reg_alpha": 0.0,
        "reg_lambda": 0.0,
        "min_split_gain": 0.0,
        "path_smooth": 0.0,
        "extra_trees": False,
        "linear_tree": False,
        "max_bin": 255,
        "cat_smooth": 10.0,
        "cat_l2": 10.0,
        "max_cat_to_onehot": 4,
        "min_data_per_group": 100,
        "wide_categories": True,
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "learning_rate": Number(0.02, 0.12, log=True),
        "num_leaves": Number(6, 160, log=True, whole=True),
        "min_child_samples": Number(3, 80, log=True, whole=True),
        "subsample": Number(0.6, 1.0),
        "colsample_bytree": Number(0.4, 1.0),
        "reg_alpha": Number(0.001, 5.0, log=True),
        "reg_lambda": Number(0.01, 20.0, log=True),
        "extra_trees": Choice((False, False, True)),
        "cat_smooth": Number(1.0, 100.0, log=True),
        "min_data_per_group": Number(5, 200, log=True, whole=True),
        "wide_categories": Choice((True, True, False)),
    }

    def vocabulary(self) -> Vocabulary:
        """Return every parameter of the library."""
        return lightgbm_parameters(self.defaults)

    def refusal(self, device: str) -> str | None:
        """Return why it cannot learn on a device; where the library was built without, trying would print a warning."""
        if device == "cuda" and not _built_with_cuda():
            return "the library was built without CUDA"
        return super().refusal(device)

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:
        import lightgbm

        lightgbm.register_logger(_Quiet())
        params = _library_params(order, len(part), part.matrix)
        refuse_dart(params.get("boosting"), stops=stop is not None)
        patience = patience_of(params, rounds_to_wait(float(params["learning_rate"])))
        start = order.start.booster if isinstance(order.start, LightGBMEngine) else None
        how: dict[str, Any] = {"unit": order.unit, "starts": start is not None}
        learn = _table(part, params, order.shared, **how)
        watched = [] if stop is None else [_table(stop, params, stop.shared, learn, **how)]
        stopper = Stopper(patience, order.deadline)
        booster = lightgbm.train(
            params,
            learn,
            int(order.params["n_estimators"]),
            valid_sets=watched,
            callbacks=[_callback(stopper)],
            init_model=start,
        )
        before = 0 if start is None else start.current_iteration()
        best = before + stopper.best_round if stop is not None else booster.current_iteration()
        return LightGBMEngine(booster.model_to_string(num_iteration=max(1, best)))

    def _load(self, folder: Path) -> Engine:
        return LightGBMEngine((folder / _FILE).read_text(encoding="utf-8"))

    def _library_errors(self) -> tuple[type[Exception], ...]:
        from lightgbm.basic import LightGBMError

        return (ValueError, LightGBMError)


class Predictor:
    """LightGBM's predictor, which takes single rows and tables through trees alike.

    Parameters
    ----------
    text : str
        A model in LightGBM's own format.
    """

    def __init__(self, text: str) -> None:
        import lightgbm

        lightgbm.register_logger(_Quiet())
        self.booster = lightgbm.Booster(model_str=text)
        head = text.partition("\nTree=")[0].splitlines()
        told = (line.removeprefix("objective=") for line in head if line.startswith("objective="))
        self._objective = next(told, "regression").split()[0]

    def __call__(self, rows: NDArray[np.float32], threads: int) -> Floats:
        """Return probabilities or numbers.

        Parameters
        ----------
        rows : ndarray, shape (n, p)
            In the columns of the model.
        threads : int
            Threads to use.
        """
        answer = np.asarray(self.booster.predict(rows, num_threads=threads), dtype=np.float64)
        if self._objective in _OBJECTIVES[Task.BINARY]:
            return both_classes(answer)
        return normalised(answer) if self._objective in _OBJECTIVES[Task.MULTICLASS] else answer


class LightGBMEngine(Engine):
    """A booster, which answers single rows and tables alike.

    Parameters
    ----------
    text : str
        The model in LightGBM's own format.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._predict = Predictor(text)

    @property
    def booster(self) -> Any:
        """The library's own object, not to be changed."""
        return self._predict.booster

    @property
    def rounds(self) -> int:
        """Rounds learnt."""
        return int(self.booster.current_iteration())

    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities or numbers of many rows."""
        return self._predict(joined(matrix), threads)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return self._predict(joined_row(numeric, codes), 1)

    def save(self, folder: Path) -> None:
        """Write the booster."""
        (folder / _FILE).write_text(self._text, encoding="utf-8")


def _built_with_cuda() -> bool:
    """Return whether the library knows CUDA: it holds the words with which it would refuse, or does not."""
    from lightgbm import basic

    library = Path(vars(basic)["_LIB"]._name)  # noqa: SLF001 - ctypes keeps the path there
    return b"CUDA Tree Learner was not enabled" not in library.read_bytes()


class _Quiet:
    """Takes the library's messages; what matters comes as an exception."""

    def info(self, message: str) -> None:
        """Drop a message."""

    def warning(self, message: str) -> None:
        """Drop a warning."""


def _library_params(order: Order, rows: int, matrix: Matrix) -> dict[str, Any]:
    params = {name: value for name, value in order.params.items() if name != "n_estimators"}
    # A leaf must fit several times into a small table, else nothing is ever split.
    params["min_child_samples"] = max(1, min(int(params["min_child_samples"]), rows // 10))
    params["min_data_per_group"] = max(1, min(int(params["min_data_per_group"]), rows // 10))
    # Each objective is watched by its own loss, which is the library's default.
    params |= {"objective": objective_of(params, "LightGBM", "objective", _OBJECTIVES[order.task]), "verbosity": -1}
    if (device := device_of(params)) != "cpu":
        params["device_type"] = device
    params |= {"seed": order.seed, "num_threads": order.threads, "deterministic": True}
    # Tables are shared by fits with other seeds and other sizes of leaves.
    params = {"data_random_seed": 1, "feature_pre_filter": False, **params}
    # Which way the histograms are built is fixed by the shape, never by a stopwatch.
    wide = matrix.numeric.shape[1] + matrix.codes.shape[1] > rows // 20
    params["force_col_wise" if wide else "force_row_wise"] = True
    if order.task is Task.MULTICLASS:
        params["num_class"] = order.classes
    if not params.pop("wide_categories"):
        worth = np.ones(matrix.numeric.shape[1] + matrix.codes.shape[1])
        worth[[matrix.numeric.shape[1] + place for place in wide_columns(matrix.layout)]] = 0.0
        params = {"feature_contri": worth.tolist(), **params}
    if any(order.monotone):
        params["monotone_constraints"] = [*order.monotone, *([0] * matrix.codes.shape[1])]
        params["monotone_constraints_method"] = "intermediate"
    return params


def _table(
    part: Part, params: Mapping[str, Any], shared: Shared, reference: Any = None, *, unit: float, starts: bool
) -> Any:
    """Return rows and labels in bins, as made for earlier fits; anew where a model goes on, which leaves a mark."""
    binning = {name: params[name] for name in _BINNING if name in params}
    if params["feature_pre_filter"]:  # named by the user: columns that no leaf of this size can split are left out
        binning["min_child_samples"] = params["min_child_samples"]

    def make() -> Any:
        import lightgbm

        numeric, categorical = part.matrix.numeric.shape[1], part.matrix.codes.shape[1]
        table = lightgbm.Dataset(
            joined(part.matrix),
            part.target,
            weight=part.weight,
            categorical_feature=list(range(numeric, numeric + categorical)),
            reference=reference,
            params={**binning, "num_threads": params["num_threads"], "verbosity": -1},
        )
        return table if starts else table.construct()

    return make() if starts else shared.get(("lightgbm", str(binning), unit), make, beside=reference)


def _callback(stopper: Stopper) -> Any:
    from lightgbm.callback import EarlyStopException

    def watch(env: Any) -> None:
        losses = env.evaluation_result_list
        if stopper.done(float(losses[0][2]) if losses else None):
            raise EarlyStopException(env.begin_iteration + stopper.best_round - 1, losses)

    return watch
