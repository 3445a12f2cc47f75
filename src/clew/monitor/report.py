"""What monitoring found: as objects, as a dictionary, as a report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from clew.core.finding import Finding, Severity
from clew.core.jsonable import plain
from clew.monitor.drift import ColumnDrift
from clew.monitor.page import render
from clew.monitor.performance import Figure
from clew.monitor.spec import MonitorSpec
from clew.monitor.view import report_view
from clew.monitor.violation import Violation
from clew.store.files import write_atomic

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """How rows stand against those that a model was trained on.

    Parameters
    ----------
    model_id : str
        The model.
    rows, baseline_rows : int
        Rows looked at, and rows of the training table.
    violations : tuple of Violation
        What is beyond its limit, the gravest first.
    notices : tuple of Violation
        What is worth knowing and violates nothing.
    columns : tuple of ColumnDrift
        Each feature.
    predictions : tuple of ColumnDrift
        The predictions, where the bundle knows what they were.
    performance : tuple of Figure
        On labelled rows.
    estimated : mapping
        The deciding metric, estimated without labels.
    outside_seen : mapping of str to float
        Column → share of numbers beyond the range of the training rows.
    spec : MonitorSpec
        The limits.
    """

    model_id: str
    rows: int
    baseline_rows: int
    violations: tuple[Violation, ...]
    notices: tuple[Violation, ...]
    columns: tuple[ColumnDrift, ...]
    predictions: tuple[ColumnDrift, ...]
    performance: tuple[Figure, ...]
    estimated: Mapping[str, Any]
    outside_seen: Mapping[str, float]
    spec: MonitorSpec

    @classmethod
    def of(cls, found: Iterable[Violation], **figures: Any) -> Self:
        """Make a report: what was found is put in order, and what is of severity info becomes a notice."""
        ordered = sorted(found, key=lambda item: (_ORDER.index(item.grade), item.code))
        violations = tuple(item for item in ordered if item.grade is not Severity.INFO)
        notices = tuple(item for item in ordered if item.grade is Severity.INFO)
        return cls(violations=violations, notices=notices, **figures)

    def __repr__(self) -> str:
        shifted = sum(item.drifted for item in self.columns)
        found = f"{len(self.violations)} violations, {shifted} of {len(self.columns)} columns shifted"
        return f"MonitorReport({self.rows} rows, {found})"

    def _repr_html_(self) -> str:
        return report_view(self)

    @property
    def violated(self) -> bool:
        """Whether anything is beyond its limit."""
        return bool(self.violations)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Violations and notices in the form that all stages share."""
        return tuple(item.to_finding() for item in (*self.violations, *self.notices))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        drift = {item.column: item.to_dict() for item in self.columns}
        for name, share in self.outside_seen.items():
            drift[name]["outside_seen"] = share
        result: dict[str, Any] = plain(
            {
                "model_id": self.model_id,
                "rows": self.rows,
                "baseline_rows": self.baseline_rows,
                "violated": self.violated,
                "violations": [item.to_dict() for item in self.violations],
                "notices": [item.to_dict() for item in self.notices],
                "drift": drift,
                "predictions": {item.column: item.to_dict() for item in self.predictions},
                "performance": {item.metric.name: item.to_dict() for item in self.performance},
                "estimated_performance": dict(self.estimated),
                "spec": self.spec.to_dict(),
            }
        )
        return result

    def save(self, path: str | Path) -> Path:
        """Write the report as one HTML file that needs nothing else.

        Parameters
        ----------
        path : path-like
            The file; its folder is made if need be.

        Returns
        -------
        Path
            The file.
        """
        write_atomic(Path(path), render(self))
        return Path(path)
