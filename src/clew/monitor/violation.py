"""A change that is too large, in the form in which reports list it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.core.finding import Finding, Severity
from clew.monitor.codes import CODES


@dataclass(frozen=True, slots=True)
class Violation:
    """A check that did not hold.

    Parameters
    ----------
    code : str
        One of `clew.monitor.codes.CODES`.
    column : str or None
        The column, metric or rule meant; None for the whole table.
    value, threshold : float or None
        What was found, and the limit that it passed; chance is accounted for in the limit.
    detail : str
        One or two sentences with the figures.
    severity : Severity, optional
        Overrides the usual one of the code; of severity info, it is a notice and violates nothing.
    evidence : mapping
        Further JSON-ready figures.
    """

    code: str
    column: str | None
    value: float | None
    threshold: float | None
    detail: str
    severity: Severity | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def grade(self) -> Severity:
        """How much it matters."""
        return self.severity or CODES[self.code][1]

    @property
    def title(self) -> str:
        """What its code stands for."""
        return CODES[self.code][0]

    def to_finding(self) -> Finding:
        """Return it in the form that all stages share."""
        evidence = {"value": self.value, "threshold": self.threshold, **self.evidence}
        return Finding(self.code, self.grade, self.title, self.detail, self.column, evidence)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return {
            "code": self.code,
            "severity": self.grade.value,
            "column": self.column,
            "value": self.value,
            "threshold": self.threshold,
            "title": self.title,
            "detail": self.detail,
            "evidence": dict(self.evidence),
        }
