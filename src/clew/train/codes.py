"""The findings of training: one stable code each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from clew.core.finding import Finding, Severity

#: Code → title, severity, explanation.
CODES: Mapping[str, tuple[str, Severity, str]] = MappingProxyType(
    {
        "ME101": (
            "Rows without a target",
            Severity.WARNING,
            "A row whose target is missing, or is no finite number, cannot teach or judge: it is left out.",
        ),
        "ME102": (
            "Rare class",
            Severity.WARNING,
            "Some folds have no row of the class to judge, or none to learn from: its probabilities are hardly tested.",
        ),
        "ME103": (
            "What more time would buy",
            Severity.INFO,
            "The search ended at its limit; further configurations were waiting.",
        ),
        "ME104": (
            "Configuration failed",
            Severity.WARNING,
            "A library refused these rows with these parameters; the search went on without this configuration.",
        ),
        "ME105": (
            "Monotone constraint violated",
            Severity.ERROR,
            "Along a grid of values the prediction moves against the declared direction for some rows.",
        ),
        "ME106": (
            "Fewer folds than asked for",
            Severity.INFO,
            "The limit in seconds, or the number of groups, moments or rows, allows fewer folds than the split names.",
        ),
        "ME107": (
            "Column left out to keep a constraint",
            Severity.INFO,
            "It was made from a column with a monotone constraint and no longer orders rows as that column does.",
        ),
        "ME108": (
            "Algorithms left out to keep a constraint",
            Severity.INFO,
            "Only algorithms that honour monotone constraints may join a model with one.",
        ),
        "ME109": (
            "Latency limit not kept",
            Severity.WARNING,
            "No configuration answers one row within the limit; the quickest one was taken.",
        ),
        "ME111": (
            "Column known too late",
            Severity.WARNING,
            "It becomes known only after the moment of the question, so it is no feature.",
        ),
        "ME110": (
            "Not refitted on all rows",
            Severity.INFO,
            "The limit in seconds left no time to refit on all rows: the models of one split are kept as they are.",
        ),
        "ME112": (
            "Column not learnt from",
            Severity.INFO,
            "It was read as an identifier, or the suggested recipe removes it; a stated role or recipe changes that.",
        ),
        "ME120": (
            "Threshold from costs",
            Severity.INFO,
            "The stated costs of errors decide from which probability on the positive label is predicted.",
        ),
        "ME121": (
            "Column used that must not be",
            Severity.ERROR,
            "An answer changes with a column that is excluded, or known too late; the model should not be used.",
        ),
    }
)


def finding(code: str, detail: str, *, column: str | None = None, **evidence: Any) -> Finding:
    """Make a finding of training.

    Parameters
    ----------
    code : str
        One of `CODES`.
    detail : str
        One or two sentences with the figures.
    column : str, optional
        The column meant.
    **evidence : object
        JSON-ready figures behind the sentence.
    """
    title, severity, _ = CODES[code]
    return Finding(code, severity, title, detail, column, evidence)
