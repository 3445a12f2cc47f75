"""Itemsets and rules counted one by one: slow, and plain enough to be believed."""

from collections.abc import Sequence
from itertools import combinations


def itemsets(baskets: Sequence[frozenset[str]], least: int) -> dict[frozenset[str], int]:
    """Return every non-empty itemset that at least so many baskets hold."""
    items = sorted(frozenset().union(*baskets))
    found = {}
    for size in range(1, len(items) + 1):
        for chosen in combinations(items, size):
            count = sum(basket.issuperset(chosen) for basket in baskets)
            if count >= least:
                found[frozenset(chosen)] = count
    return found
