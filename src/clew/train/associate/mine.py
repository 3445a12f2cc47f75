"""Frequent itemsets: Eclat over bit sets (Zaki 2000), one small table for each first item, many candidates at once.

Items are taken from the rarest to the most frequent. For each, only the baskets that hold it are looked at, and in them
only the items that come later: a conditional table, in which an itemset is a row of bits, one bit a basket. Longer
itemsets are the conjunction of two that differ in their last item; their support is the number of bits. Neighbouring
first items share a table where they are rare, so that NumPy has enough to do at a time.

No dense table of baskets by items is ever made: memory follows what the baskets hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clew.core.progress import Progress, silent
from clew.train.associate.baskets import Baskets
from clew.train.associate.tree import NO_PARENT, FoundItemsets, Tree

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]

#: Occurrences, and words of 64 bits, that are worked on at a time: some megabytes, which a processor's cache holds.
_AT_ONCE = 1 << 20
#: Cells of the table that counts pairs of a batch.
_CELLS = 1 << 22


class _Frontier(NamedTuple):
    """Itemsets of one length with their bits; those that differ only in their last item stand together."""

    node: Ints
    item: Ints
    group: Ints
    bits: Bits


def mine(
    baskets: Baskets,
    min_count: int,
    *,
    max_length: int | None = None,
    max_itemsets: int = 2_000_000,
    progress: Progress = silent,
) -> Tree:
    """Find every itemset that enough baskets hold.

    Parameters
    ----------
    baskets : Baskets
        What was bought together.
    min_count : int
        Baskets that must hold an itemset, at least 1.
    max_length : int, optional
        Items of the longest itemset looked for; by default there is no limit.
    max_itemsets : int, default 2 000 000
        How many there may be.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    Tree

    Raises
    ------
    DataError
        If there are more than `max_itemsets`.
    """
    found = FoundItemsets(max_itemsets, f"{min_count:,} of {len(baskets):,} baskets")
    counts = baskets.counts()
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] >= min_count]
    roots = found.add(np.full(len(order), NO_PARENT), np.arange(len(order)), counts[order], 1)
    if max_length != 1 and len(order) > 1:
        table = _Ranked.of(baskets, order)
        for low, high in table.batches():
            progress("looking for itemsets", low / len(order))
            pairs = table.pairs(low, high, min_count, roots, found)
            if max_length != 2:
                _extend(pairs, min_count, max_length, found)
    return found.tree(order)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Baskets of frequent items only, as ranks in ascending order; and where each rank occurs.

    Parameters
    ----------
    rank : ndarray of int32, shape (m,)
        Items of the first basket, of the second …
    left : ndarray of int32, shape (m,)
        Items of the same basket that follow.
    occurs : ndarray of int32, shape (m,)
        Positions in `rank` of the first rank, of the second …
    starts : ndarray of int64, shape (ranks + 1,)
        Where the positions of each rank start in `occurs`.
    """

    rank: NDArray[np.int32]
    left: NDArray[np.int32]
    occurs: NDArray[np.int32]
    starts: Ints

    @classmethod
    def of(cls, baskets: Baskets, order: Ints) -> "_Ranked":
        """Return the baskets with the rarest item first."""
        from scipy.sparse import csr_array

        rank_of = np.full(len(baskets.items), -1, dtype=np.int64)
        rank_of[order] = np.arange(len(order))
        ranks = rank_of[baskets.held.values]
        basket = np.repeat(np.arange(len(baskets)), baskets.held.lengths)
        kept = ranks >= 0
        basket, ranks = basket[kept], ranks[kept]
        keys = basket * len(order) + ranks
        keys.sort()
        ranks = keys - basket * len(order)  # baskets stand where they stood, only their items change places
        ends = np.concatenate([[0], np.cumsum(np.bincount(basket, minlength=len(baskets)))])
        positions = np.arange(len(ranks), dtype=np.int32)
        left = (ends[basket + 1] - 1 - positions).astype(np.int32)
        # Turning rows into columns sorts positions by rank in linear time.
        table = csr_array((positions, ranks.astype(np.int32), ends), shape=(len(baskets), len(order))).tocsc()
        return cls(ranks.astype(np.int32), left, table.data, table.indptr.astype(np.int64))

    def batches(self) -> Iterator[tuple[int, int]]:
        """Yield first items, from one to before the other, that share a table."""
        sizes = np.diff(self.starts)
        work = np.concatenate([[0], np.cumsum(self.left[self.occurs], dtype=np.int64)])[self.starts]
        low, ranks = 0, len(sizes)
        widest = max(1, _CELLS // ranks)
        while low < ranks - 1:
            enough = int(np.searchsorted(work, work[low] + _AT_ONCE, side="right")) - 1
            alike = int(np.searchsorted(sizes, max(64, 2 * sizes[low]), side="right"))
            high = max(low + 1, min(enough, alike, low + widest, ranks))
            yield low, high
            low = high

    def pairs(self, low: int, high: int, min_count: int, roots: Ints, found: FoundItemsets) -> _Frontier:
        """Return the frequent pairs whose first item is one of some neighbouring ranks, with their bits."""
        first, last = self.starts[low], self.starts[high]
        sizes = np.diff(self.starts[low : high + 1])
        owner = np.repeat(np.arange(high - low), sizes)
        bit = np.arange(last - first) - np.repeat(self.starts[low:high] - first, sizes)
        cells = np.zeros((high - low) * len(roots), dtype=np.int64)
        pieces = list(self._pieces(first, last))
        seen = [self._following(first, piece) for piece in pieces[:1]]
        for of, item in chain(seen, (self._following(first, piece) for piece in pieces[1:])):
            cells += np.bincount(owner[of] * len(roots) + item, minlength=len(cells))
        frequent = np.flatnonzero(cells >= min_count)
        group, item = np.divmod(frequent, len(roots))
        node = found.add(roots[low + group], item, cells[frequent], 2)
        number = np.full(len(cells), -1, dtype=np.int64)
        number[frequent] = np.arange(len(frequent))
        width = -(-int(sizes.max()) // 64) * 64
        there = np.zeros(len(frequent) * width, dtype=np.bool_)
        for of, following in chain(seen, (self._following(first, piece) for piece in pieces[1:])):
            pair = number[owner[of] * len(roots) + following]
            kept = pair >= 0
            there[pair[kept] * width + bit[of[kept]]] = True
        bits = np.packbits(there, bitorder="little").view(np.uint64).reshape(len(frequent), width // 64)
        return _Frontier(node, item, group, bits)

    def _pieces(self, first: int, last: int) -> Iterator[slice]:
        """Cut occurrences into pieces that are followed by about as many items as are worked on at a time."""
        ends = np.cumsum(self.left[self.occurs[first:last]], dtype=np.int64)
        at = 0
        while at < len(ends):
            before = ends[at - 1] if at else 0
            end = max(at + 1, int(np.searchsorted(ends, before + 2 * _AT_ONCE, side="right")))
            yield slice(at, end)
            at = end

    def _following(self, first: int, piece: slice) -> tuple[Ints, Ints]:
        """Return every item that follows one of some occurrences in its basket, and which occurrence that is."""
        at = self.occurs[first + piece.start : first + piece.stop]
        left = self.left[at]
        of = np.repeat(np.arange(piece.start, piece.stop), left)
        ends = np.cumsum(left, dtype=np.int64)
        position = np.repeat(at + 1 - (ends - left), left) + np.arange(len(of))
        return of, self.rank[position].astype(np.int64)


def _extend(pairs: _Frontier, min_count: int, max_length: int | None, found: FoundItemsets) -> None:
    """Add every frequent itemset that begins with one of some pairs, depth first, so that memory stays bounded."""
    pending = [_children(pairs, min_count, 3, found)]
    while pending:
        longer = next(pending[-1], None)
        if longer is None:
            pending.pop()
        elif len(longer.node) and (max_length is None or len(pending) + 2 < max_length):
            pending.append(_children(longer, min_count, len(pending) + 3, found))


def _children(frontier: _Frontier, min_count: int, length: int, found: FoundItemsets) -> Iterator[_Frontier]:
    """Yield the frequent itemsets of one item more, some at a time."""
    if not len(frontier.node):
        return
    position = np.arange(len(frontier.node))
    ends = np.flatnonzero(np.append(np.diff(frontier.group) != 0, True)) + 1
    siblings = np.repeat(ends, np.diff(ends, prepend=0)) - position - 1
    before = np.concatenate([[0], np.cumsum(siblings)])
    most = max(1, _AT_ONCE // frontier.bits.shape[1])
    low = 0
    while low < len(position):
        high = max(low + 1, int(np.searchsorted(before, before[low] + most, side="right")) - 1)
        many = siblings[low:high]
        one = np.repeat(position[low:high], many)
        other = one + 1 + np.arange(len(one)) - np.repeat(before[low:high] - before[low], many)
        low = high
        if not len(one):
            continue
        bits = frontier.bits[one]
        bits &= frontier.bits[other]
        count = population(bits)
        kept = np.flatnonzero(count >= min_count)
        if len(kept):
            one, item = one[kept], frontier.item[other[kept]]
            node = found.add(frontier.node[one], item, count[kept], length)
            yield _Frontier(node, item, one, bits[kept])


def population(bits: Bits) -> Ints:
    """Return the number of bits that are set in each row, shape (n,)."""
    if hasattr(np, "bitwise_count"):
        set_bits: Ints = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    else:  # NumPy before 2.0
        set_bits = np.unpackbits(bits.view(np.uint8), axis=1).sum(axis=1, dtype=np.int64)
    return set_bits
