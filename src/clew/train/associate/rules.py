"""Rules out of itemsets: whoever has these items has that one too, and how much more often than by chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import DataError
from clew.train.associate.itemsets import Lattice
from clew.train.associate.ragged import Ragged
from clew.train.associate.significance import Correction, adjust, fisher
from clew.train.associate.spec import AssociationSpec

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: A share that equals its limit but for the last bits keeps it.
_NEARLY = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules, the surest first.

    Parameters
    ----------
    items : polars.Series
        All items; a code is a position in it.
    antecedent, consequent : Ragged
        Codes of the items of each side, ascending.
    measures : polars.DataFrame
        A row a rule: ``count`` and the measures of `frame`.
    tests : int
        Pairs of itemsets that could have become a rule; what p-values are adjusted for.
    """

    items: pl.Series
    antecedent: Ragged
    consequent: Ragged
    measures: pl.DataFrame
    tests: int

    def __len__(self) -> int:
        return len(self.measures)

    @property
    def frame(self) -> pl.DataFrame:
        """Rules with their items by name.

        Returns
        -------
        polars.DataFrame
            ``antecedent`` and ``consequent`` (lists of items), then, with A and C for the shares of baskets that hold
            the one, the other, and B for those that hold both:

            - ``support`` B, ``confidence`` B / A, ``lift`` B / (A C), ``leverage`` B - A C;
            - ``conviction`` (1 - C) / (1 - B / A), infinite for a rule without exception;
            - ``zhang`` leverage / max(B (1 - A), A (C - B)), from -1 to 1;
            - ``jaccard`` B / (A + C - B);
            - ``p_value`` of Fisher's exact test, and ``p_adjusted`` for the number of tests;
            - ``improvement`` of the confidence by the item of the antecedent that is needed least;
            - ``count`` of baskets with both.
        """
        return self.head(len(self))

    def head(self, most: int) -> pl.DataFrame:
        """Return the first rules as `frame` does."""
        first = np.arange(min(most, len(self)))
        sides = {"antecedent": self.antecedent, "consequent": self.consequent}
        named = [side.take(first).named(self.items, name) for name, side in sides.items()]
        return pl.DataFrame([*named, *self.measures.head(len(first)).get_columns()])


#: Names of the measures, in the order in which they stand in a table.
MEASURES = (
    "support", "confidence", "lift", "leverage", "conviction", "zhang", "jaccard", "p_value", "p_adjusted",
    "improvement", "count",
)  # fmt: skip


def rules_of(lattice: Lattice, items: pl.Series, baskets: int, spec: AssociationSpec) -> Rules:
    """Return every rule that is frequent and sure enough.

    Parameters
    ----------
    lattice : Lattice
        Frequent itemsets.
    items : polars.Series
        All items; ``lattice.tree.order`` holds positions in it.
    baskets : int
        All baskets.
    spec : AssociationSpec
        What is wanted.

    Raises
    ------
    DataError
        If there are more than ``spec.max_rules``.
    """
    tree, found = lattice.tree, list(_candidates(lattice, baskets, spec))
    both, one, other = (np.concatenate([np.empty(0, np.int64), *(part[i] for part in found)]) for i in range(3))
    counts = tree.count[both], tree.count[one], tree.count[other]
    tests = tests_of(lattice, spec.max_consequent, spec.max_length)
    p_value = fisher(*counts, baskets)
    measures = measure(*counts, baskets).with_columns(
        p_value=p_value,
        p_adjusted=adjust(p_value, tests, Correction(spec.correction)),
        improvement=np.concatenate([np.empty(0), *(part[3] for part in found)]),
        count=counts[0],
    )
    kept = np.arange(len(both)) if spec.max_p is None else np.flatnonzero(measures["p_adjusted"] <= spec.max_p)
    # Ties end in the order of the itemsets, which depends on the items alone.
    keys = (other[kept], one[kept], -counts[0][kept], -measures["lift"].to_numpy()[kept])
    kept = kept[np.lexsort((*keys, -measures["confidence"].to_numpy()[kept]))]
    codes = lattice.codes()
    return Rules(items, codes.take(one[kept]), codes.take(other[kept]), measures[kept].select(MEASURES), tests)


def _candidates(lattice: Lattice, baskets: int, spec: AssociationSpec) -> Iterator[tuple[Ints, Ints, Ints, Floats]]:
    """Yield rules as positions of three itemsets (both sides, antecedent, consequent), and what each item improves."""
    tree, number = lattice.tree, 0
    for length in range(2, tree.longest + 1):
        here = tree.level(length)
        both = np.arange(here.start, here.stop)
        for size in range(1, min(spec.max_consequent, length - 1) + 1):
            for places in combinations(range(length), size):
                one = lattice.drop(both, length, places)
                kept = tree.count[both] >= spec.min_confidence * tree.count[one] * _NEARLY
                others = tuple(place for place in range(length) if place not in places)
                whole, one, other = both[kept], one[kept], lattice.drop(both[kept], length, others)
                gain = _improvement(lattice, whole, length, places, baskets)
                strong = np.ones(len(whole), dtype=np.bool_)
                if spec.min_lift is not None:
                    lift = tree.count[whole] / tree.count[one] * (baskets / tree.count[other])
                    strong &= lift >= spec.min_lift * _NEARLY
                if spec.min_improvement is not None:
                    strong &= gain >= spec.min_improvement * _NEARLY
                number += int(strong.sum())
                if number > spec.max_rules:
                    raise DataError(
                        f"More than {spec.max_rules:,} rules have a confidence of {spec.min_confidence:g} or more.",
                        hint="Raise min_confidence, min_support or min_improvement, or in Python `max_rules`.",
                    )
                yield whole[strong], one[strong], other[strong], gain[strong]


def _improvement(lattice: Lattice, both: Ints, length: int, places: tuple[int, ...], baskets: int) -> Floats:
    """Return how much confidence a rule loses without the item of its antecedent that it needs least.

    Parameters
    ----------
    lattice : Lattice
        Frequent itemsets.
    both : ndarray of int64, shape (n,)
        Itemsets of both sides.
    length : int
        Their number of items.
    places : tuple of int
        Where the consequent stands in them.
    baskets : int
        All baskets.
    """
    count = lattice.tree.count
    shorter = np.zeros(len(both))
    for place in range(length):
        if place in places:
            continue
        held = count[lattice.drop(both, length, (place,))]
        last = len(places) == length - 1
        among = baskets if last else count[lattice.drop(both, length, (*places, place))]
        shorter = np.maximum(shorter, held / among)
    return count[both] / count[lattice.drop(both, length, places)] - shorter


def tests_of(lattice: Lattice, max_consequent: int, max_length: int | None) -> int:
    """Return how many pairs of frequent itemsets could have become a rule.

    For consequents of one item this is exact: every itemset with every frequent item that it does not hold. For larger
    ones pairs that share an item are counted too, which makes p-values larger and never smaller. With `max_length` only
    pairs count whose items together are no more.
    """
    numbers: list[int] = np.diff(lattice.tree.starts).tolist()
    tests = 0
    for length, number in enumerate(numbers, start=1):
        most = max_consequent if max_length is None else min(max_consequent, max_length - length)
        if most > 0:
            tests += number * (numbers[0] - length + sum(numbers[1:most]))
    return tests


def measure(both: Ints, one: Ints, other: Ints, baskets: int) -> pl.DataFrame:
    """Return the measures of rules from their counts; see `Rules.frame`.

    Parameters
    ----------
    both, one, other : ndarray of int64, shape (n,)
        Baskets that hold both sides, the antecedent, the consequent; at least 1.
    baskets : int
        All baskets.
    """
    b, a, c = (counts / baskets for counts in (both, one, other))
    confidence = both / one
    leverage = b - a * c
    with np.errstate(divide="ignore", invalid="ignore"):
        conviction = np.where(both == one, np.inf, (1 - c) / (1 - confidence))
        zhang = leverage / np.maximum(b * (1 - a), a * (c - b))
    return pl.DataFrame(
        {
            "support": b,
            "confidence": confidence,
            "lift": confidence / c,
            "leverage": leverage,
            "conviction": conviction,
            # A side that every basket holds says nothing about the other.
            "zhang": np.where((one == baskets) | (other == baskets), 0.0, zhang),
            "jaccard": both / (one + other - both),
        }
    )
