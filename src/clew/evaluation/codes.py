"""The codes of evaluation: what each finding about a model means, and what to do about it."""

from collections.abc import Mapping
from types import MappingProxyType

from clew.core.finding import Severity

#: Code → title, severity, explanation. Codes are never used again for something else.
CODES: Mapping[str, tuple[str, Severity, str]] = MappingProxyType(
    {
        "ME001": (
            "Too few rows for a firm judgement",
            Severity.WARNING,
            (
                "There are fewer than 100 labelled rows (or groups, where rows belong to groups), or fewer than 10 "
                "rows of some class. The figures may be far from those on further rows: read the intervals, and gather "
                "more labelled rows before you decide by them."
            ),
        ),
        "ME002": (
            "Not better than a constant answer",
            Severity.ERROR,
            (
                "Giving every row the same answer (the most frequent label, the shares of the classes, the mean or the "
                "median) does as well by the metric that decides, or the rows do not show that it does worse. The "
                "features may not tell the target, rows may have changed since the training, or there are too few."
            ),
        ),
        "ME003": (
            "Poorly calibrated",
            Severity.WARNING,
            (
                "Probabilities differ from the shares that come true by more than 0.03 on average, and by more than "
                "chance explains. The order of rows may still be right; do not read the probabilities as chances or "
                "compare them with costs."
            ),
        ),
        "ME004": (
            "One feature decides nearly alone",
            Severity.WARNING,
            (
                "At least 80 % of all permutation importance is one column's. Make sure that its value is known at the "
                "moment of the question and was not derived from the target: a leak looks exactly like this."
            ),
        ),
        "ME005": (
            "A class is never predicted",
            Severity.WARNING,
            (
                "A class occurs in the truth, and no row is predicted as it. It may be too rare to learn, or the "
                "decision threshold leaves it no chance."
            ),
        ),
        "ME006": (
            "Rows without truth were left out",
            Severity.INFO,
            (
                "The target is missing in some rows, which cannot be judged. If labels are missing for a reason, the "
                "judged rows are no fair sample."
            ),
        ),
        "ME007": (
            "Labels that the model does not know",
            Severity.WARNING,
            (
                "The truth holds labels that were not in the training rows. The model is wrong on these rows whatever "
                "it says; train again with rows of the new labels."
            ),
        ),
        "ME008": (
            "Predictions are too high or too low throughout",
            Severity.WARNING,
            (
                "The mean residual differs from 0 by more than a tenth of the RMSE, and more than chance explains. "
                "Sums and averages of the predictions will be off; rows may have changed since the training."
            ),
        ),
        "ME009": (
            "Too good to be true",
            Severity.WARNING,
            (
                "The model is all but perfect on these rows. Make sure that they were not among the training rows, and "
                "that no feature holds the target in another form."
            ),
        ),
        "ME010": (
            "Intervals hold the truth too rarely",
            Severity.WARNING,
            (
                "The truth lies outside of its interval more often than the interval says, and more often than chance "
                "explains. Rows may have changed since the training, or differ from its rows; train with rows of their "
                "kind, or ask for a larger share."
            ),
        ),
    }
)
