"""Nearest neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.columns import normalised
from clew.train.estimators.penalised import even_weights, truth_of
from clew.train.estimators.relevance import relevance
from clew.train.estimators.robust import RobustScale
from clew.train.space import Choice, Domain, Number

_FILE = "neighbours.npz"
#: Votes that all training rows together have beside the neighbours: no probability is 0 or 1, no number without a vote.
_PRIOR_VOTES, _PRIOR_VOTES_OF_A_NUMBER = 0.5, 1e-6


class NearestNeighbours(EstimatorSpec):
    """The answers of the nearest training rows (Fix & Hodges 1951), nearer ones counting more.

    Numbers are scaled robustly; a category stands where its training rows' answers put it (after Stanfill & Waltz
    1986); what is missing stands in the middle. Each column counts by what it says about the target by itself, raised
    to `relevance`; with 0 all count alike. Neighbours are found in a k-d tree of SciPy. Stored as plain arrays, which
    hold the training rows: scaled numbers, not texts.
    """

    name = "knn"
    label = "Nearest neighbours"
    honours = Honours(monotone=False, weights=True, missing=False, categories=False, early_stopping=False)
    largest = (20_000, 100)
    defaults: ClassVar[Mapping[str, Any]] = {
        "n_neighbors": 20,
        "weights": "distance",
        "p": 2,
        "relevance": 1.0,
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "n_neighbors": Number(5, 60, log=True, whole=True),
        "weights": Choice(("distance", "uniform")),
        "p": Choice((1, 2)),
        "relevance": Number(0.0, 2.0),
    }

    def warm(self) -> None:
        """Import the library."""
        import scipy.spatial  # noqa: F401 - that it is there is what counts

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        params = order.params
        if params["weights"] not in {"distance", "uniform"}:
            raise UsageError(f"`weights` is {params['weights']!r}.", hint="Use 'distance' or 'uniform'.")
        if params["p"] not in {1, 2}:
            raise UsageError(f"`p` is {params['p']!r}.", hint="Use 1 (city blocks) or 2 (straight lines).")
        if not int(params["n_neighbors"]) >= 1:
            raise UsageError(f"`n_neighbors` is {params['n_neighbors']!r}.", hint="Use e.g. 20.")
        ranks = CategoryOrder.fit(part, order, scores=True)
        table = ranks.table(part.matrix)
        scale = RobustScale.fit(table)
        scaled, truth, weight = scale.apply(table), truth_of(part, order), even_weights(part)
        column_weight = relevance(scaled, truth, weight) ** float(params["relevance"])
        if order.classes == 2:
            truth = np.concatenate([1.0 - truth, truth], axis=1)
        return NeighboursEngine(
            order=ranks,
            scale=scale,
            column_weight=column_weight,
            points=scaled * column_weight,
            answers=truth,
            votes=weight,
            prior=np.average(truth, axis=0, weights=weight),
            neighbours=np.array(min(int(params["n_neighbors"]), len(part))),
            power=np.array(int(params["p"])),
            nearer_counts_more=np.array(params["weights"] == "distance"),
        )

    def _load(self, folder: Path) -> Engine:
        return NeighboursEngine.of_arrays(load_arrays(folder / _FILE))


_OWN = ("column_weight", "points", "answers", "votes", "prior", "neighbours", "power", "nearer_counts_more")


@dataclass(frozen=True)
class NeighboursEngine(Engine):
    """Training rows to be looked up.

    Parameters
    ----------
    order : CategoryOrder
        From categories to numbers.
    scale : RobustScale
        From numbers to one scale.
    column_weight : ndarray, shape (p,)
        Weight of each column in a distance.
    points : ndarray, shape (m, p)
        The training rows, scaled and weighted.
    answers : ndarray, shape (m, k)
        Their answers: one number, or a mark for each class.
    votes : ndarray, shape (m,)
        Their weights.
    prior : ndarray, shape (k,)
        What all training rows say together; it has a small vote of its own.
    neighbours, power, nearer_counts_more : ndarray, shape ()
        How many, 1 for city blocks or 2 for straight lines, and whether votes fall with the distance.
    """

    order: CategoryOrder
    scale: RobustScale
    column_weight: Floats
    points: Floats
    answers: Floats
    votes: Floats
    prior: Floats
    neighbours: NDArray[Any]
    power: NDArray[Any]
    nearer_counts_more: NDArray[Any]

    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities or numbers of many rows."""
        return self._asked(self.order.table(matrix), threads)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return self._asked(self.order.row(numeric, codes)[None, :], 1)

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        own = {name: getattr(self, name) for name in _OWN}
        save_arrays(folder / _FILE, {**own, **self.scale.arrays(), **self.order.arrays()})

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "NeighboursEngine":
        """Rebuild from what `save` wrote."""
        own = {name: arrays[name] for name in _OWN}
        return cls(order=CategoryOrder.of_arrays(arrays), scale=RobustScale.of_arrays(arrays), **own)

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.points, balanced_tree=False, compact_nodes=False)

    def _asked(self, table: NDArray[np.float32], threads: int) -> Floats:
        point = self.scale.apply(table) * self.column_weight
        # The tree answers each row by itself; asked for a list of neighbours, it keeps their axis for one, too.
        wanted = list(range(1, int(self.neighbours) + 1))
        distance, found = self._tree.query(point, k=wanted, p=int(self.power), workers=threads)
        votes = self.votes[found]
        if self.nearer_counts_more:
            # Half a vote at the distance of the last neighbour; a row that was learnt from is no oracle.
            votes = votes / (distance + distance[:, -1:] + 1e-9)
            votes = votes * (2.0 * distance[:, -1:] + 1e-9)
        weighted = votes[:, :, None] * self.answers[found]
        own = _PRIOR_VOTES if self.answers.shape[1] > 1 else _PRIOR_VOTES_OF_A_NUMBER
        # A running sum adds in the order of the neighbours, whatever the number of rows.
        total = own * self.prior + np.add.accumulate(weighted, axis=1)[:, -1]
        if self.answers.shape[1] > 1:
            return normalised(total)
        return np.ascontiguousarray(total[:, 0] / (own + np.add.accumulate(votes, axis=1)[:, -1]))
