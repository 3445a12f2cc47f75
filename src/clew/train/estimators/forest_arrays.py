"""Trees of scikit-learn as plain arrays: small on disk, nothing to unpickle, and quick for one row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.estimators.base import Engine, Floats
from clew.train.estimators.category_order import CategoryOrder

_FILE = "trees.npz"
_ARRAYS = ("feature", "threshold", "left", "right", "missing_left", "roots", "value")
#: Rows that one thread asks at a time: keeps what it works on in the cache.
_BLOCK = 4096


def arrays_of(tree: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of a fitted tree of scikit-learn, which itself takes several times the memory."""
    return {
        "feature": np.maximum(tree.feature, -1).astype(np.int32),
        "left": tree.children_left.astype(np.int32),
        "right": tree.children_right.astype(np.int32),
        "threshold": tree.threshold.copy(),
        "missing_left": tree.missing_go_to_left.astype(bool),
        "value": tree.value[:, 0, :].copy(),
    }


@dataclass(frozen=True)
class Trees(Engine):
    """The mean of one or more trees, after categories were put in order.

    A table goes through scikit-learn's own trees, a single row through all trees at once, level by level. Both reach
    the same leaves, as both compare the same float32 with the same float64, and add them in the order of the trees.

    Parameters
    ----------
    order : CategoryOrder
        Turns category codes into numbers.
    roots : ndarray of int32, shape (trees + 1,)
        Position of the first node of each tree, and the number of nodes.
    feature, left, right : ndarray of int32, shape (nodes,)
        Column to look at and the two children, counted from the tree's root; a leaf is -1 in all three.
    threshold : ndarray of float64, shape (nodes,)
        Up to it, go left.
    missing_left : ndarray of bool, shape (nodes,)
        Whether a missing value goes left.
    value : ndarray of float64, shape (nodes, k)
        Probabilities, or one number.
    """

    order: CategoryOrder
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    threshold: Floats
    missing_left: NDArray[np.bool_]
    value: Floats

    @classmethod
    def of(cls, trees: list[Any], order: CategoryOrder) -> "Trees":
        """Take the arrays out of fitted trees.

        Parameters
        ----------
        trees : list of sklearn.tree._tree.Tree
            At least one, all fitted to the same columns.
        order : CategoryOrder
            What turned categories into numbers.
        """
        return cls.joined([arrays_of(tree) for tree in trees], order)

    @classmethod
    def joined(cls, trees: list[dict[str, NDArray[Any]]], order: CategoryOrder) -> "Trees":
        """Put trees together.

        Parameters
        ----------
        trees : list of mapping
            What `arrays_of` makes of each; it is emptied on the way, so that nothing is held twice for long.
        order : CategoryOrder
            What turned categories into numbers.
        """
        roots = np.cumsum([0, *(len(tree["feature"]) for tree in trees)]).astype(np.int32)
        whole = {name: np.concatenate([tree.pop(name) for tree in trees]) for name in list(trees[0])}
        return cls(order=order, roots=roots, **whole)

    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities or numbers of many rows."""
        return self._shaped(self.summed(matrix, threads))

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return self._shaped(self.summed_row(numeric, codes))

    def summed(self, matrix: Matrix, threads: int) -> Floats:
        """Return the sum over all trees for many rows, shape (n, k)."""
        from joblib import Parallel, delayed

        rows = self.order.table(matrix)
        blocks = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
        if threads == 1 or len(blocks) == 1:
            return np.concatenate([self._summed(block) for block in blocks])
        summed = Parallel(n_jobs=threads, prefer="threads")(delayed(self._summed)(block) for block in blocks)
        return np.concatenate(list(summed))

    def summed_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return the sum over all trees for one row, with the same bits as `summed`; shape (1, k)."""
        row = self.order.row(numeric, codes)
        missing = np.isnan(row)
        some_missing = bool(missing.any())
        walk = self._walk
        node = np.arange(self.trees, dtype=np.intp)
        for _ in range(walk.depth):
            seen = walk.column.take(node)
            go_right = row.take(seen) > walk.threshold.take(node)
            if some_missing:
                go_right |= missing.take(seen) & walk.missing_right.take(node)
            node = walk.left.take(node) + go_right
        node = walk.origin.take(node)
        # A running sum adds in order, as the loop over trees does.
        total: Floats = np.add.accumulate(self.value[node], axis=0)[-1:]
        return total

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        save_arrays(folder / _FILE, self.arrays())

    @classmethod
    def load(cls, folder: Path) -> "Trees":
        """Read what `save` wrote."""
        return cls.of_arrays(load_arrays(folder / _FILE))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads."""
        return {**{name: getattr(self, name) for name in _ARRAYS}, **self.order.arrays()}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Trees":
        """Rebuild from `arrays`."""
        return cls(order=CategoryOrder.of_arrays(arrays), **{name: arrays[name] for name in _ARRAYS})

    @property
    def trees(self) -> int:
        """Number of trees."""
        return len(self.roots) - 1

    def _summed(self, rows: NDArray[np.float32]) -> Floats:
        total: Floats | None = None
        for start, tree in zip(self.roots[:-1], self._library_trees, strict=True):
            leaves = self.value[tree.apply(rows) + start]
            total = leaves if total is None else np.add(total, leaves, out=total)
        return np.empty((0, self.value.shape[1])) if total is None else total

    def _shaped(self, summed: Floats) -> Floats:
        mean: Floats = summed / self.trees
        return mean[:, 0] if mean.shape[1] == 1 else mean

    @cached_property
    def _library_trees(self) -> list[Any]:
        from sklearn.tree._tree import Tree

        # They are asked for leaves alone, whose values are here.
        columns, outputs = self.order.columns, np.array([1], dtype=np.intp)
        # The library says itself how its nodes look; what only training needs stays 0.
        layout = Tree(columns, outputs, 1).__getstate__()["nodes"].dtype
        made = []
        for start, end in zip(self.roots[:-1], self.roots[1:], strict=True):
            nodes = np.zeros(end - start, dtype=layout)
            nodes["left_child"], nodes["right_child"] = self.left[start:end], self.right[start:end]
            nodes["feature"], nodes["threshold"] = self.feature[start:end], self.threshold[start:end]
            nodes["missing_go_to_left"] = self.missing_left[start:end]
            values = np.zeros((len(nodes), 1, 1))
            tree = Tree(columns, outputs, 1)
            tree.__setstate__(
                {"max_depth": self._walk.depth, "node_count": len(nodes), "nodes": nodes, "values": values}
            )
            made.append(tree)
        return made

    @cached_property
    def _walk(self) -> "_Walk":
        """Nodes for walking all trees at once, level by level."""
        leaf = self.left < 0
        offset = np.repeat(self.roots[:-1], np.diff(self.roots))
        level, count = self.roots[:-1].astype(np.intp), self.trees
        origin, left = [level], []
        while True:
            inner = ~leaf[level]
            here = np.arange(count - len(level), count)
            left.append(np.where(inner, count + 2 * (np.cumsum(inner) - 1), here))
            if not inner.any():
                break
            parents = level[inner]
            level = np.stack([self.left[parents] + offset[parents], self.right[parents] + offset[parents]], 1).ravel()
            origin.append(level)
            count += len(level)
        old = np.concatenate(origin)
        return _Walk(
            column=np.where(leaf[old], 0, self.feature[old]).astype(np.intp),
            threshold=np.where(leaf[old], math.inf, self.threshold[old]),
            left=np.concatenate(left).astype(np.intp),
            missing_right=~self.missing_left[old] & ~leaf[old],
            origin=old,
            depth=len(origin) - 1,
        )


@dataclass(frozen=True)
class _Walk:
    """Nodes by level: the right child stands behind the left one, the roots first, and a leaf leads to itself.

    `origin` has the position of each node among those of the trees; `depth` is the number of steps.
    """

    column: NDArray[np.intp]
    threshold: Floats
    left: NDArray[np.intp]
    missing_right: NDArray[np.bool_]
    origin: NDArray[np.intp]
    depth: int
