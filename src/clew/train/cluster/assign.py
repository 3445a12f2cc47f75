"""Which cluster a point belongs to: the same answer, to the last bit, for a point by itself and in a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clew.train.points.terms import Floats
from clew.train.points.whitening import squared_distances

Labels = NDArray[np.int64]
#: Label of rows that belong to no cluster.
NOISE = -1


class Assigner(Protocol):
    """What assigns points to clusters 0, 1 …, or to none (-1). Never changed; safe for several threads."""

    def assign(self, values: Floats) -> Labels:
        """Return the cluster of each point, shape (n,)."""

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `assigner_of` rebuilds it from."""

    def fits(self, terms: int, clusters: int) -> bool:
        """Return whether it assigns points of so many terms to so many clusters."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """A point belongs to the cluster of the nearest known point.

    Parameters
    ----------
    known : ndarray, shape (m, terms)
        Centres of clusters, or points of training rows.
    labels : ndarray of int64, shape (m,)
        Cluster of each; -1 for none.
    reach : ndarray, shape (clusters,)
        How far from its nearest point a cluster takes points in; infinite where it takes all.
    """

    known: Floats
    labels: Labels
    reach: Floats

    @classmethod
    def centre(cls, centres: Floats) -> "Nearest":
        """Make an assigner out of one centre per cluster."""
        count = len(centres)
        return cls(centres, np.arange(count), np.full(count, np.inf))

    def assign(self, values: Floats) -> Labels:
        """Return the cluster of each point, shape (n,)."""
        # The tree answers each point by itself, so a table has no part in the answer for a row.
        distance, place = self._tree.query(values, workers=1)
        labels: Labels = self.labels[place]
        if not len(self.reach):  # nothing but noise
            return labels
        return np.where((labels >= 0) & (distance <= self.reach[labels]), labels, NOISE)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fields."""
        return {"known": self.known, "labels": self.labels, "reach": self.reach}

    def fits(self, terms: int, clusters: int) -> bool:
        """Return whether it assigns points of so many terms to so many clusters."""
        shapes = (self.known.shape, self.reach.shape) == ((len(self.labels), terms), (clusters,))
        return shapes and len(self.labels) > 0 and bool(((self.labels >= NOISE) & (self.labels < clusters)).all())

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.known)


@dataclass(frozen=True, eq=False)
class Mixture:
    """A point belongs to the component of a Gaussian mixture that most probably made it.

    Parameters
    ----------
    log_weights : ndarray, shape (k,)
        Logarithm of the share of each component.
    means : ndarray, shape (k, terms)
        Of each component.
    whitening : ndarray, shape (k, terms, terms) or (k, terms)
        Cholesky factor of each precision matrix, upper triangular; its diagonal only, where covariances are diagonal.
    """

    log_weights: Floats
    means: Floats
    whitening: Floats

    def assign(self, values: Floats) -> Labels:
        """Return the cluster of each point, shape (n,)."""
        return np.asarray(np.argmax(self.log_densities(values), axis=1), dtype=np.int64)

    def log_densities(self, values: Floats) -> Floats:
        """Return the logarithm of weight times density of each component, but for a constant, shape (n, k)."""
        made = squared_distances(values, self.means, self.whitening)
        made *= -0.5
        made += self.log_weights + self._log_scale
        return made

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fields."""
        return {"log_weights": self.log_weights, "means": self.means, "whitening": self.whitening}

    def fits(self, terms: int, clusters: int) -> bool:
        """Return whether it assigns points of so many terms to so many clusters."""
        shape = (clusters, terms)
        scales = self.whitening.shape in (shape, (*shape, terms))
        return clusters > 0 and scales and (self.log_weights.shape, self.means.shape) == ((clusters,), shape)

    @cached_property
    def _log_scale(self) -> Floats:
        scales = self.whitening if self.whitening.ndim == 2 else np.diagonal(self.whitening, axis1=1, axis2=2)
        return np.asarray(np.log(scales).sum(axis=1))


_KINDS: Mapping[str, type[Nearest] | type[Mixture]] = {"nearest": Nearest, "mixture": Mixture}


def kind_of(assigner: Assigner) -> str:
    """Return the name under which `assigner_of` rebuilds an assigner."""
    return next(name for name, kind in _KINDS.items() if isinstance(assigner, kind))


def assigner_of(kind: str, arrays: Mapping[str, NDArray[Any]]) -> Assigner:
    """Rebuild an assigner from `kind_of` and its arrays."""
    return _KINDS[kind](**arrays)
