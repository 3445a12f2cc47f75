"""What an evaluation found: the figures, as objects, as a dictionary, as gates read them, and as a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.core.finding import Finding, Severity
from clew.core.jsonable import plain
from clew.core.predictions import Predictions
from clew.define.problem import Task
from clew.define.uncertainty import Interval
from clew.evaluation.baseline import Baseline
from clew.evaluation.calibration import Calibration
from clew.evaluation.confusion import Confusion
from clew.evaluation.coverage import Coverage
from clew.evaluation.curves import Curves, Threshold
from clew.evaluation.importance import Importance
from clew.evaluation.report import render, summary
from clew.evaluation.residuals import Residuals
from clew.store.files import write_atomic


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How good predictions are on rows whose truth is known.

    Parameters
    ----------
    task : Task
        Kind of answer.
    metric : str
        The metric that decides.
    metrics : mapping of str to Interval
        Every metric of the task.
    baseline : Baseline
        What a constant answer scores, and how much better the model is.
    predictions : Predictions
        The judged rows.
    dropped : int
        Rows that were left out because their truth is missing.
    confusion : Confusion, optional
        Of a classification.
    curves : Curves, optional
        Of a classification with probabilities.
    thresholds : tuple of Threshold
        Of a binary task with probabilities; else empty.
    calibration : Calibration, optional
        Of a classification with probabilities.
    residuals : Residuals, optional
        Of a regression.
    coverage : Coverage, optional
        Of a regression whose model gives intervals.
    importance : Importance, optional
        Where it was measured.
    findings : tuple of Finding
        What deserves attention (codes ``ME…``).
    target : str, optional
        The column that was predicted.
    """

    task: Task
    metric: str
    metrics: Mapping[str, Interval]
    baseline: Baseline
    predictions: Predictions
    dropped: int = 0
    confusion: Confusion | None = None
    curves: Curves | None = None
    thresholds: tuple[Threshold, ...] = ()
    calibration: Calibration | None = None
    residuals: Residuals | None = None
    coverage: Coverage | None = None
    importance: Importance | None = None
    findings: tuple[Finding, ...] = ()
    target: str | None = None

    def __len__(self) -> int:
        return len(self.predictions)

    def __repr__(self) -> str:
        score = self.metrics[self.metric]
        return (
            f"Evaluation({self.metric}={score.value:.4g} [{score.low:.4g}, {score.high:.4g}], {len(self)} rows, "
            f"{len(self.findings)} findings)"
        )

    def figures(self) -> dict[str, float]:
        """Return the flat dictionary that gates are judged by.

        Returns
        -------
        dict
            ``NAME``, ``NAME_low``, ``NAME_high`` and ``baseline_NAME`` for each metric; ``gain``, ``gain_low``,
            ``gain_high`` over the constant answer in the metric that decides; ``rows``, ``rows_dropped``;
            ``calibration_error``, ``mean_residual`` or ``coverage`` with ``_low`` and ``_high``; ``interval_width``;
            ``findings_error`` and ``findings_warning``. NaN where a figure is not defined.
        """
        intervals = dict(self.metrics) | {"gain": self.baseline.gain}
        if self.calibration is not None:
            intervals["calibration_error"] = self.calibration.error
        if self.residuals is not None:
            intervals["mean_residual"] = self.residuals.mean
        result: dict[str, float] = {"rows": len(self), "rows_dropped": self.dropped}
        if self.coverage is not None:
            intervals["coverage"] = self.coverage.inside
            result["interval_width"] = self.coverage.width
        for name, interval in intervals.items():
            result |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
        result |= {f"baseline_{name}": value for name, value in self.baseline.metrics.items()}
        for severity in (Severity.ERROR, Severity.WARNING):
            found = sum(finding.severity is severity for finding in self.findings)
            result[f"findings_{severity.value}"] = found
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON-ready values; what was not measured is None."""
        measured = self.importance
        result = {
            "task": self.task.value,
            "target": self.target,
            "metric": self.metric,
            "rows": len(self),
            "rows_dropped": self.dropped,
            "metrics": {name: interval.to_dict() for name, interval in self.metrics.items()},
            "baseline": self.baseline.to_dict(),
            "confusion": self.confusion and self.confusion.to_dict(),
            "curves": self.curves and self.curves.to_dict(),
            "thresholds": [item.to_dict() for item in self.thresholds],
            "calibration": self.calibration and self.calibration.to_dict(),
            "residuals": self.residuals and self.residuals.to_dict(),
            "coverage": self.coverage and self.coverage.to_dict(),
            "importance": [item.to_dict() for item in measured.features] if measured else None,
            "importance_rows": measured.rows if measured else None,
            "importance_repeats": measured.repeats if measured else None,
            "findings": [finding.to_dict() for finding in self.findings],
        }
        plained: dict[str, Any] = plain(result)
        return plained

    def save(self, path: str | Path) -> Path:
        """Write a report as one HTML file that needs nothing else.

        Parameters
        ----------
        path : path-like
            The file; its folder is made if need be.

        Returns
        -------
        Path
            The file.
        """
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, render(self))
        return file

    def _repr_html_(self) -> str:
        return str(summary(self))
