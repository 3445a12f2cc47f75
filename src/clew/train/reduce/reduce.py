"""The verb of dimension reduction: from a dataset to few numbers a row."""

import time

import numpy as np
import polars as pl

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError
from clew.core.progress import Progress, silent
from clew.prepare.components import Components, learn_from
from clew.train.points.picture import picture
from clew.train.points.points import fit_points
from clew.train.points.terms import Floats
from clew.train.reduce.reduction import Reduction
from clew.train.reduce.result import ReduceResult
from clew.train.reduce.spec import ReduceSpec
from clew.train.threads import one_thread

_SHARE = 0.95


def reduce(dataset: Dataset, spec: ReduceSpec | None = None, *, progress: Progress = silent) -> ReduceResult:
    """Reduce rows to few numbers, their principal components.

    Parameters
    ----------
    dataset : Dataset
        The rows. A target takes no part, and neither do identifiers.
    spec : ReduceSpec, optional
        To how many numbers; as many as explain 95 % of the variance by default.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    ReduceResult

    Raises
    ------
    DataError
        If no column tells the rows apart, or there are too many rows and columns for so many components.
    UsageError
        If there are fewer components than were asked for.
    """
    started = time.monotonic()
    spec = spec or ReduceSpec()
    progress("preparing", 0.0)
    fitted = fit_points(dataset, recipe=spec.recipe, columns=spec.columns, spelling="indicators", seed=spec.seed)
    progress("components", 0.4)
    with one_thread():
        reduction = Reduction(fitted.points, _components(fitted.values, spec))
    progress("reducing", 0.8)
    values = reduction.of_points(fitted.values)
    with one_thread():
        drawn = picture(fitted.values, np.zeros(len(values), dtype=np.int64), spec.seed)
    return ReduceResult(reduction, values, drawn, fitted.findings, time.monotonic() - started)


def _components(values: Floats, spec: ReduceSpec) -> Components:
    share = spec.variance if spec.variance is not None else _SHARE
    rows = pl.DataFrame(values)
    found = learn_from(rows, count=spec.components, share=share, center=True, scale=False, seed=spec.seed)
    made = len(found.explained)
    if spec.components is not None and made < spec.components:
        raise UsageError(
            f"`components` is {spec.components}, and these rows and columns have {made}.", hint=f"Use at most {made}."
        )
    return found
