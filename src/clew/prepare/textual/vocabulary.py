"""Which terms of a column of texts count."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError
from clew.prepare.textual.counts import TermCounts, counted
from clew.prepare.textual.tokens import Tokenizer


@dataclass(frozen=True)
class Limits:
    """Which terms are taken into a vocabulary.

    Parameters
    ----------
    min_rows, max_rows : float
        Rows in which a term stands at least and at most: a number from 1, or a share of the rows with a text below 1.
    most : int
        Terms at most, by how often they stand in all rows together.
    """

    min_rows: float
    max_rows: float
    most: int

    def check(self, op: str) -> None:
        """Raise `ConfigError` for limits that no term can meet."""
        for name, limit in (("min_document_frequency", self.min_rows), ("max_document_frequency", self.max_rows)):
            if limit < 0 or (limit >= 1 and limit != int(limit)):
                raise ConfigError(
                    f"{op} has `{name}: {limit}`; a whole number of rows, or a share of them below 1, is needed."
                )
        if self.most < 1:
            raise ConfigError(f"{op} has `max_vocabulary: {self.most}`; 1 or more is needed.")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Terms that count, the most frequent first.

    Parameters
    ----------
    table : polars.DataFrame
        Columns ``term``, ``rows`` (in how many rows it stands) and ``count`` (how often in all of them).
    rows : int
        Rows with a text.
    seen : int
        Terms that there were.
    """

    table: pl.DataFrame
    rows: int
    seen: int

    @property
    def terms(self) -> list[str]:
        """The terms."""
        return self.table["term"].to_list()


def learn_vocabulary(texts: pl.Series, tokenizer: Tokenizer, limits: Limits) -> tuple[Vocabulary, list[TermCounts]]:
    """Learn which terms count.

    Parameters
    ----------
    texts : polars.Series
        Training texts, None where missing.
    tokenizer : Tokenizer
        How they are taken apart.
    limits : Limits
        Which terms are taken.

    Returns
    -------
    tuple
        The vocabulary, and the counts of its terms in the training rows.
    """
    numbers: dict[str, int] = {}

    def number(tokens: list[str]) -> NDArray[np.int32]:
        return np.array([numbers.setdefault(token, len(numbers)) for token in tokens], dtype=np.int32)

    parts = list(counted(texts, tokenizer, number))
    rows = len(texts) - texts.null_count()
    in_rows = _sums(parts, len(numbers), weighted=False)
    in_all = _sums(parts, len(numbers), weighted=True)
    least, most = (limit if limit >= 1 else limit * rows for limit in (limits.min_rows, limits.max_rows))
    columns = {"term": list(numbers), "rows": in_rows, "count": in_all}
    found = pl.DataFrame(columns, schema_overrides={"term": pl.String})
    kept = (
        found.with_row_index("number")
        .filter(pl.col("rows").is_between(least, most))
        .sort(["count", "term"], descending=[True, False])
        .head(limits.most)
    )
    new = np.full(len(numbers), -1, dtype=np.int32)
    new[kept["number"].to_numpy()] = np.arange(len(kept), dtype=np.int32)
    return Vocabulary(kept.drop("number"), rows, len(numbers)), [part.renumbered(new) for part in parts]


def _sums(parts: Iterable[TermCounts], terms: int, *, weighted: bool) -> NDArray[np.int64]:
    sums = np.zeros(terms, dtype=np.int64)
    for part in parts:
        weights = part.counts if weighted else None
        sums += np.bincount(part.terms, weights=weights, minlength=terms).astype(np.int64)
    return sums
