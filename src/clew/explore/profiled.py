"""What profiling a table yields: numbers first, pictures of them later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.core.finding import Finding
from clew.core.schema import Column, Schema
from clew.define.problem import Task
from clew.explore.associations import Association
from clew.explore.column import ColumnStatistics
from clew.explore.insights import Insights
from clew.explore.pictures import Parts, Picture
from clew.explore.principles.scores import Scorecard
from clew.explore.statistics import TableStatistics

#: Quantiles that a summary of a column names.
_QUANTILES = (5, 25, 50, 75, 95)
#: Values that a summary of a column names.
_VALUES = 10


@dataclass(frozen=True)
class Profiled:
    """All that is known about a table.

    Parameters
    ----------
    source : str
        Where the rows came from.
    schema : Schema
        The columns, the target with its role.
    statistics : TableStatistics
        Of all rows.
    findings : tuple of Finding
        What deserves attention, the gravest first.
    task : Task, optional
        Kind of answer, where there is a target that allows one.
    associations : tuple of Association
        How much each feature alone says about the target, the most telling first.
    repeated_rows : int, default 0
        Rows that equal an earlier one.
    size_bytes : int, default 0
        Memory that the rows take.
    parts : Parts
        How the rows are divided by the target in `pictures`.
    pictures : mapping of str to Picture
        Bars of each column that can be drawn.
    insights : Insights
        What a closer look shows.
    scorecard : Scorecard
        Relevance, diversity, completeness and accuracy.
    seconds : float, default 0
        Time that it took.
    """

    source: str
    schema: Schema
    statistics: TableStatistics
    findings: tuple[Finding, ...] = ()
    task: Task | None = None
    associations: tuple[Association, ...] = ()
    repeated_rows: int = 0
    size_bytes: int = 0
    parts: Parts = field(default_factory=Parts)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    insights: Insights = field(default_factory=Insights)
    scorecard: Scorecard = field(default_factory=Scorecard)
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.statistics.rows

    @property
    def columns(self) -> tuple[ColumnStatistics, ...]:
        """Statistics of each column, in the order of the table."""
        return tuple(self.statistics.columns.values())

    @property
    def target(self) -> str | None:
        """Name of the target."""
        return self.schema.target.name if self.schema.target else None

    @property
    def missing_share(self) -> float:
        """Share of the cells without a value; 0 for a table without cells."""
        cells = self.rows * len(self.columns)
        return sum(column.missing for column in self.columns) / cells if cells else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the sketches and pictures, as JSON-ready values."""
        powers = {item.feature: item.power for item in self.associations}
        return {
            "source": self.source,
            "rows": self.rows,
            "columns": [
                {**summary(self.schema[known.name], known), "power": powers.get(known.name)} for known in self.columns
            ],
            "target": self.target,
            "task": self.task.value if self.task else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "associations": [item.to_dict() for item in self.associations],
            "missing_share": self.missing_share,
            "repeated_rows": self.repeated_rows,
            "size_bytes": self.size_bytes,
            "insights": self.insights.to_dict(),
            "scorecard": self.scorecard.scores,
            "scorecard_details": self.scorecard.to_dict(),
            "seconds": self.seconds,
        }


def summary(column: Column, known: ColumnStatistics) -> dict[str, Any]:
    """Return the figures of a column that people ask for, as JSON-ready values."""
    result: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind.value,
        "dtype": column.dtype,
        "role": column.role.value,
        "unit": column.unit,
        "missing": known.missing,
        "missing_share": known.missing_share,
        "distinct": known.distinct,
        "distinct_exact": known.distinct_exact,
        "minimum": known.minimum,
        "maximum": known.maximum,
    }
    if known.moments:
        result.update(mean=known.mean, std=known.std, skewness=known.skewness, kurtosis=known.kurtosis)
    if known.quantiles:
        result["quantiles"] = {str(at / 100): known.quantiles[at] for at in _QUANTILES}
    if known.numbers:
        names = ("zeros", "negatives", "infinities", "outliers", "far_outliers")
        result.update({name: getattr(known.numbers, name) for name in names})
    if known.lengths:
        names = ("minimum", "maximum", "mean", "blank", "padded")
        result["lengths"] = {name: getattr(known.lengths, name) for name in names}
    result["values"] = [{"value": value, "count": count} for value, count in known.values.items[:_VALUES]]
    return result
