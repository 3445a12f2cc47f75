"""Whether probabilities gain by a calibrator: it must prove itself on rows that it was not fitted to."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clew.train.ensemble.calibrators import Calibrator, fit_platt, fit_temperature, row_losses
from clew.train.ensemble.judge import Judge
from clew.train.estimators.fitted import Floats

#: With fewer rows a calibrator would follow noise.
_FEWEST_ROWS = 100
#: Standard errors by which the log loss must be lower.
_SURE = 1.0

_Fit = Callable[[Floats, NDArray[np.int64], Floats | None], Calibrator | None]


def choose_calibrator(scores: Floats, judge: Judge, parts: NDArray[np.int64]) -> Calibrator | None:
    """Return the calibrator that lowers the log loss most; None where none does beyond noise.

    Each is fitted to all parts of the rows but one, and judged on that one.

    Parameters
    ----------
    scores : ndarray, shape (n, k) or (n,)
        Of models that have not learnt from these rows.
    judge : Judge
        Of the rows.
    parts : ndarray of int64, shape (n,)
        Which part each row is in.
    """
    places = np.unique(parts)
    if not judge.problem.task.is_classification or len(judge) < _FEWEST_ROWS or len(places) < 2:
        return None
    fits: list[_Fit] = [fit_temperature]
    if scores.shape[1] == 2:
        fits.append(fit_platt)
    before = row_losses(scores, judge.targets)
    gains = [(_gain(fit, scores, before, judge, parts), fit) for fit in fits]
    gain, fit = max(gains, key=lambda item: item[0])
    return fit(scores, judge.truth, judge.weight) if gain > 0 else None


def _gain(fit: _Fit, scores: Floats, before: Floats, judge: Judge, parts: NDArray[np.int64]) -> float:
    """Return by how much the mean log loss is lower on rows that were held back; 0 where that may be chance."""
    answers = scores.copy()
    for part in np.unique(parts):
        inside, others = parts == part, parts != part
        fitted = fit(scores[others], judge.truth[others], None if judge.weight is None else judge.weight[others])
        if fitted is not None:
            answers[inside] = fitted(scores[inside])
    saved = before - row_losses(answers, judge.targets)
    if judge.weight is not None:
        saved = saved * judge.weight / judge.weight.mean()
    mean = float(saved.mean())
    return mean if mean > _SURE * judge.error_of_mean(saved - mean) else 0.0
