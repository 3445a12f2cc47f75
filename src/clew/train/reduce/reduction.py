"""A fitted reduction: few numbers for new rows, a table or one row at a time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from clew.prepare.components import Components, Projection
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.points.points import Points
from clew.train.points.stored import expect, reading, writing
from clew.train.points.terms import Floats

#: File that says that a folder holds a reduction.
MARKER = "reduction.json"
_ARRAYS = "components.npz"
_PARTS = ("centre", "factor", "weights", "explained")
#: Weights that are named for a component.
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Component:
    """One of the numbers that rows are reduced to.

    Parameters
    ----------
    number : int
        From 1 on.
    explained : float
        Share of the variance along it.
    cumulative : float
        Share along it and those before.
    weights : tuple of (str, float)
        The terms that count most in it, with their weights, the strongest first.
    """

    number: int
    explained: float
    cumulative: float
    weights: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "component": self.number,
            "explained": self.explained,
            "cumulative": self.cumulative,
            "weights": [{"term": term, "weight": weight} for term, weight in self.weights],
        }


@dataclass(frozen=True, eq=False)
class Reduction:
    """Principal components of training rows; never changed, and safe to use from several threads.

    Parameters
    ----------
    points : Points
        From raw rows to points.
    learnt : Components
        From points to components.
    """

    points: Points
    learnt: Components

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers: ``pc_1``, ``pc_2`` and so on."""
        return tuple(f"pc_{number}" for number in range(1, self.learnt.weights.shape[1] + 1))

    @property
    def components(self) -> tuple[Component, ...]:
        """What each number is made of."""
        terms = self.points.terms.names
        cumulative = np.cumsum(self.learnt.explained)
        made = []
        for place, weights in enumerate(self.learnt.weights.T):
            order = np.argsort(-np.abs(weights), kind="stable")[:_NAMED]
            named = tuple((terms[term], float(weights[term])) for term in order.tolist())
            made.append(Component(place + 1, float(self.learnt.explained[place]), float(cumulative[place]), named))
        return tuple(made)

    def transform(self, data: Any) -> Floats:
        """Reduce rows.

        Parameters
        ----------
        data : Dataset, frame or path
            Whatever `clew.read` takes, with the columns that are reduced.

        Returns
        -------
        ndarray, shape (rows, components)

        Raises
        ------
        SchemaError
            If a column is missing, or a cell cannot be read.
        """
        return self.of_points(self.points.of(self.points.frame(data)))

    def transform_row(self, row: Mapping[str, Any]) -> Floats:
        """Reduce one raw row, shape (components,), with the same bits as in a table; errors as of `transform`."""
        return np.asarray(self.of_points(self.points.of_row(row))[0])

    def of_points(self, values: Floats) -> Floats:
        """Reduce points, shape (n, terms)."""
        return np.ascontiguousarray(self._projection.frame(list(values.T)).T)

    def frame(self, data: Any) -> pl.DataFrame:
        """Return the numbers of rows as columns ``pc_1``, ``pc_2`` …; parameters and errors as of `transform`."""
        return pl.DataFrame(self.transform(data), schema=list(self.names))

    @cached_property
    def _projection(self) -> Projection:
        return Projection(self.learnt)

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
            facts["points"] = self.points.save(aside)
            save_arrays(aside / _ARRAYS, {name: getattr(self.learnt, name) for name in _PARTS})
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
            If the folder holds no reduction, or was changed.
        """
        with reading(folder, MARKER, "reduction") as (place, facts):
            points = Points.load(place, facts["points"], trust)
            learnt = Components(**load_arrays(place / _ARRAYS))
            terms, count = (len(points.terms),), learnt.explained.shape
            shapes = (learnt.centre.shape, learnt.factor.shape, learnt.weights.shape) == (terms, terms, terms + count)
            expect("the components", fits=shapes and len(count) == 1)
            return cls(points, learnt)

    def __repr__(self) -> str:
        return f"Reduction({len(self.points.compared)} columns to {len(self.names)} numbers)"
