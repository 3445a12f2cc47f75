"""Where a regression is off: its residuals as a whole, by the size of the prediction, and the rows it misses most."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.predictions import Predictions
from clew.define.resampling import replicates, units_of
from clew.define.scoring.inputs import FloatArray, numbers_of, weights_of
from clew.define.scoring.probabilities import mean_of
from clew.define.uncertainty import Interval, limits
from clew.evaluation.views import residuals_view

#: Bins by predicted value.
BINS = 10
#: Fewer rows than this a bin would say nothing; fewer bins are made.
MIN_BIN_ROWS = 10
#: Rows listed as missed most.
WORST = 10
#: Shares at which quantiles of the residuals are given.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Decile:
    """Rows of like prediction.

    Parameters
    ----------
    predicted, true : float
        Mean prediction and mean truth.
    residual : Interval
        Mean of truth minus prediction.
    absolute : Interval
        Mean absolute error.
    """

    predicted: float
    true: float
    residual: Interval
    absolute: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "predicted": self.predicted,
            "true": self.true,
            "residual": self.residual.to_dict(),
            "absolute": self.absolute.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Miss:
    """One row that is missed by much.

    Parameters
    ----------
    row : object
        Its row id.
    true, predicted : float
        What was, and what was said.
    """

    row: Any
    true: float
    predicted: float

    @property
    def residual(self) -> float:
        """Truth minus prediction."""
        return self.true - self.predicted

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the residual, JSON-ready."""
        return {"row": self.row, "true": self.true, "predicted": self.predicted, "residual": self.residual}


@dataclass(frozen=True, slots=True)
class Residuals:
    """Truth minus prediction.

    Parameters
    ----------
    mean : Interval
        Above 0 where predictions are too low on the whole.
    quantiles : tuple of (float, float)
        Share of rows, and the residual that so many stay below; unweighted.
    deciles : tuple of Decile
        By predicted value, from low to high.
    worst : tuple of Miss
        The rows that are missed most, the worst first.
    """

    mean: Interval
    quantiles: tuple[tuple[float, float], ...]
    deciles: tuple[Decile, ...]
    worst: tuple[Miss, ...]

    def __repr__(self) -> str:
        return f"Residuals(mean={self.mean.value:.4g}, {self.mean.rows} rows)"

    def _repr_html_(self) -> str:
        return residuals_view(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "mean": self.mean.to_dict(),
            "quantiles": [{"share": share, "residual": residual} for share, residual in self.quantiles],
            "deciles": [item.to_dict() for item in self.deciles],
            "worst": [item.to_dict() for item in self.worst],
        }


def residuals(predictions: Predictions, *, seed: int = 0) -> Residuals | None:
    """Summarise the residuals of a regression.

    Parameters
    ----------
    predictions : Predictions
        Of a regression, with truth.
    seed : int, default 0
        Of the bootstrap draws.

    Returns
    -------
    Residuals or None
        None where there is no row or a prediction is not finite.

    Raises
    ------
    UsageError
        If there is no truth.
    """
    truth, predicted = numbers_of(predictions)
    residual = truth - predicted
    if len(residual) == 0 or not np.isfinite(residual).all():
        return None
    quantiles = np.quantile(residual, QUANTILES)
    order = np.argsort(predicted, kind="stable")
    count = int(np.clip(len(order) // MIN_BIN_ROWS, 1, BINS))
    return Residuals(
        mean=_mean(residual, predictions, seed),
        quantiles=tuple(zip(QUANTILES, quantiles.tolist(), strict=True)),
        deciles=tuple(_decile(predictions.take(rows), seed) for rows in np.array_split(order, count)),
        worst=_worst(residual, predictions),
    )


def _mean(values: FloatArray, predictions: Predictions, seed: int) -> Interval:
    """Weighted mean of fixed values, with its interval."""
    weight = weights_of(predictions)
    mean = mean_of(values)
    value = float(mean(weight[None, :])[0])
    draws = replicates([lambda counts: mean(counts * weight)], predictions, resamples=200, seed=seed)[0]
    return Interval(value, *limits(draws, value, units_of(predictions)[0]), len(values))


def _decile(predictions: Predictions, seed: int) -> Decile:
    truth, predicted = numbers_of(predictions)
    weight = weights_of(predictions)[None, :]
    return Decile(
        predicted=float(mean_of(predicted)(weight)[0]),
        true=float(mean_of(truth)(weight)[0]),
        residual=_mean(truth - predicted, predictions, seed),
        absolute=_mean(np.abs(truth - predicted), predictions, seed),
    )


def _worst(residual: FloatArray, predictions: Predictions) -> tuple[Miss, ...]:
    truth, predicted = numbers_of(predictions)
    rows = np.argsort(-np.abs(residual), kind="stable")[:WORST]
    names = rows if predictions.row_id is None else predictions.row_id[rows]
    return tuple(
        Miss(name, float(truth[row]), float(predicted[row])) for name, row in zip(names.tolist(), rows, strict=True)
    )
