"""How far a column has moved from the training rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.schema import Kind
from clew.explore.cells import Cells, cells_of
from clew.explore.chance import Chance
from clew.explore.distance import chi_square, cramers_v, jensen_shannon, kolmogorov_smirnov, population_stability
from clew.explore.statistics import ColumnStatistics
from clew.monitor.spec import MonitorSpec

#: Kinds whose distribution is compared; moments in time always move on, and texts hardly ever repeat.
QUANTITIES = frozenset({Kind.NUMERIC})
LABELS = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN})

#: What each distance is called.
MEASURES = {
    "psi": "population stability index",
    "js": "Jensen-Shannon distance",
    "ks": "Kolmogorov-Smirnov statistic",
    "cramers_v": "effect size (Cramér's V)",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One distance of one column.

    Parameters
    ----------
    name : {"psi", "js", "ks", "cramers_v"}
        Which distance.
    code : str
        Code of its violation.
    value : float
        The distance.
    limit : float, optional
        From here on it is a violation, chance accounted for; None if the check is off.
    p_value : float, optional
        Of the test that belongs to it.
    """

    name: str
    code: str
    value: float
    limit: float | None
    p_value: float | None = None

    @property
    def violated(self) -> bool:
        """Whether the distance is above its limit."""
        return self.limit is not None and self.value > self.limit


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """How one column stands against the baseline.

    Parameters
    ----------
    column : str
        Its name.
    kind : Kind
        What its values mean.
    baseline, now : ColumnStatistics
        Of the training rows and of the rows looked at.
    measures : tuple of Measure
        Distances; empty where the distribution is not compared.
    cells : Cells, optional
        The counts behind them.
    reason : str, optional
        Why the distribution is not compared.
    """

    column: str
    kind: Kind
    baseline: ColumnStatistics
    now: ColumnStatistics
    measures: tuple[Measure, ...] = ()
    cells: Cells | None = None
    reason: str | None = None

    @property
    def drifted(self) -> bool:
        """Whether any distance is above its limit."""
        return any(measure.violated for measure in self.measures)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        result: dict[str, Any] = {
            "kind": self.kind.value,
            "rows": self.now.rows,
            "missing": {"baseline": missing_share(self.baseline), "now": missing_share(self.now)},
        }
        if self.now.mean is not None and self.baseline.mean is not None:
            result["mean"] = {"baseline": self.baseline.mean, "now": self.now.mean}
        for measure in self.measures:
            result[measure.name] = {"value": measure.value, "threshold": measure.limit, "p_value": measure.p_value}
        if self.cells is not None:
            result["cells"] = [
                {"label": label, "baseline": int(then), "now": int(later)}
                for label, then, later in zip(self.cells.labels, self.cells.baseline, self.cells.now, strict=True)
            ]
        if self.reason:
            result["not_compared"] = self.reason
        return result


def present_rows(column: ColumnStatistics) -> int:
    """Return the rows with a value that a model can use: to a model, an infinite number is a missing one."""
    return column.present - (column.numbers.infinities if column.numbers else 0)


def missing_share(column: ColumnStatistics) -> float:
    """Return the share of rows without a usable value; 0 for a table without rows."""
    return (column.rows - present_rows(column)) / column.rows if column.rows else 0.0


def compare(baseline: ColumnStatistics, now: ColumnStatistics, spec: MonitorSpec, alpha: float) -> ColumnDrift:
    """Compare one column with its baseline.

    Parameters
    ----------
    baseline, now : ColumnStatistics
        Of the same column.
    spec : MonitorSpec
        The limits that hold for this column.
    alpha : float
        Probability with which one distance may be above its limit by chance.

    Returns
    -------
    ColumnDrift
        Without measures where the kind is not compared, or there are too few rows.
    """
    kind = baseline.kind
    reason = _not_compared(baseline, now, spec)
    if reason:
        return ColumnDrift(baseline.name, kind, baseline, now, reason=reason)
    numeric = kind in QUANTITIES
    cells = cells_of(baseline, now, numeric=numeric, bins=spec.bins)
    chance = Chance(int(cells.baseline.sum()), int(cells.now.sum()), alpha)
    count = len(cells)
    measures = [
        Measure(
            "psi", "DR001", population_stability(cells.baseline, cells.now), _limit(spec.psi, chance.stability, count)
        ),
        Measure("js", "DR002", jensen_shannon(cells.baseline, cells.now), _limit(spec.js, chance.divergence, count)),
    ]
    if numeric:
        measures.append(_gap(baseline, now, spec, chance))
    else:
        _, p_value = chi_square(cells.baseline, cells.now)
        value, limit = cramers_v(cells.baseline, cells.now), _limit(spec.cramers_v, chance.effect, count)
        measures.append(Measure("cramers_v", "DR004", value, limit, p_value))
    return ColumnDrift(baseline.name, kind, baseline, now, tuple(measures), cells)


def _not_compared(baseline: ColumnStatistics, now: ColumnStatistics, spec: MonitorSpec) -> str | None:
    if baseline.kind not in QUANTITIES | LABELS:
        return f"columns of kind {baseline.kind.value} are not compared as distributions"
    for column, name in ((baseline, "the training rows"), (now, "these rows")):
        rows = present_rows(column)
        if rows < spec.min_rows:
            return f"{name} have {rows} values, fewer than {spec.min_rows}"
    return None


def _limit(limit: float | None, with_chance: Any, cells: int) -> float | None:
    return None if limit is None else float(with_chance(limit, cells))


def _gap(baseline: ColumnStatistics, now: ColumnStatistics, spec: MonitorSpec, chance: Chance) -> Measure:
    """Compare the distribution functions at every value that either sample knows."""
    then, later = baseline.distribution(), now.distribution()
    points = np.union1d(then.values, later.values)
    value, p_value = kolmogorov_smirnov(
        then.below(points, inclusive=True) / then.rows,
        later.below(points, inclusive=True) / later.rows,
        then.rows,
        later.rows,
    )
    return Measure("ks", "DR003", value, None if spec.ks is None else chance.gap(spec.ks), p_value)
