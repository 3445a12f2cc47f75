"""Local outlier factor: how much thinner rows lie around a point than around its neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.points.terms import Floats

#: Rows that a row is compared with by its density.
_NEIGHBOURS = 20
#: Added to distances, as a part of the usual distance, so that rows which agree exactly are not infinitely dense.
_LEAST_DISTANCE = 0.01


@dataclass(frozen=True, eq=False)
class LocalOutlierFactor:
    """How much thinner rows lie around a point than around its neighbours (Breunig and others 2000), as a logarithm.

    Parameters
    ----------
    known : ndarray, shape (m, terms)
        Points of training rows.
    distance : ndarray, shape (m,)
        Of each to the furthest of its neighbours.
    density : ndarray, shape (m,)
        Around each.
    neighbours : int
        Rows that a row is compared with.
    least : float
        Added to distances.
    """

    known: Floats
    distance: Floats
    density: Floats
    neighbours: int
    least: float

    @classmethod
    def fit(cls, values: Floats, neighbours: int | None) -> "LocalOutlierFactor":
        """Measure the density around each point."""
        count = min(neighbours or _NEIGHBOURS, len(values) - 1)
        empty = np.zeros(len(values))
        start = cls(values, empty, empty, count, 0.0)
        distances, places = start._near(values)
        furthest = distances[:, -1]
        least = max(_LEAST_DISTANCE * float(furthest.mean()), 1e-12)
        known = cls(values, furthest, empty, count, least)
        return replace(known, density=known._density(distances, places))

    def score(self, values: Floats) -> Floats:
        """Return the logarithm of the local outlier factor of each point, shape (n,); 0 is as dense as around it."""
        if not len(values):
            return np.empty(0)
        distances, places = self._near(values)
        around = _mean(self.density[places])
        return np.log(around / self._density(distances, places))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fields."""
        numbers = {"neighbours": np.array(self.neighbours), "least": np.array(self.least)}
        return {"known": self.known, "distance": self.distance, "density": self.density, **numbers}

    def fits(self, terms: int) -> bool:
        """Return whether it scores points of so many terms."""
        rows = len(self.known)
        shapes = (self.known.shape, self.distance.shape, self.density.shape) == ((rows, terms), (rows,), (rows,))
        return shapes and 1 <= self.neighbours < rows

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "LocalOutlierFactor":
        """Rebuild it from `to_arrays`."""
        fields = {name: arrays[name] for name in ("known", "distance", "density")}
        return cls(**fields, neighbours=int(arrays["neighbours"]), least=float(arrays["least"]))

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.known)

    def _near(self, values: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Return distances and positions of the nearest points; a point is no neighbour of itself.

        So a training row, and a new row that equals one, are scored alike.
        """
        distances, places = self._tree.query(values, k=self.neighbours + 1, workers=1)
        itself = distances[:, :1] == 0.0
        return np.where(itself, distances[:, 1:], distances[:, :-1]), np.where(itself, places[:, 1:], places[:, :-1])

    def _density(self, distances: Floats, places: NDArray[np.int64]) -> Floats:
        return np.asarray(1.0 / (_mean(np.maximum(distances, self.distance[places])) + self.least))


def _mean(values: Floats) -> Floats:
    """Return the mean of each row, summed from left to right, so that it does not depend on the other rows."""
    total = values[:, 0].copy()
    for column in range(1, values.shape[1]):
        total += values[:, column]
    return np.asarray(total / values.shape[1])
