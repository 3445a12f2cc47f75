"""What profiling a table yields: numbers first, pictures of them later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.core.finding import Finding
from clew.core.schema import Column, Schema
from clew.define.problem import Task
from clew.explore.associations import Association
from clew.explore.column import ColumnStatistics
from clew.explore.comparison import Comparison
from clew.explore.correlations import Correlations
from clew.explore.insights import Insights
from clew.explore.missingness import MissingPatterns
from clew.explore.observed import Sample
from clew.explore.patterns import TextPatterns
from clew.explore.pictures import Parts, Picture
from clew.explore.principles.scores import Scorecard
from clew.explore.statistics import TableStatistics
from clew.explore.target_views import TargetView
from clew.explore.timeline import Timeline
from clew.explore.types import Type

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
    repeated_exact : bool, default True
        Whether these were counted; else they were estimated.
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
    types : mapping of str to Type
        What the field calls each column.
    patterns : mapping of str to TextPatterns
        What the texts of a column look like.
    timelines : mapping of str to Timeline
        Grain, steps, gaps and order of moments.
    disguised : mapping of str to int
        Values that may stand for a missing one, where there are any.
    unreadable : mapping of str to int
        Cells that are no value of their column's type, where there are any; they are among the missing ones.
    missing : MissingPatterns, optional
        Which columns are missing together.
    correlations : Correlations
        How the columns go together.
    views : tuple of TargetView
        The target along the most telling features.
    comparison : Comparison, optional
        This table beside another one.
    sample : Sample, optional
        The rows that findings, associations, correlations, views and pictures are from, where not all rows could be
        held; statistics, missing values and timelines are of all rows anyway.
    """

    source: str
    schema: Schema
    statistics: TableStatistics
    findings: tuple[Finding, ...] = ()
    task: Task | None = None
    associations: tuple[Association, ...] = ()
    repeated_rows: int = 0
    repeated_exact: bool = True
    size_bytes: int = 0
    parts: Parts = field(default_factory=Parts)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    insights: Insights = field(default_factory=Insights)
    scorecard: Scorecard = field(default_factory=Scorecard)
    seconds: float = 0.0
    types: Mapping[str, Type] = field(default_factory=dict)
    patterns: Mapping[str, TextPatterns] = field(default_factory=dict)
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    disguised: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, int] = field(default_factory=dict)
    missing: MissingPatterns | None = None
    correlations: Correlations = field(default_factory=Correlations)
    views: tuple[TargetView, ...] = ()
    comparison: Comparison | None = None
    sample: Sample | None = None

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
                {**summary(self.schema[known.name], known), **self._details(known), "power": powers.get(known.name)}
                for known in self.columns
            ],
            "target": self.target,
            "task": self.task.value if self.task else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "associations": [item.to_dict() for item in self.associations],
            "missing_share": self.missing_share,
            "missing_patterns": self.missing.to_dict() if self.missing else None,
            "correlations": self.correlations.to_dict(),
            "target_views": [view.to_dict() for view in self.views],
            "comparison": self.comparison.to_dict() if self.comparison else None,
            "sample": self.sample.to_dict() if self.sample else None,
            "repeated_rows": self.repeated_rows,
            "repeated_rows_exact": self.repeated_exact,
            "size_bytes": self.size_bytes,
            "insights": self.insights.to_dict(),
            "scorecard": self.scorecard.scores,
            "scorecard_details": self.scorecard.to_dict(),
            "seconds": self.seconds,
        }

    def valid(self, name: str) -> int:
        """Count the rows with a usable value: not missing, readable as the column's type, and finite."""
        known = self.statistics[name]
        return known.present - (known.numbers.infinities if known.numbers else 0)

    def _details(self, known: ColumnStatistics) -> dict[str, Any]:
        name, valid = known.name, self.valid(known.name)
        found: dict[str, Any] = {
            "type": self.types[name].value if name in self.types else None,
            "disguised_missing": self.disguised.get(name, 0),
            "valid": valid,
            "invalid": known.rows - valid,
            "unreadable": self.unreadable.get(name, 0),
        }
        if name in self.patterns:
            found["text_patterns"] = self.patterns[name].to_dict()
        if name in self.timelines:
            found["timeline"] = self.timelines[name].to_dict()
        return found


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
        result["quantiles_exact"] = known.quantiles_exact
    if known.histogram:
        result["histogram"] = known.histogram.to_dict()
    if known.numbers:
        counts = ("zeros", "negatives", "infinities", "outliers", "far_outliers", "robust_outliers")
        result.update({name: getattr(known.numbers, name) for name in counts})
        result["robust_range"] = [known.numbers.robust_low, known.numbers.robust_high]
    if known.lengths:
        names = ("minimum", "maximum", "mean", "blank", "padded")
        result["lengths"] = {name: getattr(known.lengths, name) for name in names}
    result["values"] = [{"value": value, "count": count} for value, count in known.values.items[:_VALUES]]
    result["values_exact"] = known.values.exact
    return result
