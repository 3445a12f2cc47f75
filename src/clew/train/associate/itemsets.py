"""Itemsets and how they lie in each other: subsets, and which are closed or maximal."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.train.associate.ragged import Ragged
from clew.train.associate.tree import Tree

Ints = NDArray[np.int64]


class Kind(StrEnum):
    """Which frequent itemsets are listed."""

    #: All of them.
    FREQUENT = "frequent"
    #: Those without a larger one of the same support: all supports follow from them.
    CLOSED = "closed"
    #: Those without a larger frequent one.
    MAXIMAL = "maximal"


@dataclass(frozen=True, slots=True)
class Lattice:
    """Frequent itemsets, each with its subsets of one item less.

    Parameters
    ----------
    tree : Tree
        The itemsets.
    members : tuple of ndarray of int64, shape (n, length)
        Ranks of the items of all itemsets of 1, 2, … items.
    without : tuple of ndarray of int64, shape (n, length)
        Of the same itemsets: position in the tree of the one without the item at that place; for single items -1.
    """

    tree: Tree
    members: tuple[Ints, ...]
    without: tuple[Ints, ...]

    @classmethod
    def of(cls, tree: Tree) -> "Lattice":
        """Find the subsets of every itemset.

        Without its last item an itemset is its parent; without another one it is a child of what its parent is without
        that one, which is found by bisection.
        """
        members: list[Ints] = []
        without: list[Ints] = []
        for length in range(1, tree.longest + 1):
            here = tree.level(length)
            members.append(tree.members(length))
            parent, item = tree.parent[here], tree.item[here]
            subsets = np.empty((len(parent), length), dtype=np.int64)
            subsets[:, -1] = parent
            if length > 1:
                below = tree.level(length - 1)
                keys = tree.parent[below] * len(tree.order) + tree.item[below]
                for place in range(length - 1):
                    wanted = without[-1][parent - below.start, place] * len(tree.order) + item
                    subsets[:, place] = below.start + np.searchsorted(keys, wanted)
            without.append(subsets)
        return cls(tree, tuple(members), tuple(without))

    def drop(self, at: Ints, length: int, places: tuple[int, ...]) -> Ints:
        """Return the itemsets that are left without the items at some places.

        Parameters
        ----------
        at : ndarray of int64, shape (n,)
            Positions in the tree of itemsets of one length.
        length : int
            Their number of items.
        places : tuple of int
            Places to drop; fewer than there are.
        """
        for fewer, place in enumerate(sorted(places, reverse=True)):
            size = length - fewer
            at = self.without[size - 1][at - self.tree.starts[size - 1], place]
        return at

    def kind(self, kind: Kind) -> NDArray[np.bool_]:
        """Return which itemsets are of a kind, shape (n,)."""
        listed = np.ones(len(self.tree), dtype=np.bool_)
        for length in range(2, self.tree.longest + 1):
            here = self.tree.level(length)
            inner = self.without[length - 1].ravel()
            if kind is Kind.MAXIMAL:
                listed[inner] = False
            elif kind is Kind.CLOSED:
                same = self.tree.count[inner] == np.repeat(self.tree.count[here], length)
                listed[inner[same]] = False
        return listed

    def codes(self) -> Ragged:
        """Return the codes of the items of every itemset, ascending."""
        return Ragged.joined([Ragged.of_matrix(self.tree.order[ranks]) for ranks in self.members])

    def frame(self, items: pl.Series, baskets: int, kind: Kind = Kind.FREQUENT) -> pl.DataFrame:
        """Return itemsets of a kind, the most frequent first.

        Returns
        -------
        polars.DataFrame
            ``itemset`` (list of items), ``length``, ``count`` (baskets) and ``support`` (their share).
        """
        codes, count = self.codes(), self.tree.count
        chosen = np.flatnonzero(self.kind(kind))
        chosen = chosen[np.argsort(-count[chosen], kind="stable")]
        return pl.DataFrame(
            {
                "itemset": codes.take(chosen).named(items, "itemset"),
                "length": codes.lengths[chosen],
                "count": count[chosen],
                "support": count[chosen] / max(baskets, 1),
            }
        )
