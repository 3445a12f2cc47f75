"""The one way in which any stage says that something deserves attention."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.core.html import finding_list, fragment
from clew.core.severity import Severity

__all__ = ["Finding", "Severity"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that deserves attention.

    Parameters
    ----------
    code : str
        Stable and documented: ``DQ…`` data quality, ``LK…`` leakage, ``ME…`` model, ``FA…`` fairness, ``DR…`` drift.
    severity : Severity
        How much it matters.
    title : str
        A few words that do not depend on the data, e.g. ``"Constant column"``.
    detail : str
        One or two sentences with the figures.
    column : str, optional
        The column meant; None for the whole table or model.
    evidence : mapping
        JSON-ready figures and example values behind the sentence.
    remedy : mapping, optional
        ``{"op", "columns", "options"}`` of a recipe step that would mend it.
    """

    code: str
    severity: Severity
    title: str
    detail: str
    column: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remedy: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dictionary."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "title": self.title,
            "detail": self.detail,
            "column": self.column,
            "evidence": dict(self.evidence),
            "remedy": dict(self.remedy) if self.remedy else None,
        }

    def _repr_html_(self) -> str:
        return fragment(finding_list([self]), title=f"Finding {self.code}")
