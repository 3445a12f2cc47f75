"""From baskets to itemsets and rules."""

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.progress import Progress, silent
from clew.core.readable import percent
from clew.train.associate.baskets import Baskets, read_baskets
from clew.train.associate.itemsets import Kind, Lattice
from clew.train.associate.mine import mine
from clew.train.associate.result import Associations
from clew.train.associate.rules import Rules, rules_of
from clew.train.associate.spec import AssociationSpec
from clew.train.codes import finding

#: What an adjusted p-value is compared with in a finding.
_LEVEL = 0.05
#: Fewer baskets than this hold a rule: chance plays a large part, whatever the confidence.
_FEW = 5


def associate(
    data: Any,
    spec: AssociationSpec | None = None,
    *,
    transaction: str | None = None,
    item: str | None = None,
    progress: Progress = silent,
) -> Associations:
    """Find what goes together.

    Parameters
    ----------
    data : path, frame, Dataset, array, sparse matrix, or sequence of baskets
        Long, as lists, or wide; see `clew.train.associate.baskets.read_baskets`.
    spec : AssociationSpec, optional
        What is wanted.
    transaction, item : str, optional
        Columns of a long table.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    Associations
        Itemsets and rules; shows itself in a notebook.

    Raises
    ------
    DataError
        If the rows are no baskets, there are fewer than two, or there is more to find than the spec allows.
    UsageError
        If a column does not exist or a value of the spec makes no sense.
    """
    started = time.monotonic()
    spec = spec or AssociationSpec()
    spec.check()
    progress("reading baskets")
    baskets = read_baskets(data, transaction=transaction, item=item)
    if len(baskets) < 2:
        there = "no basket" if not len(baskets) else "only one basket"
        raise DataError(f"There is {there}; what goes together shows from two on.", hint="Give more baskets.")
    # A share such as 0.1 of 30 must not become 4 for want of a last bit.
    min_count = max(1, math.ceil(spec.min_support * len(baskets) * (1 - 1e-12)))
    kind, longest = Kind(spec.itemsets), spec.max_length
    # Whether one of the longest is closed or maximal shows by those that are one item longer.
    looked_at = longest if longest is None or kind is Kind.FREQUENT else longest + 1
    tree = mine(baskets, min_count, max_length=looked_at, max_itemsets=spec.max_itemsets, progress=progress)
    progress("making rules")
    lattice = Lattice.of(tree)
    itemsets = lattice.frame(baskets.items, len(baskets), kind)
    if longest is not None and looked_at != longest:
        itemsets = itemsets.filter(pl.col("length") <= longest)
        tree = tree.up_to(longest)
        lattice = Lattice.of(tree)
    rules = rules_of(lattice, baskets.items, len(baskets), spec)
    return Associations(
        spec,
        rules,
        itemsets,
        len(baskets),
        _lengths(baskets),
        (*baskets.findings, *_findings(baskets, rules, len(itemsets), tree.longest, min_count, spec)),
        time.monotonic() - started,
    )


def _why_no_rule(rules: Rules, longest: int, min_count: int, spec: AssociationSpec) -> str:
    if spec.max_length == 1:
        return "A rule takes two items or more, and max_length is 1. Raise it."
    if longest < 2:
        return f"No two items stand together in {min_count:,} baskets or more. Lower min_support."
    limits = ("min_lift", "min_improvement", "max_p")
    stated = ["min_confidence", *(name for name in limits if getattr(spec, name) is not None)]
    limit, it = stated[0], "it"
    if len(stated) > 1:
        limit, it = f"{', '.join(stated[:-1])} and {stated[-1]} together", "them"
    return (
        f"None of {rules.tests:,} pairs of itemsets makes a rule that keeps {limit}. Relax {it}, or lower min_support."
    )


def _lengths(baskets: Baskets) -> pl.DataFrame:
    number = np.bincount(baskets.held.lengths)
    there = np.flatnonzero(number)
    return pl.DataFrame({"length": there, "baskets": number[there]})


def _findings(
    baskets: Baskets, rules: Rules, listed: int, longest: int, min_count: int, spec: AssociationSpec
) -> Iterator[Finding]:
    empty = int((baskets.held.lengths == 0).sum())
    if empty:
        share = percent(empty / len(baskets))
        yield finding("ME164", f"{empty:,} of {len(baskets):,} baskets ({share}) hold no item.", baskets=empty)
    if not longest:
        counts = baskets.counts()
        most = int(counts.max()) if len(counts) else 0
        detail = f"{min_count:,} baskets are needed, and the most frequent item is in {most:,}. Lower min_support."
        yield finding("ME165", detail, needed=min_count, most=most)
    elif not listed:
        detail = f"Every {spec.itemsets} itemset is longer than max_length, {spec.max_length}. Raise it."
        yield finding("ME165", detail, max_length=spec.max_length)
    if longest and not len(rules):
        yield finding("ME165", _why_no_rule(rules, longest, min_count, spec))
    if min_count < _FEW and len(rules):
        few = int((rules.measures["count"] < _FEW).sum())
        if few:
            detail = f"{few:,} rules rest on fewer than {_FEW} baskets. Raise min_support, or look at p-values."
            yield finding("ME166", detail, rules=few)
    chance = int((rules.measures["p_adjusted"] > _LEVEL).sum())
    if chance:
        how = f"not adjusted for {rules.tests:,}" if spec.unadjusted else f"adjusted for {rules.tests:,}"
        yield finding(
            "ME167",
            f"{chance:,} of {len(rules):,} rules may be chance: their p-values, {how} pairs of itemsets, are above "
            f"{_LEVEL:g}. A limit max_p leaves them out.",
            rules=chance,
            tests=rules.tests,
        )
