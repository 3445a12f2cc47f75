"""What anomaly detection found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.core.finding import Finding
from clew.store.files import place_of_page, write_atomic
from clew.train.anomaly.detector import Anomaly, Detector
from clew.train.anomaly.view import anomaly_page, anomaly_view
from clew.train.points.picture import Picture
from clew.train.points.terms import Floats


@dataclass(frozen=True, eq=False)
class AnomalyResult:
    """How odd each row is, and what makes the oddest so.

    Parameters
    ----------
    detector : Detector
        What scores new rows.
    scores : ndarray, shape (rows,)
        Below 0 a row is anomalous; the lower, the odder.
    anomalies : tuple of Anomaly
        The oddest rows with their reasons, the oddest first; more or fewer than are anomalous.
    picture : Picture
        Rows in two directions.
    findings : tuple of Finding
        Codes ``ME14…``; see `clew.train.codes`.
    seconds : float
        From start to end.
    """

    detector: Detector
    scores: Floats
    anomalies: tuple[Anomaly, ...]
    picture: Picture
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def count(self) -> int:
        """Rows that are anomalous."""
        return int((self.scores < 0).sum())

    @property
    def share(self) -> float:
        """Their share of all rows."""
        return self.count / len(self.scores)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the scores of all rows, JSON-ready."""
        return {
            "algorithm": self.detector.algorithm,
            "rows": len(self.scores),
            "columns": list(self.detector.points.compared),
            "anomalous": self.count,
            "share": self.share,
            "anomalies": [anomaly.to_dict() for anomaly in self.anomalies],
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 3),
        }

    def save(self, path: str | Path) -> Path:
        """Write a report as one HTML file that needs nothing else.

        Raises
        ------
        UsageError
            If the file would be of another type.
        """
        place = place_of_page(path, "report")
        write_atomic(place, anomaly_page(self))
        return place

    def __repr__(self) -> str:
        return f"AnomalyResult({self.count} of {len(self.scores)} rows, by {self.detector.algorithm})"

    def _repr_html_(self) -> str:
        return anomaly_view(self)
