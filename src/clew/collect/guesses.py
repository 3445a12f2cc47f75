"""The distinct values of a column of text, and what they were found to be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from clew.collect.missing import is_token, stripped
from clew.core.finding import Finding
from clew.core.schema import Kind

#: Values that are tried first: where one of them does not fit, the others need not be looked at.
SOME = 200


@dataclass(frozen=True)
class Cells:
    """Distinct texts of a column, in no order.

    Parameters
    ----------
    values : Series of String
        Present values, stripped.
    counts : Series of integers
        How often each occurs.
    words : mapping
        The words that stand for a missing value, and how often they occur.
    blank, empty : int
        Texts of nothing but white space, and of nothing at all; both are missing, and no value.
    """

    values: pl.Series
    counts: pl.Series
    words: Mapping[str, int]
    blank: int = 0
    empty: int = 0

    @classmethod
    def of(cls, text: pl.Series, missing: Iterable[str]) -> "Cells":
        """Count the texts of a column, white space around them left out.

        Parameters
        ----------
        text : Series of String
            The column as it was read.
        missing : iterable of str
            Words that stand for a missing value.
        """
        raw = text.alias("text").drop_nulls().value_counts(name="count")
        bare = stripped(raw["text"])
        counted, blank, empty = raw, 0, 0
        if not (bare == raw["text"]).fill_null(value=False).all():
            empty = int(raw.filter(raw["text"] == "")["count"].sum())
            blank = int(raw.filter(bare.is_null())["count"].sum()) - empty
            counted = raw.with_columns(bare).drop_nulls().group_by("text").agg(pl.col("count").sum())
        gone = is_token(counted["text"], missing)
        if not gone.any():
            return cls(counted["text"], counted["count"], {}, blank, empty)
        present = counted.filter(~gone)
        return cls(present["text"], present["count"], dict(counted.filter(gone).iter_rows()), blank, empty)

    def every(self) -> pl.DataFrame:
        """Return all values with the words among them, columns ``text`` and ``count``."""
        present = pl.DataFrame([self.values.alias("text"), self.counts.alias("count")])
        if not self.words:
            return present
        words = pl.DataFrame(
            {"text": list(self.words), "count": list(self.words.values())}, schema_overrides=dict(present.schema)
        )
        return present.vstack(words)


@dataclass(frozen=True)
class Guess:
    """What distinct values were found to be.

    Parameters
    ----------
    dtype : str or None
        Storage type; None where they stay text.
    kind : Kind
        What they mean.
    unit, format : str, optional
        As in `clew.core.schema.Column`.
    notes : tuple of Finding
        Findings, whose column is still to be named.
    """

    dtype: str | None
    kind: Kind
    unit: str | None = None
    format: str | None = None
    notes: tuple[Finding, ...] = ()


def listed(counts: Mapping[str, int]) -> str:
    """Return words and counts as text: ``'?' (12), 'NA' (3)``; at most eight."""
    shown = [f"{word!r} ({count})" for word, count in list(counts.items())[:8]]
    return ", ".join(shown) + (" …" if len(counts) > 8 else "")
