"""Columns that are made of the tokens of a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import polars as pl
from numpy.typing import NDArray

from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.lineage import derive
from clew.prepare.step import Block, ColumnStep
from clew.prepare.textual.operation import texts_only

_SHOWN = 20


class Vectors(Protocol):
    """What turns texts into numbers."""

    @property
    def width(self) -> int:
        """How many numbers a text becomes."""

    def of_text(self, text: str) -> tuple[float, ...]:
        """Return the numbers of one text."""

    def of_column(self, texts: pl.Series) -> NDArray[Any]:
        """Return the numbers of many texts, shape (rows, width)."""


@dataclass(frozen=True)
class TokenStep(ColumnStep):
    """A step that takes texts apart; see `clew.prepare.textual.tokens.Tokenizer` for the options."""

    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT, Kind.CATEGORICAL})
    advice: ClassVar[str] = "Choose columns with `kind:text`."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of them stored as texts."""
        return texts_only(self.op, super().inputs(schema))


def block_of(column: Column, names: list[str], vectors: Vectors, dtype: str) -> Block:
    """Return the columns that hold the numbers of a text, missing where the text is.

    Parameters
    ----------
    column : Column
        The text.
    names : list of str
        Of the columns.
    vectors : Vectors
        What makes the numbers.
    dtype : {"Float32", "Float64"}
        Their type.
    """
    made = tuple(derive(column, name=n, dtype=dtype, kind=Kind.NUMERIC, direction=Direction.LOSES) for n in names)
    missing = (None,) * len(names)

    def frame(table: pl.DataFrame) -> pl.DataFrame:
        texts = table[column.name].rename("text")
        distinct = texts.unique(maintain_order=True)
        if 2 * len(distinct) < len(texts):
            # Most texts are there several times: each is taken apart once.
            places = distinct.to_frame().with_row_index("place")
            found = texts.to_frame().join(places, on="text", how="left", nulls_equal=True, maintain_order="left")
            return frame(distinct.to_frame(column.name))[found["place"]]
        numbers = pl.from_numpy(vectors.of_column(texts), schema=names, orient="row")
        there = texts.is_not_null()
        return numbers if there.all() else numbers.select(pl.when(there).then(pl.all()))

    return Block(made, (column.name,), frame, lambda text: missing if text is None else vectors.of_text(text))


def shown_terms(learnt: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was learnt of the terms, the most frequent ones by name."""
    if "terms" not in learnt:
        return dict(learnt)
    terms = learnt["terms"]
    top = terms.select(pl.exclude("^direction_[0-9]+$")).head(_SHOWN).to_dicts()
    return {"rows": learnt["rows"], "terms_seen": learnt["seen"], "terms_kept": len(terms), "most_frequent": top}
