"""A fitted detector: scores and reasons for new rows, a table or one row at a time."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from clew.store.artifacts import load_arrays, save_arrays
from clew.train.anomaly.reasons import Reason, reasons
from clew.train.anomaly.scorer import Scorer, scorer_of
from clew.train.points.naming import free_name
from clew.train.points.points import Points
from clew.train.points.rules import whole_number
from clew.train.points.stored import expect, reading, writing
from clew.train.points.terms import Floats
from clew.train.points.usual import Usual

#: File that says that a folder holds a detector.
MARKER = "detector.json"
_ARRAYS = "scorer.npz"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One of the oddest rows.

    Parameters
    ----------
    row : int
        Position among the rows that were asked about.
    score : float
        Below 0 it is anomalous; the lower, the odder.
    reasons : tuple of Reason
        The columns that make it so, the strongest first; none where no single column does.
    """

    row: int
    score: float
    reasons: tuple[Reason, ...]

    @property
    def anomalous(self) -> bool:
        """Whether the score is below 0."""
        return self.score < 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        told = [reason.to_dict() for reason in self.reasons]
        return {"row": self.row, "score": self.score, "anomalous": self.anomalous, "reasons": told}


@dataclass(frozen=True, eq=False)
class Detector:
    """What tells odd rows from others; never changed, and safe to use from several threads.

    Parameters
    ----------
    algorithm : str
        What gives scores.
    points : Points
        From raw rows to points.
    scorer : Scorer
        From points to scores: the higher, the odder.
    threshold : float
        From which of these on a row is anomalous.
    usual : mapping of str to Usual
        What values of raw columns usually are, for the reasons.
    """

    algorithm: str
    points: Points
    scorer: Scorer
    threshold: float
    usual: Mapping[str, Usual]

    def score(self, data: Any) -> Floats:
        """Score rows.

        Parameters
        ----------
        data : Dataset, frame or path
            Whatever `clew.read` takes, with the columns that rows are compared by.

        Returns
        -------
        ndarray, shape (rows,)
            Below 0 a row is anomalous; the lower, the odder.

        Raises
        ------
        SchemaError
            If a column is missing, or a cell cannot be read.
        """
        return self.of_points(self.points.of(self.points.frame(data)))

    def score_row(self, row: Mapping[str, Any]) -> float:
        """Score one raw row, with the same bits as in a table; errors as of `score`."""
        return float(self.of_points(self.points.of_row(row))[0])

    def of_points(self, values: Floats) -> Floats:
        """Score points, shape (n, terms)."""
        return np.asarray(self.threshold - self.scorer.score(values))

    def explain(self, data: Any, most: int = 20) -> tuple[Anomaly, ...]:
        """Return the oddest rows with their reasons, the oddest first; parameters and errors as of `score`.

        Parameters
        ----------
        data : Dataset, frame or path
            As of `score`.
        most : int, default 20
            Rows at most.

        Raises
        ------
        UsageError
            If `most` is no whole number from 0 on.
        """
        whole_number("most", most, 0)
        frame = self.points.frame(data)
        values = self.points.of(frame)
        return self.oddest(frame, values, self.of_points(values), most)

    def explain_row(self, row: Mapping[str, Any]) -> Anomaly:
        """Return the score of one raw row with its reasons; errors as of `score`."""
        values = self.points.of_row(row)
        told = reasons([self.points.conformed(row)], values, self.points.terms, self.scorer.score, self.usual)
        return Anomaly(0, float(self.of_points(values)[0]), told[0])

    def oddest(self, frame: pl.DataFrame, values: Floats, scores: Floats, most: int) -> tuple[Anomaly, ...]:
        """Return the oddest of rows that are points already, with their reasons.

        Parameters
        ----------
        frame : polars.DataFrame
            Raw rows.
        values : ndarray, shape (rows, terms)
            Their points.
        scores : ndarray, shape (rows,)
            Their scores.
        most : int
            Rows at most.
        """
        rows = np.argsort(scores, kind="stable")[:most]
        known = frame[rows].to_dicts() if len(rows) else []
        told = reasons(known, values[rows], self.points.terms, self.scorer.score, self.usual)
        return tuple(Anomaly(int(row), float(scores[row]), why) for row, why in zip(rows.tolist(), told, strict=True))

    def label(self, data: Any) -> pl.DataFrame:
        """Return rows with ``anomaly_score`` and ``anomalous``; parameters and errors as of `score`."""
        frame = self.points.frame(data)
        return marked(frame, self.of_points(self.points.of(frame)))

    def save(self, folder: Path | str) -> Path:
        """Write it into a folder: JSON and arrays, nothing that runs.

        Raises
        ------
        UsageError
            If the folder holds something else.
        DataError
            If it cannot be written.
        """
        with writing(folder, MARKER) as (aside, facts):
            facts["algorithm"] = self.algorithm
            facts["threshold"] = self.threshold
            facts["usual"] = {name: known.to_dict() for name, known in self.usual.items()}
            facts["points"] = self.points.save(aside)
            save_arrays(aside / _ARRAYS, self.scorer.to_arrays())
        return Path(folder)

    @classmethod
    def load(cls, folder: Path | str, *, trust: Collection[str] = ()) -> Self:
        """Read what `save` wrote; nothing in it is executed but what is trusted.

        Parameters
        ----------
        folder : path-like
            As of `save`.
        trust : collection of str
            Code that steps of its recipe may run, by name.

        Raises
        ------
        ArtifactError
            If the folder holds no detector, or was changed.
        """
        with reading(folder, MARKER, "detector") as (place, facts):
            points = Points.load(place, facts["points"], trust)
            scorer = scorer_of(facts["algorithm"], load_arrays(place / _ARRAYS))
            usual = {name: Usual.from_dict(item) for name, item in facts["usual"].items()}
            threshold = float(facts["threshold"])
            expect("the scores", fits=scorer.fits(len(points.terms)) and math.isfinite(threshold))
            return cls(facts["algorithm"], points, scorer, threshold, usual)

    def __repr__(self) -> str:
        return f"Detector({self.algorithm} over {len(self.points.compared)} columns)"


def marked(frame: pl.DataFrame, scores: Floats) -> pl.DataFrame:
    """Return rows with their score and whether they are anomalous, under names that the rows do not have yet."""
    score, anomalous = (free_name(name, frame.columns) for name in ("anomaly_score", "anomalous"))
    return frame.with_columns(pl.Series(score, scores), pl.Series(anomalous, scores < 0))
