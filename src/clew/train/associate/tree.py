"""Frequent itemsets as a prefix tree, and how one grows."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import DataError

Ints = NDArray[np.int64]

#: What stands for the parent of a single item.
NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Tree:
    """Frequent itemsets as a prefix tree, the shortest first, in the order of their items; each adds one to its parent.

    Parameters
    ----------
    parent : ndarray of int64, shape (n,)
        Position of the itemset without its last item; -1 for a single item.
    item : ndarray of int64, shape (n,)
        Last item, as its rank in `order`: ranks grow from parent to child.
    count : ndarray of int64, shape (n,)
        Baskets that hold the whole itemset.
    starts : ndarray of int64, shape (longest + 1,)
        Where the itemsets of 1, 2, … items start, and where the last ones end.
    order : ndarray of int64, shape (frequent items,)
        Codes of the frequent items, from the rarest to the most frequent.
    """

    parent: Ints
    item: Ints
    count: Ints
    starts: Ints
    order: Ints

    def __len__(self) -> int:
        return len(self.item)

    @property
    def longest(self) -> int:
        """Number of items of the longest itemset."""
        return len(self.starts) - 1

    def level(self, length: int) -> slice:
        """Return where the itemsets of some length stand."""
        return slice(int(self.starts[length - 1]), int(self.starts[length]))

    def up_to(self, length: int) -> "Tree":
        """Return the tree of the itemsets of at most this many items."""
        starts = self.starts[: length + 1]
        end = int(starts[-1])
        return Tree(self.parent[:end], self.item[:end], self.count[:end], starts, self.order)

    def members(self, length: int) -> Ints:
        """Return the ranks of the items of all itemsets of some length, shape (n, length)."""
        at = np.arange(self.starts[length - 1], self.starts[length])
        ranks = np.empty((len(at), length), dtype=np.int64)
        for place in reversed(range(length)):
            ranks[:, place] = self.item[at]
            at = self.parent[at]
        return ranks


class FoundItemsets:
    """The itemsets found so far, in pieces.

    Parameters
    ----------
    most : int
        How many there may be.
    what : str
        How often each of them is there, in words.
    """

    def __init__(self, most: int, what: str) -> None:
        self._pieces: list[tuple[Ints, Ints, Ints, int]] = []
        self._most = most
        self._what = what
        self.number = 0

    def add(self, parent: Ints, item: Ints, count: Ints, length: int) -> Ints:
        """Keep itemsets and return their numbers.

        Raises
        ------
        DataError
            If there are more than may be.
        """
        numbers = np.arange(self.number, self.number + len(item))
        self.number += len(item)
        if self.number > self._most:
            raise DataError(
                f"More than {self._most:,} itemsets are in at least {self._what}.",
                hint="Raise min_support, or limit max_length; in Python `max_itemsets` moves the bound.",
            )
        self._pieces.append((parent, item, count, length))
        return numbers

    def tree(self, order: Ints) -> Tree:
        """Return all of them, the shortest first."""
        lengths = np.concatenate([np.full(len(item), length) for _, item, _, length in self._pieces])
        parent, item, count = (np.concatenate(part) for part in list(zip(*self._pieces, strict=True))[:3])
        starts = np.cumsum(np.bincount(lengths, minlength=1)).astype(np.int64)
        shortest_first = np.argsort(lengths, kind="stable")
        # Each length in the order of its items, so that children are found by bisection, whatever order they came in.
        place = np.full(len(lengths) + 1, NO_PARENT, dtype=np.int64)
        for start, end in pairwise(starts):
            here = shortest_first[start:end]
            here = here[np.lexsort((item[here], place[parent[here]]))]
            shortest_first[start:end] = here
            place[here] = np.arange(start, end)
        return Tree(place[parent[shortest_first]], item[shortest_first], count[shortest_first], starts, order)
