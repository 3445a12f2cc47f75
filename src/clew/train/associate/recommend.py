"""What rules recommend for baskets: items that somebody with these items has too."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.train.associate.baskets import Baskets
from clew.train.associate.ragged import Ragged
from clew.train.associate.rules import Rules
from clew.train.points.rules import whole_number

Ints = NDArray[np.int64]

#: Pairs of a basket and a rule, and cells of baskets by items, looked at together.
_PAIRS, _CELLS = 2_000_000, 16_000_000


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


@dataclass(frozen=True, slots=True)
class Recommender:
    """Rules, found by one item each: the one of the antecedent that the fewest rules name.

    Parameters
    ----------
    rules : Rules
        The surest first.
    by_item : Ragged
        Rules found by each item, ascending.
    """

    rules: Rules
    by_item: Ragged

    @classmethod
    def of(cls, rules: Rules) -> Self:
        """Prepare rules for recommending."""
        sides = rules.antecedent
        named = np.bincount(sides.values, minlength=len(rules.items))
        # The least named item of each antecedent: its number in front, so that the minimum finds it.
        keys = named[sides.values] * len(rules.items) + sides.values
        item = np.minimum.reduceat(keys, sides.starts[:-1]) % len(rules.items) if len(rules) else keys
        order = np.argsort(item, kind="stable")
        return cls(rules, Ragged.of_owners(item[order], order, len(rules.items)))

    def choose(self, held: Ragged, most: int) -> Chosen:
        """Choose items for baskets.

        A rule speaks for a basket that holds its whole antecedent; an item is as sure as the surest rule that speaks
        for it. Items that the basket holds are no recommendation.

        Parameters
        ----------
        held : Ragged
            Codes of the items of each basket, ascending.
        most : int
            Items for a basket, at most.
        """
        found = [self._chosen(held, low, high, most) for low, high in self._parts(held)]
        basket, item, rule, rank = (
            np.concatenate([np.empty(0, np.int64), *(part[place] for part in found)]) for place in range(4)
        )
        return Chosen(basket, item, rule, rank)

    def recommend(self, baskets: Baskets, most: int) -> pl.DataFrame:
        """Return items for baskets by name, with the rule that speaks for each; see `choose`.

        Returns
        -------
        polars.DataFrame
            ``basket`` (its name, or position), ``rank`` from 1, ``item``, ``confidence``, ``lift`` and ``because`` (the
            antecedent of the rule).

        Raises
        ------
        UsageError
            If `most` is no whole number from 1 on.
        """
        whole_number("most", most, 1)
        rules = self.rules
        chosen = self.choose(baskets.in_terms_of(rules.items), most)
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

    def _parts(self, held: Ragged) -> Iterator[tuple[int, int]]:
        """Cut baskets into parts for which about as many rules are looked at."""
        looked_at = np.concatenate([[0], np.cumsum(self.by_item.lengths[held.values])])[held.starts]
        widest = max(1, _CELLS // max(1, len(self.rules.items)))
        low = 0
        while low < len(held):
            enough = int(np.searchsorted(looked_at, looked_at[low] + _PAIRS, side="right")) - 1
            high = max(low + 1, min(enough, low + widest))
            yield low, high
            low = high

    def _chosen(self, held: Ragged, low: int, high: int, most: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Choose items for the baskets from one to before another."""
        part = held.take(np.arange(low, high))
        there = np.zeros((high - low, len(self.rules.items)), dtype=np.bool_)
        there[part.owners, part.values] = True
        named = self.by_item.take(part.values)
        basket, rule = self._speaking(there, part.owners[named.owners], named.values)
        # Rules of several items on the right recommend each of them.
        offered = self.rules.consequent.take(rule)
        basket, rule, item = basket[offered.owners], rule[offered.owners], offered.values
        new = ~there[basket, item]
        basket, rule, item = basket[new], rule[new], item[new]
        # Numbers that order as (basket, item, rule), then as (basket, rule, item): one is sorted faster than three.
        items, rules = there.shape[1], len(self.rules)
        cell, rule = np.divmod(np.sort((basket * items + item) * rules + rule), max(rules, 1))
        surest = np.diff(cell, prepend=-1) > 0
        basket, item = np.divmod(cell[surest], max(items, 1))
        ordered, item = np.divmod(np.sort((basket * rules + rule[surest]) * items + item), max(items, 1))
        basket, rule = np.divmod(ordered, max(rules, 1))
        rank = np.arange(len(basket)) - np.searchsorted(basket, basket) + 1
        kept = rank <= most
        return basket[kept] + low, item[kept], rule[kept], rank[kept]

    def _speaking(self, there: NDArray[np.bool_], basket: Ints, rule: Ints) -> tuple[Ints, Ints]:
        """Return the pairs of a basket and a rule of which the basket holds the whole antecedent."""
        sides = self.rules.antecedent
        for place in range(int(sides.lengths.max(initial=0))):
            at = np.minimum(sides.starts[rule] + place, sides.starts[rule + 1] - 1)
            whole = there[basket, sides.values[at]]
            basket, rule = basket[whole], rule[whole]
        return basket, rule
