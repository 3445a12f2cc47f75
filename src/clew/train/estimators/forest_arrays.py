"""Trees of scikit-learn as plain arrays: small in memory and on disk, nothing to unpickle, and quick for one row."""

import math
from collections.abc import Iterable, Mapping
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
_ARRAYS = ("feature", "threshold", "left", "right", "missing_left", "roots")
#: Rows that one thread asks at a time: keeps what it works on in the cache.
_BLOCK = 4096


def arrays_of(tree: Any, value: Floats | None = None) -> dict[str, NDArray[Any]]:
    """Return the arrays of a fitted tree of scikit-learn, which itself takes several times the memory.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
        The tree.
    value : ndarray, shape (nodes, k), optional
        Answers of its nodes; by default its own.
    """
    left = tree.children_left.astype(np.int32)
    leaf, value = leaves_of(left, tree.value[:, 0, :] if value is None else value)
    return {
        "feature": np.maximum(tree.feature, -1).astype(np.int32),
        "left": left,
        "right": tree.children_right.astype(np.int32),
        "threshold": tree.threshold.copy(),
        "missing_left": tree.missing_go_to_left.astype(bool),
        "leaf": leaf,
        "value": value,
    }


def leaves_of(left: NDArray[np.int32], value: Floats) -> tuple[NDArray[np.int32], Floats]:
    """Return the answers of leaves alone: the position of each node's among them, and the answers, shape (m, k).

    Leaves of one class alone, which are most of those of a forest, share k answers.

    Parameters
    ----------
    left : ndarray of int32, shape (nodes,)
        Left child, -1 in a leaf.
    value : ndarray, shape (nodes, k)
        Answers of all nodes.
    """
    leaves = np.flatnonzero(left < 0)
    answers = value[leaves]
    classes = answers.shape[1]
    pure = np.count_nonzero(answers, axis=1) == 1
    pure &= (answers == 1.0).any(axis=1) & (classes > 1)
    mixed = answers[~pure]
    place = np.empty(len(leaves), dtype=np.int32)
    place[pure] = answers[pure].argmax(axis=1)
    place[~pure] = np.arange(len(mixed)) + classes
    whole = np.zeros(len(left), dtype=np.int32)  # what stands in the other nodes is never asked for
    whole[leaves] = place
    return whole, np.concatenate([np.eye(classes), mixed])


@dataclass(frozen=True)
class TreeArrays:
    """The sum of one or more trees over a table of numbers.

    A table goes through scikit-learn's own trees, a single row through all trees at once, level by level. Both reach
    the same leaves, as both compare the same float32 with the same float64, and add them in the order of the trees.

    Parameters
    ----------
    columns : int
        Of the table.
    roots : ndarray of int32, shape (trees + 1,)
        Position of the first node of each tree, and the number of nodes.
    feature, left, right : ndarray of int32, shape (nodes,)
        Column to look at and the two children, counted from the tree's root; a leaf is -1 in all three.
    threshold : ndarray of float64, shape (nodes,)
        Up to it, go left.
    missing_left : ndarray of bool, shape (nodes,)
        Whether a missing value goes left.
    leaf : ndarray of int32, shape (nodes,)
        Position of a leaf's answer in `value`.
    value : ndarray of float64, shape (m, k)
        Probabilities, or one number.
    """

    columns: int
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    threshold: Floats
    missing_left: NDArray[np.bool_]
    leaf: NDArray[np.int32]
    value: Floats

    @classmethod
    def joined(cls, trees: Iterable[Mapping[str, NDArray[Any]]], columns: int) -> "TreeArrays":
        """Put trees together as they come.

        Parameters
        ----------
        trees : iterable of mapping
            What `arrays_of` makes of each; at least one, all fitted to the same columns.
        columns : int
            Of the table that they were fitted to.
        """
        roots, answers = [0], 0
        growing: dict[str, _Growing] = {}
        for tree in trees:
            for name, array in tree.items():
                growing.setdefault(name, _Growing()).add(array + np.int32(answers) if name == "leaf" else array)
            roots.append(roots[-1] + len(tree["left"]))
            answers += len(tree["value"])
        whole = {name: array.whole() for name, array in growing.items()}
        return cls(columns=columns, roots=np.array(roots, dtype=np.int32), **whole)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]], columns: int) -> "TreeArrays":
        """Rebuild from `arrays`; other names among them are left alone."""
        leaf, value = leaves_of(arrays["left"], arrays["value"])
        return cls(columns=columns, leaf=leaf, value=value, **{name: arrays[name] for name in _ARRAYS})

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads; there every node has an answer, 0 where it is no leaf."""
        value = np.where((self.left < 0)[:, None], self.value[self.leaf], 0.0)
        return {**{name: getattr(self, name) for name in _ARRAYS}, "value": value}

    @property
    def trees(self) -> int:
        """Number of trees."""
        return len(self.roots) - 1

    def mean(self, rows: NDArray[np.float32], threads: int) -> Floats:
        """Return the mean over all trees for many rows, shape (n, k), or (n,) where k is 1."""
        return self._mean(self.summed(rows, threads))

    def mean_row(self, row: NDArray[np.float32]) -> Floats:
        """Return the mean over all trees for one row, with the same bits as `mean`; shape (1, k) or (1,)."""
        return self._mean(self.summed_row(row))

    def summed(self, rows: NDArray[np.float32], threads: int) -> Floats:
        """Return the sum over all trees for many rows, shape (n, k)."""
        from joblib import Parallel, delayed

        blocks = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
        if threads == 1 or len(blocks) == 1:
            return np.concatenate([self._summed(block) for block in blocks])
        summed = Parallel(n_jobs=threads, prefer="threads")(delayed(self._summed)(block) for block in blocks)
        return np.concatenate(list(summed))

    def summed_row(self, row: NDArray[np.float32]) -> Floats:
        """Return the sum over all trees for one row, with the same bits as `summed`; shape (1, k)."""
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
        # A running sum adds in order, as the loop over trees does.
        total: Floats = np.add.accumulate(self.value[walk.leaf.take(node)], axis=0)[-1:]
        return total

    def release(self) -> None:
        """Let go of what answering has made of the arrays, which takes more memory than they do."""
        for name in ("_library_trees", "_walk"):
            self.__dict__.pop(name, None)

    def _summed(self, rows: NDArray[np.float32]) -> Floats:
        total: Floats | None = None
        for start, tree in zip(self.roots[:-1], self._library_trees, strict=True):
            answers = self.value[self.leaf[tree.apply(rows) + start]]
            total = answers if total is None else np.add(total, answers, out=total)
        return np.empty((0, self.value.shape[1])) if total is None else total

    def _mean(self, summed: Floats) -> Floats:
        mean: Floats = summed / self.trees
        return mean[:, 0] if mean.shape[1] == 1 else mean

    @cached_property
    def _library_trees(self) -> list[Any]:
        from sklearn.tree._tree import Tree

        # They are asked for leaves alone, whose values are here.
        outputs = np.array([1], dtype=np.intp)
        # The library says itself how its nodes look; what only training needs stays 0.
        layout = Tree(self.columns, outputs, 1).__getstate__()["nodes"].dtype
        made = []
        for start, end in zip(self.roots[:-1], self.roots[1:], strict=True):
            nodes = np.zeros(end - start, dtype=layout)
            nodes["left_child"], nodes["right_child"] = self.left[start:end], self.right[start:end]
            nodes["feature"], nodes["threshold"] = self.feature[start:end], self.threshold[start:end]
            nodes["missing_go_to_left"] = self.missing_left[start:end]
            values = np.zeros((len(nodes), 1, 1))
            tree = Tree(self.columns, outputs, 1)
            tree.__setstate__(
                {"max_depth": self._walk.depth, "node_count": len(nodes), "nodes": nodes, "values": values}
            )
            made.append(tree)
        return made

    @cached_property
    def _walk(self) -> "_Walk":
        """Nodes for walking all trees at once, level by level."""
        is_leaf = self.left < 0
        offset = np.repeat(self.roots[:-1], np.diff(self.roots))
        level, count = self.roots[:-1].astype(np.intp), self.trees
        origin, left = [level], []
        while True:
            inner = ~is_leaf[level]
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
            column=np.where(is_leaf[old], np.int32(0), self.feature[old]),
            threshold=np.where(is_leaf[old], math.inf, self.threshold[old]),
            left=np.concatenate(left).astype(np.intp),
            missing_right=~self.missing_left[old] & ~is_leaf[old],
            leaf=self.leaf[old],
            depth=len(origin) - 1,
        )


@dataclass(frozen=True)
class _Walk:
    """Nodes by level: the right child stands behind the left one, the roots first, and a leaf leads to itself.

    `leaf` has the position of each leaf's answer among those of the trees; `depth` is the number of steps.
    """

    column: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.intp]
    missing_right: NDArray[np.bool_]
    leaf: NDArray[np.int32]
    depth: int


class _Growing:
    """An array that parts are added to; it takes a third more room at a time, so that no part is held for long."""

    def __init__(self) -> None:
        self._room: NDArray[Any] | None = None
        self._length = 0

    def add(self, part: NDArray[Any]) -> None:
        """Put a part behind the others."""
        end = self._length + len(part)
        if self._room is None:
            self._room = part.copy()
        elif end > len(self._room):
            self._resize(end + end // 3)
        self._room[self._length : end] = part
        self._length = end

    def whole(self) -> NDArray[Any]:
        """Return all parts; nothing can be added any more."""
        self._resize(self._length)
        return self._room if self._room is not None else np.empty(0)

    def _resize(self, length: int) -> None:
        if self._room is not None:
            self._room.resize((length, *self._room.shape[1:]), refcheck=False)  # nobody else has seen it


@dataclass(frozen=True)
class Trees(Engine):
    """The mean of one or more trees, after categories were put in order.

    Parameters
    ----------
    order : CategoryOrder
        Turns category codes into numbers.
    grown : TreeArrays
        The trees over these numbers.
    """

    order: CategoryOrder
    grown: TreeArrays

    @classmethod
    def joined(cls, trees: Iterable[Mapping[str, NDArray[Any]]], order: CategoryOrder) -> "Trees":
        """Put trees together, each as `arrays_of` returns it, all fitted to what `order` makes of the rows."""
        return cls(order, TreeArrays.joined(trees, order.columns))

    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities or numbers of many rows."""
        return self.grown.mean(self.order.table(matrix), threads)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return self.grown.mean_row(self.order.row(numeric, codes))

    def summed(self, matrix: Matrix, threads: int) -> Floats:
        """Return the sum over all trees for many rows, shape (n, k)."""
        return self.grown.summed(self.order.table(matrix), threads)

    def summed_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return the sum over all trees for one row, with the same bits as `summed`; shape (1, k)."""
        return self.grown.summed_row(self.order.row(numeric, codes))

    def release(self) -> None:
        """Let go of what answering has made."""
        self.grown.release()

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        save_arrays(folder / _FILE, self.arrays())

    @classmethod
    def load(cls, folder: Path) -> "Trees":
        """Read what `save` wrote."""
        return cls.of_arrays(load_arrays(folder / _FILE))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads."""
        return {**self.grown.arrays(), **self.order.arrays()}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Trees":
        """Rebuild from `arrays`."""
        order = CategoryOrder.of_arrays(arrays)
        return cls(order, TreeArrays.of_arrays(arrays, order.columns))
