"""The unit of work: one combination, fitted to one fold with a share of the resource, and judged. Runs anywhere."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clew.collect.split import Split
from clew.core.errors import DataError, InputError
from clew.define.metrics import get_metric
from clew.train.device import NoTurnError, turn
from clew.train.ensemble.judge import Judge
from clew.train.estimators import get_estimator
from clew.train.folds.preparation import Fold
from clew.train.search import costs
from clew.train.search.fit import FitRequest, fit_stopping
from clew.train.search.trial import Configuration
from clew.train.threads import limit_blas
from clew.train.tune.goals import LATENCY

#: Fewer rows than these teach nothing, whatever share of the rows is asked for.
_LEAST_ROWS = 50


class LostFitError(DataError):
    """A fit was lost with its process, its machine or its memory: that says nothing of what was fitted."""


@dataclass(frozen=True, eq=False)
class PreparedFold:
    """A prepared fold with the truth that judges; another one is another, whatever it holds.

    Parameters
    ----------
    fold : Fold
        Rows that teach, and rows that judge.
    judge : Judge
        Truth of the judging rows.
    classes : int
        Number of classes of the problem, 0 for a regression.
    """

    fold: Fold
    judge: Judge
    classes: int


@dataclass(frozen=True, slots=True)
class FoldRequest:
    """One fit.

    Parameters
    ----------
    configuration : Configuration
        Algorithm, parameters, seed.
    position : int
        Which fold.
    recipe : str
        Fingerprint of the recipe in front.
    rows : float
        Share of the learning rows.
    rounds : float
        Share of the rounds; below 1, nothing stops early.
    metrics : tuple of str
        What it is judged by; the first one chooses the threshold.
    threads : int
        Threads to use.
    end_s : float, optional
        Value of `time.time` after which no further round starts.
    """

    configuration: Configuration
    position: int
    recipe: str
    rows: float
    rounds: float
    metrics: tuple[str, ...]
    threads: int
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What came of a fit.

    Parameters
    ----------
    figures : mapping
        Metric → value, NaN where it is not defined; and ``latency_ms``.
    rounds : int, optional
        Rounds learnt.
    fit_s : float
        Seconds of fitting.
    error : str, optional
        Why there are no figures.
    late : bool
        Whether the clock ended it; such figures count for nothing.
    """

    figures: Mapping[str, float]
    rounds: int | None = None
    fit_s: float = 0.0
    error: str | None = None
    late: bool = False


def fit_fold(prepared: PreparedFold, request: FoldRequest) -> FoldResult:
    """Fit, and judge.

    Parameters
    ----------
    prepared : PreparedFold
        Where.
    request : FoldRequest
        What.

    Raises
    ------
    LostFitError
        If there is not enough memory, or no room for a library's files.
    """
    deadline = None if request.end_s is None else time.monotonic() + request.end_s - time.time()
    if deadline is not None and time.monotonic() >= deadline:
        return FoldResult({}, late=True)
    judge, started = prepared.judge, time.monotonic()
    try:
        configuration = _with_rounds(request)
        fit_request = FitRequest(configuration, judge.problem.task, prepared.classes, request.threads, deadline)
        with turn(configuration.params, deadline):
            started = time.monotonic()
            fitted = fit_stopping(fit_request, _some_rows(prepared.fold, request).sides)
            fit_s = time.monotonic() - started
        scores = fitted.predict(prepared.fold.judged, threads=request.threads)
    except MemoryError as error:
        raise _no_memory(request) from error
    except NoTurnError:
        return FoldResult({}, late=True)
    except InputError as error:
        # These say nothing of the combination, but of this machine now.
        if isinstance(error.__cause__, MemoryError):
            raise _no_memory(request) from error
        if isinstance(error.__cause__, OSError):
            raise LostFitError(error.message, hint=error.hint) from error
        return FoldResult({}, fit_s=time.monotonic() - started, error=str(error))
    # One threshold for all figures of labels, as the model that is delivered has one.
    threshold = _judging(judge, request.metrics[0]).coarse_threshold(scores)
    figures = {name: _figure(_judging(judge, name), scores, threshold) for name in request.metrics}
    matrix = prepared.fold.judged
    columns = matrix.numeric.shape[1] + matrix.codes.shape[1]
    row_ms = costs.predict_ms(
        configuration.algorithm, fitted.rounds, configuration.params, columns, prepared.classes
    ) + costs.recipe_ms(len(prepared.fold.prepared.recipe.schema.features))
    late = fitted.cut_short or (deadline is not None and time.monotonic() >= deadline)
    return FoldResult({**figures, LATENCY: row_ms}, fitted.rounds, fit_s, late=late)


def fit_fold_apart(prepared: PreparedFold, request: FoldRequest) -> FoldResult:
    """Do the same in a process that is not ours, whose linear algebra would use all its threads.

    Parameters
    ----------
    prepared : PreparedFold
        Where.
    request : FoldRequest
        What.
    """
    limit_blas(request.threads)
    return fit_fold(prepared, request)


def _no_memory(request: FoldRequest) -> LostFitError:
    return LostFitError(
        f"There was not enough memory to fit {request.configuration.name}.",
        hint="Use fewer processors or a smaller space, and run the same again: what was finished is kept.",
    )


def _judging(judge: Judge, name: str) -> Judge:
    """Return the judge with another metric."""
    return judge if name == judge.metric.name else replace(judge, metric=get_metric(name, judge.problem.task))


def _figure(judge: Judge, scores: Any, threshold: float) -> float:
    loss = judge.loss(scores, threshold)
    if not np.isfinite(loss):
        return float("nan")
    return -loss if judge.metric.greater_is_better else loss


def _with_rounds(request: FoldRequest) -> Configuration:
    configuration = request.configuration
    spec = get_estimator(configuration.algorithm)
    if request.rounds >= 1.0 or spec.max_rounds is None:
        return configuration
    every = float(spec.check(configuration.params)[spec.max_rounds])
    fewer = max(1, round(request.rounds * every))
    return replace(configuration, params={**configuration.params, spec.max_rounds: fewer})


def _some_rows(fold: Fold, request: FoldRequest) -> Fold:
    """Return the fold with a share of its learning rows: the same for all trials, and part of every larger share."""
    rows = len(fold.prepared.learn)
    if request.rows >= 1.0 or rows <= _LEAST_ROWS:
        return fold
    count = max(_LEAST_ROWS, round(request.rows * rows))
    taken = np.zeros(rows, dtype=bool)
    taken[np.random.default_rng(request.position).permutation(rows)[:count]] = True
    kept = np.flatnonzero(taken)
    stop = fold.stop
    if stop is not None:
        place = np.cumsum(taken) - 1
        sides = [place[side[taken[side]]].astype(np.int64) for side in (stop.train, stop.test)]
        stop = Split(*sides) if all(len(side) for side in sides) else None
    prepared = replace(fold.prepared, learn=fold.prepared.learn.take(kept))
    return replace(fold, prepared=prepared, stop=stop)
