"""AutoGluon as one algorithm: its whole ensemble behind the same matrix, folds and evaluation."""

import shutil
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ArtifactError, UsageError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.columns import normalised
from clew.train.space import Domain

#: What has to be trusted to read a model of this kind: it is pickled, and reading it runs whatever it says.
TRUSTED = "autogluon.tabular.TabularPredictor"
_FOLDER, _LABEL, _WEIGHT = "predictor", "__label__", "__weight__"
_KINDS = {Task.BINARY: "binary", Task.MULTICLASS: "multiclass", Task.REGRESSION: "regression"}
#: Parameters of its constructor; the others are those of its `fit`.
_OF_PREDICTOR = ("eval_metric",)
_STATED = {
    "train_data": "Rows come from the table that is trained on.",
    "tuning_data": "AutoGluon judges by rows that it takes from those that learn.",
    "time_limit": "Use `time_limit_s`, --time-limit on the command line.",
    "num_cpus": "Use `cpus`, --cpus on the command line.",
    "num_gpus": "Set it for each model, in `hyperparameters`.",
    "callbacks": "A callback cannot be kept with the model.",
    "infer_limit": "Use `max_latency_ms`, --max-latency-ms on the command line.",
}
#: Seconds of its limit that AutoGluon is not told of: it goes beyond its limit by about as much.
_MARGIN_S = 2.0


class AutoGluon(EstimatorSpec):
    """AutoGluon's tabular predictor (Erickson et al. 2020), with the preset ``medium_quality`` unless another is named.

    Numbers and categories come to it as the recipe makes them. It promises fewer things than Clew's own algorithms:
    what it finds depends on the clock, a row's last bits on the other rows, and its files are pickles, which run code
    when they are read.
    """

    name = "autogluon"
    label = "AutoGluon"
    honours = Honours(monotone=False, weights=True, missing=True, categories=True, early_stopping=False)
    interruptible = False
    fills_time = True
    defaults: ClassVar[Mapping[str, Any]] = {"presets": "medium_quality"}
    space: ClassVar[Mapping[str, Domain]] = {}

    def named(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters; AutoGluon itself refuses those that it does not know."""
        for name in params:
            if name in _STATED:
                raise UsageError(f"{self.label}'s {name!r} is set by Clew itself.", hint=_STATED[name])
        return dict(params)

    def warm(self) -> None:
        """Import the library.

        Raises
        ------
        UsageError
            If it is not installed.
        """
        _library()

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - it takes rows of its own
        library = _library()
        params = dict(order.params)
        own = {name: params.pop(name) for name in _OF_PREDICTOR if name in params}
        frame = _frame(part.matrix)
        frame[_LABEL] = part.target
        if part.weight is not None:
            frame[_WEIGHT] = part.weight
            own["sample_weight"] = _WEIGHT
        left = None if order.deadline is None else max(1.0, order.deadline - time.monotonic() - _MARGIN_S)
        with tempfile.TemporaryDirectory(prefix="clew-") as folder:
            predictor = library.TabularPredictor(
                label=_LABEL, problem_type=_KINDS[order.task], path=str(Path(folder) / "all"), verbosity=0, **own
            )
            predictor.fit(frame, time_limit=left, num_cpus=order.threads, num_gpus=0, **params)
            small = Files()
            predictor.clone_for_deployment(str(small.path))
        return AutoGluonEngine(small, order.classes)

    def _load(self, folder: Path) -> Engine:
        return self._load_trusted(folder, ())

    def _load_trusted(self, folder: Path, trust: Collection[str]) -> Engine:
        if TRUSTED not in trust:
            raise ArtifactError(
                f"{folder} holds a model of AutoGluon, which is pickled and may run code when it is read.",
                hint=f"If you trust who made it, pass trust=True, on the command line --trust {TRUSTED}.",
            )
        _library()
        files = Files()
        shutil.copytree(folder / _FOLDER, files.path)
        return AutoGluonEngine(files, int((folder / "classes.txt").read_text(encoding="utf-8")))

    def _refusals(self) -> tuple[type[Exception], ...]:
        return (Exception,)

    def _library_errors(self) -> tuple[type[Exception], ...]:
        return (ValueError, AssertionError, RuntimeError, ImportError, AttributeError)


@dataclass(frozen=True)
class Files:
    """A folder of one's own, which is removed when nobody holds it any more."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folder", tempfile.TemporaryDirectory(prefix="clew-"))

    @property
    def path(self) -> Path:
        """Where the predictor is."""
        folder: tempfile.TemporaryDirectory[str] = self.__dict__["_folder"]
        return Path(folder.name) / _FOLDER


class AutoGluonEngine(Engine):
    """A predictor, whose models are held in memory.

    Parameters
    ----------
    files : Files
        Where it is; its own files are never written to again.
    classes : int
        Number of classes, 0 for a number.
    """

    def __init__(self, files: Files, classes: int) -> None:
        self._files, self._classes = files, classes
        self._predictor = _library().TabularPredictor.load(str(files.path), verbosity=0)
        self._predictor.persist()

    def values(self, matrix: Matrix, threads: int) -> Floats:  # noqa: ARG002 - it knows how many
        """Return probabilities or numbers of many rows."""
        return self._asked(_frame(matrix))

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return self._asked(_columns(numeric[None, :], codes[None, :]))

    def save(self, folder: Path) -> None:
        """Write the predictor's own files."""
        shutil.copytree(self._files.path, folder / _FOLDER, dirs_exist_ok=True)
        (folder / "classes.txt").write_text(str(self._classes), encoding="utf-8")

    def _asked(self, frame: Any) -> Floats:
        if not self._classes:
            return np.asarray(self._predictor.predict(frame), dtype=np.float64)
        answer = self._predictor.predict_proba(frame)[list(range(self._classes))]
        return normalised(np.asarray(answer, dtype=np.float64))


def _library() -> Any:
    if find_spec("autogluon") is None or find_spec("autogluon.tabular") is None:
        raise UsageError(
            "AutoGluon is not installed here.",
            hint="Install it in an environment of its own, as it wants an older pandas: pip install 'clew[autogluon]'.",
        )
    import autogluon.tabular

    return autogluon.tabular


def _frame(matrix: Matrix) -> Any:
    return _columns(matrix.numeric, matrix.codes)


def _columns(numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Any:
    """Return numbers as they are, and codes as categories."""
    import pandas as pd

    numbers = {f"n{place}": column for place, column in enumerate(numeric.T)}
    texts = {f"c{place}": _categories(column) for place, column in enumerate(codes.T)}
    return pd.DataFrame(numbers | texts)


def _categories(codes: NDArray[np.int32]) -> Any:
    import pandas as pd

    known = pd.Series(codes, dtype="string")
    return known.mask(codes < 0).astype("category")
