"""The contract of an algorithm, as checks that anyone's `EstimatorSpec` can be put through.

>>> from clew.testing.estimator import check_estimator_spec
>>> from clew.train.estimators import ESTIMATORS
>>> check_estimator_spec(ESTIMATORS["tree"])
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import DataError, UsageError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix, MatrixLayout
from clew.train.estimators.base import EstimatorSpec, FittedEstimator, Part, take
from clew.train.estimators.shared import Shared

_ROWS = 240
_TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)


def check_estimator_spec(spec: EstimatorSpec) -> None:
    """Prove the promises of an algorithm on small made-up tables.

    Parameters
    ----------
    spec : EstimatorSpec
        The algorithm.

    Raises
    ------
    AssertionError
        If a promise is broken; the message names it.
    """
    for check in checks():
        check(spec)


def checks() -> Iterator[Callable[[EstimatorSpec], None]]:
    """Yield the checks one by one, for a test runner's parameters."""
    yield check_description
    yield check_answers
    yield check_save_and_load
    yield check_rows_equal_batch
    yield check_determinism
    yield check_sharing
    yield check_weights
    yield check_monotone
    yield check_missing_and_unseen
    yield check_rare_classes
    yield check_constant_columns
    yield check_one_feature
    yield check_early_stopping
    yield check_parameters


def check_description(spec: EstimatorSpec) -> None:
    """Its search space and its bound of rounds are among its parameters."""
    _true(set(spec.space) <= set(spec.defaults), spec, "every searched parameter has a default")
    _true(set(spec.brief) <= set(spec.defaults), spec, "every parameter of a short fit has a default")
    _true(spec.max_rounds is None or spec.max_rounds in spec.defaults, spec, "the bound of rounds is a parameter")
    _true(spec.honours.early_stopping == (spec.max_rounds is not None), spec, "who learns in rounds can stop early")


def check_answers(spec: EstimatorSpec) -> None:
    """Answers have the right shape and type, probabilities sum to 1, and something is learnt."""
    for task in _TASKS:
        part, classes = table(task)
        answer = _fit(spec, part, task, classes).predict(part.matrix)
        _true(answer.dtype == np.float64, spec, f"{task}: answers are float64")
        if not classes:
            _true(answer.shape == (len(part),), spec, "one number a row")
            _true(np.corrcoef(answer, part.target)[0, 1] > 0.5, spec, "a number is learnt")
            continue
        _true(answer.shape == (len(part), classes), spec, f"{task}: one probability a class")
        _true(bool((answer >= 0).all()), spec, f"{task}: no probability below 0")
        _true(bool((np.abs(answer.sum(axis=1) - 1) < 1e-12).all()), spec, f"{task}: probabilities sum to 1")
        right = (answer.argmax(axis=1) == part.target).mean()
        _true(right > np.bincount(part.target).max() / len(part), spec, f"{task}: better than the largest class")


def check_save_and_load(spec: EstimatorSpec) -> None:
    """Check that loading gives the same bits as what was saved, and saving again the same files."""
    for task in _TASKS:
        part, classes = table(task)
        fitted = _fit(spec, part, task, classes)
        with tempfile.TemporaryDirectory() as name:
            first, second = Path(name) / "first", Path(name) / "second"
            fitted.save(first)
            loaded = spec.load(first)
            loaded.save(second)
            same_files = _files(first) == _files(second)
        _true(_same(fitted.predict(part.matrix), loaded.predict(part.matrix)), spec, f"{task}: same bits after loading")
        _true(same_files, spec, f"{task}: same files after loading")
        _true(loaded.rounds == fitted.rounds, spec, f"{task}: same rounds after loading")


def check_rows_equal_batch(spec: EstimatorSpec) -> None:
    """One row gives the same bits as the same row among many, on any number of threads."""
    for task in _TASKS:
        part, classes = table(task)
        fitted = _fit(spec, part, task, classes)
        batch = fitted.predict(part.matrix)
        _true(_same(batch, fitted.predict(part.matrix, threads=2)), spec, f"{task}: threads do not matter")
        _true(_same(batch, rows(fitted, part.matrix)), spec, f"{task}: a row equals its batch")
        _true(len(fitted.predict(take(part.matrix, np.arange(0)))) == 0, spec, f"{task}: no rows, no answers")


def check_determinism(spec: EstimatorSpec) -> None:
    """Fitting again with the same rows, parameters, seed and threads gives the same bits."""
    for task in _TASKS:
        part, classes = table(task)
        stop = part.take(np.arange(0, len(part), 4))
        answers = [_fit(spec, part, task, classes, stop=stop, threads=2).predict(part.matrix) for _ in range(2)]
        _true(_same(answers[0], answers[1]), spec, f"{task}: the same again")


def check_sharing(spec: EstimatorSpec) -> None:
    """Check that what was made of the rows for an earlier fit, with other seed and threads, changes nothing."""
    for task in _TASKS:
        whole, classes = table(task)
        part, stop = whole.take(np.arange(0, len(whole), 2)), whole.take(np.arange(1, len(whole), 2))
        _fit(spec, part, task, classes, stop=stop, seed=8, threads=2, shared=part.shared)
        after = _fit(spec, part, task, classes, stop=stop, shared=part.shared).predict(whole.matrix)
        stop = replace(stop, target=stop.target)
        alone = _fit(spec, part, task, classes, stop=stop).predict(whole.matrix)
        _true(_same(after, alone), spec, f"{task}: the same whether its table was there or not")


def check_weights(spec: EstimatorSpec) -> None:
    """Weights change the model in the direction of the heavier rows, if they are honoured."""
    if not spec.honours.weights:
        return
    part, _ = table(Task.REGRESSION)
    heavy = np.where(part.target > np.median(part.target), 50.0, 1.0)
    plain = _fit(spec, part, Task.REGRESSION, 0).predict(part.matrix).mean()
    pulled = _fit(spec, replace(part, weight=heavy), Task.REGRESSION, 0).predict(part.matrix).mean()
    _true(pulled > plain, spec, "heavier rows pull the answers")


def check_monotone(spec: EstimatorSpec) -> None:
    """Constraints are kept for every row along a grid, or refused."""
    for task in (Task.BINARY, Task.REGRESSION):
        part, classes = table(task)
        for sign in (1, -1):
            bound = replace(part.matrix.layout, monotone=(sign, *part.matrix.layout.monotone[1:]))
            constrained = replace(part, matrix=replace(part.matrix, layout=bound))
            if not spec.honours.monotone:
                _refuses(partial(_fit, spec, constrained, task, classes), spec, "a constraint is refused")
                continue
            answer = _along_first(_fit(spec, constrained, task, classes), part.matrix)
            _true(bool((np.diff(answer, axis=0) * sign >= -1e-9).all()), spec, f"{task}: constraint {sign:+d} is kept")


def check_missing_and_unseen(spec: EstimatorSpec) -> None:
    """Missing numbers, columns without any value, and missing or unseen categories are taken."""
    for task in _TASKS:
        part, classes = table(task)
        numeric = part.matrix.numeric.copy()
        numeric[:, 2] = np.nan
        numeric[::3, 0] = np.nan
        holed = replace(part, matrix=replace(part.matrix, numeric=numeric))
        fitted = _fit(spec, holed, task, classes)
        asked = replace(part.matrix, numeric=np.full_like(numeric, np.nan), codes=np.full_like(part.matrix.codes, -1))
        answer = fitted.predict(asked)
        _true(bool(np.isfinite(answer).all()), spec, f"{task}: answers where nothing is known")
        _true(_same(answer, rows(fitted, asked)), spec, f"{task}: also row by row")


def check_rare_classes(spec: EstimatorSpec) -> None:
    """Classes without a training row have their column; with a single class left, that class is the answer."""
    part, classes = table(Task.MULTICLASS)
    kept = part.take(np.flatnonzero(part.target != 1))
    fitted = _fit(spec, kept, Task.MULTICLASS, classes)
    answer = fitted.predict(part.matrix)
    _true(answer.shape == (len(part), classes), spec, "every class has a column")
    _true(bool((np.abs(answer.sum(axis=1) - 1) < 1e-12).all()), spec, "probabilities still sum to 1")
    _true(bool(((answer[:, 1] > 0) & (answer[:, 1] < 0.05)).all()), spec, "an unseen class is possible, not likely")
    _true(_same(answer, rows(fitted, part.matrix)), spec, "also row by row")
    single = _fit(spec, part.take(np.flatnonzero(part.target == 2)), Task.MULTICLASS, classes)
    _true(bool((single.predict(part.matrix).argmax(axis=1) == 2).all()), spec, "a single class is the answer")
    with tempfile.TemporaryDirectory() as name:
        single.save(Path(name) / "single")
        loaded = spec.load(Path(name) / "single")
    _true(_same(loaded.predict(part.matrix), single.predict(part.matrix)), spec, "also after loading")


def check_constant_columns(spec: EstimatorSpec) -> None:
    """Columns that say nothing do no harm."""
    part, classes = table(Task.BINARY)
    numeric = part.matrix.numeric.copy()
    numeric[:, 1] = 7.0
    codes = part.matrix.codes.copy()
    codes[:, 0] = 1
    fitted = _fit(spec, replace(part, matrix=replace(part.matrix, numeric=numeric, codes=codes)), Task.BINARY, classes)
    _true(bool(np.isfinite(fitted.predict(part.matrix)).all()), spec, "constant columns are taken")


def check_one_feature(spec: EstimatorSpec) -> None:
    """One number, or one category, is enough."""
    part, classes = table(Task.BINARY)
    matrix = part.matrix
    number = Matrix(matrix.numeric[:, :1].copy(), matrix.codes[:, :0].copy(), MatrixLayout(("a",), (), (), (0,)))
    category = Matrix(
        matrix.numeric[:, :0].copy(),
        matrix.codes[:, :1].copy(),
        MatrixLayout((), ("c",), (matrix.layout.levels[0],), ()),
    )
    for narrow in (number, category):
        fitted = _fit(spec, replace(part, matrix=narrow), Task.BINARY, classes)
        answer = fitted.predict(narrow)
        _true(len(np.unique(answer[:, 1])) > 1, spec, "one feature tells rows apart")
        _true(_same(answer, rows(fitted, narrow)), spec, "one feature, row by row")


def check_early_stopping(spec: EstimatorSpec) -> None:
    """Rows that say when to stop end the learning before its bound."""
    if not spec.honours.early_stopping or spec.max_rounds is None:
        return
    part, classes = table(Task.BINARY)
    noise = np.random.default_rng(3).integers(0, 2, len(part))
    stop = replace(part, target=noise)
    bound = int(spec.defaults[spec.max_rounds])
    stopped = spec.fit(part.matrix, part.target, task=Task.BINARY, classes=classes, stop=stop)
    _true(stopped.rounds is not None and stopped.rounds < bound, spec, "learning stops before its bound")


def check_parameters(spec: EstimatorSpec) -> None:
    """Parameters that do not exist are refused by name."""
    try:
        spec.check({"no_such_parameter": 1})
    except UsageError as error:
        _true("no_such_parameter" in str(error), spec, "the message names the parameter")
        return
    raise AssertionError(f"{spec.name}: an unknown parameter must be refused.")


def table(task: Task) -> tuple[Part, int]:
    """Return a table of 240 rows whose answer depends on numbers and a category, and its number of classes.

    Parameters
    ----------
    task : Task
        Kind of answer.
    """
    random = np.random.default_rng(0)
    numeric = random.normal(size=(_ROWS, 3)).astype(np.float32)
    numeric[random.random((_ROWS, 3)) < 0.1] = np.nan
    codes = random.integers(-1, 4, size=(_ROWS, 2)).astype(np.int32)
    layout = MatrixLayout(("a", "b", "c"), ("k", "l"), (("p", "q", "r", "s"), ("t", "u", "v", "w")), (0, 0, 0))
    signal = np.nan_to_num(numeric[:, 0]) + 1.5 * (codes[:, 0] == 2) + 0.3 * random.normal(size=_ROWS)
    matrix = Matrix(numeric, codes, layout)
    if task is Task.REGRESSION:
        return Part(matrix, 100.0 + 10.0 * signal), 0
    classes = 2 if task is Task.BINARY else 4
    edges = np.quantile(signal, [0.6] if classes == 2 else [0.4, 0.7, 0.9])
    return Part(matrix, np.searchsorted(edges, signal).astype(np.int64)), classes


def rows(fitted: FittedEstimator, matrix: Matrix) -> NDArray[np.float64]:
    """Ask for each row by itself."""
    pairs = zip(matrix.numeric, matrix.codes, strict=True)
    return np.concatenate([fitted.predict_row(numeric, codes) for numeric, codes in pairs])


def _fit(
    spec: EstimatorSpec,
    part: Part,
    task: Task,
    classes: int,
    *,
    stop: Part | None = None,
    seed: int = 7,
    threads: int = 1,
    shared: Shared | None = None,
) -> FittedEstimator:
    params = dict(spec.brief) if spec.brief or spec.max_rounds is None else {spec.max_rounds: 40}
    return spec.fit(
        part.matrix,
        part.target,
        task=task,
        classes=classes,
        params=params,
        weight=part.weight,
        stop=stop,
        seed=seed,
        threads=threads,
        shared=shared,
    )


def _along_first(fitted: FittedEstimator, matrix: Matrix) -> NDArray[np.float64]:
    """Return the answers along a grid of the first number, shape (grid, rows)."""
    answers = []
    for value in np.linspace(-3, 3, 25, dtype=np.float32):
        numeric = matrix.numeric.copy()
        numeric[:, 0] = value
        answer = fitted.predict(replace(matrix, numeric=numeric))
        answers.append(answer[:, 1] if answer.ndim == 2 else answer)
    return np.stack(answers)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _same(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    return first.shape == second.shape and first.tobytes() == second.tobytes()


def _refuses(call: Callable[[], object], spec: EstimatorSpec, promise: str) -> None:
    try:
        call()
    except DataError:
        return
    raise AssertionError(f"{spec.name}: {promise}.")


def _true(holds: bool, spec: EstimatorSpec, promise: str) -> None:
    if not holds:
        raise AssertionError(f"{spec.name}: {promise}.")
