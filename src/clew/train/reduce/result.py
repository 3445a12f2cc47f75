"""What dimension reduction found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from clew.core.finding import Finding
from clew.store.files import place_of_page, write_atomic
from clew.train.points.picture import Picture
from clew.train.points.terms import Floats
from clew.train.reduce.reduction import Component, Reduction
from clew.train.reduce.view import reduce_page, reduce_view


@dataclass(frozen=True, eq=False)
class ReduceResult:
    """Few numbers a row, and what each is made of.

    Parameters
    ----------
    reduction : Reduction
        What reduces new rows.
    values : ndarray, shape (rows, components)
        The numbers of each row.
    picture : Picture
        Rows along the first two.
    findings : tuple of Finding
        Codes ``ME14…``; see `clew.train.codes`.
    seconds : float
        From start to end.
    """

    reduction: Reduction
    values: Floats
    picture: Picture
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def components(self) -> tuple[Component, ...]:
        """What each number is made of."""
        return self.reduction.components

    @property
    def frame(self) -> pl.DataFrame:
        """The numbers of each row as columns ``pc_1``, ``pc_2`` and so on."""
        return pl.DataFrame(self.values, schema=list(self.reduction.names))

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the numbers of the rows, JSON-ready."""
        made = self.components
        return {
            "rows": len(self.values),
            "columns": list(self.reduction.points.compared),
            "components": [component.to_dict() for component in made],
            "explained": made[-1].cumulative if made else 0.0,
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
        write_atomic(place, reduce_page(self))
        return place

    def __repr__(self) -> str:
        columns = len(self.reduction.points.compared)
        return f"ReduceResult({len(self.values)} rows, {columns} columns to {len(self.components)} numbers)"

    def _repr_html_(self) -> str:
        return reduce_view(self)
