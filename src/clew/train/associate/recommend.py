"""What rules recommend for baskets: items that somebody with these items has too."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.train.associate.baskets import Baskets
from clew.train.associate.ragged import Ragged
from clew.train.associate.rules import Rules

Ints = NDArray[np.int64]

#: Pairs of a basket and a rule that share an item, looked at together.
_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Items for baskets, as positions; those of one basket stand together, the surest first.

    Parameters
    ----------
    basket, item, rule : ndarray of int64, shape (n,)
        For which basket, which item, and by which rule.
    rank : ndarray of int64, shape (n,)
        Place of the item among those for the same basket, from 1.
    """

    basket: Ints
    item: Ints
    rule: Ints
    rank: Ints


def choose(rules: Rules, held: Ragged, most: int) -> Chosen:
    """Choose items for baskets.

    A rule speaks for a basket that holds its whole antecedent; an item is as sure as the surest rule that speaks for
    it. Items that the basket holds are no recommendation.

    Parameters
    ----------
    rules : Rules
        The surest first.
    held : Ragged
        Codes of the items of each basket, ascending.
    most : int
        Items for a basket, at most.
    """
    found = [_chosen(rules, held, low, high, most) for low, high in _parts(rules, held)]
    basket, item, rule, rank = (np.concatenate([np.empty(0, np.int64), *(part[i] for part in found)]) for i in range(4))
    return Chosen(basket, item, rule, rank)


def recommended(rules: Rules, baskets: Baskets, most: int) -> pl.DataFrame:
    """Return items for baskets by name, with the rule that speaks for each; see `choose`.

    Returns
    -------
    polars.DataFrame
        ``basket`` (its name, or position), ``rank`` from 1, ``item``, ``confidence``, ``lift`` and ``because`` (the
        antecedent of the rule).
    """
    chosen = choose(rules, baskets.in_terms_of(rules.items), most)
    names = baskets.names if baskets.names is not None else pl.Series(np.arange(len(baskets)))
    return pl.DataFrame(
        {
            "basket": names.gather(chosen.basket),
            "rank": chosen.rank,
            "item": rules.items.gather(chosen.item),
            "confidence": rules.measures["confidence"].gather(chosen.rule),
            "lift": rules.measures["lift"].gather(chosen.rule),
            "because": rules.antecedent.take(chosen.rule).named(rules.items, "because"),
        }
    )


def _parts(rules: Rules, held: Ragged) -> list[tuple[int, int]]:
    """Cut baskets into parts that share about as many items with rules."""
    speaking = np.bincount(rules.antecedent.values, minlength=len(rules.items))
    shared = np.concatenate([[0], np.cumsum(speaking[held.values])])[held.starts]
    parts, low = [], 0
    while low < len(held):
        high = max(low + 1, int(np.searchsorted(shared, shared[low] + _AT_ONCE, side="right")) - 1)
        parts.append((low, high))
        low = high
    return parts


def _chosen(rules: Rules, held: Ragged, low: int, high: int, most: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Choose items for the baskets from one to before another."""
    from scipy.sparse import csr_array

    part = held.take(np.arange(low, high))
    shape = (high - low, len(rules.items))
    ones = np.ones(len(part.values), dtype=np.int32)
    has = csr_array((ones, part.values, part.starts), shape=shape)
    wants = rules.antecedent
    asked = csr_array(
        (np.ones(len(wants.values), dtype=np.int32), wants.values, wants.starts), shape=(len(rules), shape[1])
    )
    shared = (has @ asked.T.tocsr()).tocoo()
    whole = shared.data == wants.lengths[shared.col]
    basket, rule = shared.row[whole].astype(np.int64), shared.col[whole].astype(np.int64)
    # Rules of several items on the right recommend each of them.
    offered = rules.consequent.take(rule)
    basket, rule, item = basket[offered.owners], rule[offered.owners], offered.values
    cell = basket * shape[1] + item
    new = ~np.isin(cell, part.owners * shape[1] + part.values)
    basket, rule, item, cell = basket[new], rule[new], item[new], cell[new]
    order = np.lexsort((rule, cell))
    first = order[np.append(True, np.diff(cell[order]) > 0)] if len(order) else order
    first = first[np.lexsort((rule[first], basket[first]))]
    basket, rule, item = basket[first], rule[first], item[first]
    rank = np.arange(len(basket)) - np.searchsorted(basket, basket) + 1
    kept = rank <= most
    return basket[kept] + low, item[kept], rule[kept], rank[kept]
