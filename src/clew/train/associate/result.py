"""What an analysis of baskets found."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import polars as pl

from clew.core.finding import Finding
from clew.core.jsonable import plain
from clew.store.files import place_of_page, write_atomic
from clew.train.associate.baskets import read_baskets
from clew.train.associate.recommend import Recommender
from clew.train.associate.report import render, summary
from clew.train.associate.rules import Rules
from clew.train.associate.spec import AssociationSpec
from clew.train.associate.stored import pack, unpack


@dataclass(frozen=True, repr=False)
class Associations:
    """Itemsets and rules.

    Parameters
    ----------
    spec : AssociationSpec
        What was looked for.
    rules : Rules
        The rules, the surest first.
    itemsets : polars.DataFrame
        ``itemset``, ``length``, ``count``, ``support``; those of the kind that was asked for, the most frequent first.
    baskets : int
        Baskets that were looked at.
    lengths : polars.DataFrame
        ``length`` of a basket and the number of ``baskets`` of that length.
    findings : tuple of Finding, optional
        What deserves attention; None where the file that was loaded did not keep it.
    seconds : float
        How long it took.
    """

    spec: AssociationSpec
    rules: Rules
    itemsets: pl.DataFrame
    baskets: int
    lengths: pl.DataFrame
    findings: tuple[Finding, ...] | None = ()
    seconds: float = field(default=0.0, compare=False)

    @cached_property
    def recommender(self) -> Recommender:
        """The rules, prepared for recommending."""
        return Recommender.of(self.rules)

    def recommend(
        self, data: Any, *, transaction: str | None = None, item: str | None = None, most: int = 5
    ) -> pl.DataFrame:
        """Return items for baskets, with the rule that speaks for each.

        Parameters
        ----------
        data, transaction, item
            Baskets, in any of the forms of `clew.train.associate.baskets.read_baskets`. Items that no rule knows are
            of no account.
        most : int, default 5
            Items for a basket, at most.

        Returns
        -------
        polars.DataFrame
            ``basket``, ``rank`` from 1, ``item``, ``confidence``, ``lift``, ``because``. A basket for which no rule
            speaks has no row.
        """
        return self.recommender.recommend(read_baskets(data, transaction=transaction, item=item), most)

    def save(self, path: str | Path) -> Path:
        """Write a page (``.html``) for people, or all that `load` needs (any other ending).

        Parameters
        ----------
        path : path-like
            The file; it appears whole or not at all.

        Raises
        ------
        DataError
            If the place cannot be written to.
        """
        place = Path(path)
        if place.suffix.lower() in {".html", ".htm"}:
            write_atomic(place_of_page(place, "analysis of baskets"), render(self))
        else:
            parts = (self.spec, self.rules, self.itemsets, self.baskets, self.lengths, self.findings)
            write_atomic(place, pack(parts))
        return place

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote; nothing in the file is executed.

        Raises
        ------
        ArtifactError
            If the file is damaged or something else.
        """
        return cls(*unpack(Path(path)))

    def to_dict(self, most: int = 100) -> dict[str, Any]:
        """Return the figures and the first rules, JSON-ready.

        Parameters
        ----------
        most : int, default 100
            Rules under ``strongest``, at most.
        """
        return {
            "baskets": self.baskets,
            "items": len(self.rules.items),
            "itemsets": len(self.itemsets),
            "kind": self.spec.itemsets,
            "rules": len(self.rules),
            "tests": self.rules.tests,
            "correction": self.spec.correction,
            "significant": int((self.rules.measures["p_adjusted"] <= 0.05).sum()),
            "strongest": plain(self.rules.head(most).to_dicts()),
            "findings": None if self.findings is None else [finding.to_dict() for finding in self.findings],
            "spec": self.spec.to_dict(),
            "seconds": self.seconds,
        }

    def __repr__(self) -> str:
        return (
            f"Associations({self.baskets:,} baskets, {len(self.itemsets):,} {self.spec.itemsets} itemsets, "
            f"{len(self.rules):,} rules)"
        )

    def _repr_html_(self) -> str:
        return summary(self)
