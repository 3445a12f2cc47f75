"""Labels that look wrong, by confident learning on predictions for rows that had no say.

Confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70; the library cleanlab) counts the rows of a label that a
model confidently takes for another, and names as many of them. It presumes that features tell the labels apart. Where
classes overlap, as customers who leave and customers who stay do, it would blame honest rows; so it is only asked where
few predictions are in doubt, beyond what wrong labels themselves bring about.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.jsonable import plain
from clew.define.uncertainty import wilson
from clew.explore.probe.crossfit import CrossFit
from clew.explore.probe.question import Question

#: Suspects that are listed.
MAX_LISTED = 20
#: Part of the predictions of each label that are taken as the surest.
_SUREST = 0.25
#: More predictions in doubt than this, beyond the contradictions of the surest ones, mean that classes overlap.
_MOST_DOUBT = 0.05
#: More contradictions than this among the surest predictions mean that the features say too little.
_MOST_WRONG = 0.25
_LEAST_PREDICTED = 10

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """Which labels look wrong.

    Parameters
    ----------
    assessed : bool
        Whether the features tell the labels clearly enough to hold any against them.
    count, rows : int
        Suspects, and rows judged.
    low, high : float
        95 % interval of their share.
    doubtful : float
        Share of the predictions that are in doubt.
    contradicted, contradicted_low : float
        Share of the surest quarter of the predictions whose row bears another label, and the lower end of its 95 %
        interval.
    suspects : tuple of dict
        ``row`` (position in the table), ``label``, ``suggested``, ``confidence`` (probability of the given label), the
        most suspicious first; 20 at most.
    """

    assessed: bool
    count: int
    rows: int
    low: float
    high: float
    doubtful: float
    contradicted: float
    contradicted_low: float
    suspects: tuple[dict[str, Any], ...]
    suspected: NDArray[np.int64]

    @property
    def share(self) -> float:
        """Share of the judged rows that are suspects."""
        return self.count / self.rows if self.rows else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the share as JSON-ready values."""
        result: dict[str, Any] = plain(
            {
                "assessed": self.assessed,
                "share": self.share if self.assessed else None,
                "low": self.low if self.assessed else None,
                "high": self.high if self.assessed else None,
                "count": self.count,
                "rows": self.rows,
                "doubtful": self.doubtful,
                "contradicted": self.contradicted,
                "suspects": self.suspects,
            }
        )
        return result


def label_errors(question: Question, fitted: CrossFit) -> LabelErrors:
    """Look for labels that look wrong.

    Parameters
    ----------
    question : Question
        A classification.
    fitted : CrossFit
        Predictions for its rows, each by a model that did not see the row.
    """
    given = question.answers[fitted.rows].astype(np.int64)
    doubtful, wrong, surest = _clarity(given, fitted.values)
    contradicted = wrong / surest if surest else 1.0
    clear = contradicted <= _MOST_WRONG and doubtful <= _MOST_DOUBT + contradicted
    ranked = _suspects(given, fitted.values) if clear else np.empty(0, dtype=np.int64)
    low, high = wilson(np.array([float(len(ranked)), float(wrong)]), np.array([float(len(given)), float(surest)]))
    return LabelErrors(
        assessed=clear,
        count=len(ranked),
        rows=len(given),
        low=float(low[0]),
        high=float(high[0]),
        doubtful=doubtful,
        contradicted=contradicted,
        contradicted_low=float(low[1]),
        suspects=tuple(_described(question, fitted, given, row) for row in ranked[:MAX_LISTED].tolist()),
        suspected=question.sample.rows[fitted.rows[ranked]],
    )


def _clarity(given: Codes, values: Floats) -> tuple[float, int, int]:
    """Return the share of predictions in doubt, how many of the surest ones are contradicted, and how many there are.

    A prediction is in doubt if its probability is nearer to how frequent the label is anyway than to what the surest
    tenth of the predictions of that label reach.
    """
    said, sure = values.argmax(axis=1), values.max(axis=1)
    prior = np.bincount(given, minlength=values.shape[1]) / len(given)
    doubtful = wrong = surest = 0
    for label in range(values.shape[1]):
        rows = np.flatnonzero(said == label)
        if len(rows) < _LEAST_PREDICTED:
            doubtful += len(rows)
            continue
        level = (prior[label] + np.quantile(sure[rows], 0.9)) / 2
        doubtful += int((sure[rows] < level).sum())
        best = rows[np.argsort(-sure[rows], kind="stable")[: max(5, int(len(rows) * _SUREST))]]
        wrong += int((given[best] != label).sum())
        surest += len(best)
    return doubtful / len(given), wrong, surest


def _suspects(given: Codes, values: Floats) -> Codes:
    """Return the rows that confident learning names, the least credible label first."""
    from cleanlab.filter import find_label_issues

    present = np.unique(given)  # a label that no judged row bears would have no threshold
    codes = np.searchsorted(present, given)
    kept = values[:, present]
    issues = find_label_issues(
        codes,
        kept / kept.sum(axis=1, keepdims=True),
        filter_by="prune_by_noise_rate",
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    return np.asarray(issues, dtype=np.int64)


def _described(question: Question, fitted: CrossFit, given: Codes, row: int) -> dict[str, Any]:
    classes, values = question.problem.classes, fitted.values[row]
    return {
        "row": int(question.sample.rows[fitted.rows[row]]),
        "label": classes[given[row]],
        "suggested": classes[int(values.argmax())],
        "confidence": float(values[given[row]]),
    }
