"""Isolation forest: how easily random cuts set a point apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.forest_arrays import TreeArrays, arrays_of
from clew.train.points.terms import Floats

#: Trees of an isolation forest, and rows that each looks at.
_TREES, _ROWS_A_TREE = 100, 256


@dataclass(frozen=True, eq=False)
class IsolationForest:
    """How easily random cuts set a point apart (Liu, Ting and Zhou 2008): from 0 to 1, 0.5 is neither.

    Parameters
    ----------
    trees : TreeArrays
        Their leaves hold the cuts to get there, and those that would follow among the rows of the leaf.
    usual : float
        Cuts that set a random row apart on average.
    """

    trees: TreeArrays
    usual: float

    @classmethod
    def fit(cls, values: Floats, seed: int) -> "IsolationForest":
        """Grow trees with scikit-learn and take them out of it."""
        from sklearn.ensemble import IsolationForest as Library

        rows = values.astype(np.float32)
        found = Library(n_estimators=_TREES, max_samples=min(_ROWS_A_TREE, len(rows)), random_state=seed).fit(rows)
        trees = (arrays_of(tree.tree_, _cuts(tree.tree_)[:, None]) for tree in found.estimators_)
        usual = float(_mean_cuts(np.array([found.max_samples_]))[0])
        return cls(TreeArrays.joined(trees, values.shape[1]), usual)

    def score(self, values: Floats) -> Floats:
        """Return the score of each point, shape (n,)."""
        if not len(values):
            return np.empty(0)
        cuts = self.trees.mean(values.astype(np.float32), 1)
        return np.asarray(2.0 ** (-cuts / max(self.usual, 1e-12)))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the trees as arrays."""
        return self.trees.arrays() | {"width": np.array(self.trees.columns), "usual": np.array(self.usual)}

    def fits(self, terms: int) -> bool:
        """Return whether it scores points of so many terms: no cut is through another one, no branch leads outside."""
        trees = self.trees
        sizes = np.diff(trees.roots)
        if trees.columns != terms or trees.roots[0] != 0 or trees.roots[-1] != len(trees.left) or sizes.min() < 1:
            return False
        place, size = np.arange(len(trees.left)) - np.repeat(trees.roots[:-1], sizes), np.repeat(sizes, sizes)
        inner = trees.left >= 0
        children = np.stack([trees.left[inner], trees.right[inner]])
        # A branch leads on to a later node of its tree.
        onward = ((children > place[inner]) & (children < size[inner])).all()
        return bool(onward and ((trees.feature[inner] >= 0) & (trees.feature[inner] < terms)).all())

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "IsolationForest":
        """Rebuild it from `to_arrays`."""
        return cls(TreeArrays.of_arrays(arrays, int(arrays["width"])), float(arrays["usual"]))


def _cuts(tree: Any) -> Floats:
    """Return for each node how many cuts lead there, and would follow among its rows."""
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):  # children come after their parent
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depth[child] = depth[node] + 1
    return depth + _mean_cuts(tree.n_node_samples)


def _mean_cuts(rows: NDArray[np.int64]) -> Floats:
    """Return how many cuts set one of this many rows apart on average: that of a failing search in a binary tree."""
    rows = np.asarray(rows, dtype=np.float64)
    inner = np.maximum(rows - 1, 1)
    many = 2 * (np.log(inner) + np.euler_gamma) - 2 * inner / np.maximum(rows, 1)
    return np.where(rows > 2, many, np.where(rows == 2, 1.0, 0.0))
