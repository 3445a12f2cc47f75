"""Free text as one column per term."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError
from clew.core.schema import Column
from clew.prepare.onevector import OutputStyle, in_one_vector
from clew.prepare.registry import register
from clew.prepare.step import Block, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Table
from clew.prepare.textual.columns import TokenStep, block_of, shown_terms
from clew.prepare.textual.terms import TermColumns
from clew.prepare.textual.tokens import Tokenizer, TokenizerName
from clew.prepare.textual.vocabulary import Limits, learn_vocabulary

#: A table with more columns than this helps nobody.
_MOST_COLUMNS = 10_000


@register
@dataclass(frozen=True)
class VectorizeText(TokenStep):
    r"""Turn a text into one column per term: how often it stands there, or its weight, as in ``note=word``.

    Missing text gives missing values. The terms of ``count`` are those of the training rows, the most frequent first;
    ``hashing`` needs no training: each token goes to one of `n_features` columns by its hash (the CRC-32 of its UTF-8
    bytes, mixed by the finalizer of MurmurHash3), several to one now and then.

    Parameters
    ----------
    tokenizer : {"standard", "words", "custom"}, default "standard"
        ``standard``: runs without white space, in small letters. ``words``: without punctuation too. ``custom``: see
        the next four options.
    min_token_length : int, default 1
        Shorter tokens are left out; in characters.
    gaps : bool, default True
        Whether the pattern matches what is between tokens; else it matches tokens.
    pattern : str, default r"\s+"
        A regular expression of the dialect of `clew.prepare.textual.pattern`.
    lowercase : bool, default True
        Whether a text is put into small letters first.
    vectorizer : {"count", "hashing"}, default "count"
        One column per term of the training rows, or a fixed number of columns to which a hash spreads all tokens.
    min_term_frequency : float, default 1
        In each row, a term that stands there less often counts as 0: a number, or a share of the row's tokens below 1.
    min_document_frequency, max_document_frequency : float, default 1 and 0.999
        Training rows in which a term stands at least and at most: a number, or a share of them below 1.
    max_vocabulary : int, default 1000
        Terms at most, by how often they stand in all training rows. (SageMaker: 262 144, in one sparse column.)
    binary : bool, default False
        Whether only it is told if a term is there, as 1.
    n_features : int, default 256
        Columns of ``hashing``.
    idf : bool, default False
        Whether counts are multiplied by ln((n + 1) / (rows + 1)), as Spark does: n training rows with a text, `rows` of
        them with the term.
    idf_min_document_frequency : int, default 5
        A term that fewer training rows have gets the weight 0.
    keep : bool, default False
        Whether the source stays.
    output_style : {"columns", "vector"}, default "columns"
        One column each, or all in one column of lists, ``note_terms``.
    """

    tokenizer: TokenizerName = "standard"
    min_token_length: int = 1
    gaps: bool = True
    pattern: str = r"\s+"
    lowercase: bool = True
    vectorizer: Literal["count", "hashing"] = "count"
    min_term_frequency: float = 1
    min_document_frequency: float = 1
    max_document_frequency: float = 0.999
    max_vocabulary: int = 1000
    binary: bool = False
    n_features: int = 256
    idf: bool = False
    idf_min_document_frequency: int = 5
    keep: bool = False
    output_style: OutputStyle = "columns"

    op: ClassVar[str] = "vectorize_text"

    def check(self) -> None:
        """Refuse options that no text can meet, or too many columns."""
        self._tokens.check(self.op)
        self._limits.check(self.op)
        if self.min_term_frequency < 0:
            raise ConfigError(
                f"vectorize_text has `min_term_frequency: {self.min_term_frequency}`; 0 or more is needed."
            )
        if self.idf_min_document_frequency < 0:
            raise ConfigError("vectorize_text has a negative `idf_min_document_frequency`; 0 or more is needed.")
        for name in ("max_vocabulary", "n_features"):
            if not 1 <= getattr(self, name) <= _MOST_COLUMNS:
                raise ConfigError(
                    f"vectorize_text has `{name}: {getattr(self, name)}`, each a column; at most {_MOST_COLUMNS}.",
                    hint="Use text_svd, which makes a few columns of any number of terms.",
                )

    @cached_property
    def _tokens(self) -> Tokenizer:
        return Tokenizer(self.tokenizer, self.pattern, self.gaps, self.lowercase, self.min_token_length)

    @property
    def _limits(self) -> Limits:
        return Limits(self.min_document_frequency, self.max_document_frequency, self.max_vocabulary)

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the terms, and in how many rows each of them stands."""
        texts = table.polars(*(column.name for column in columns))
        return {column.name: self._learn(texts[column.name]) for column in columns}

    def _learn(self, texts: pl.Series) -> dict[str, Any]:
        if self.vectorizer == "hashing":
            rows = len(texts) - texts.null_count()
            there = self._hashed(None).rows_with_term(texts) if self.idf else np.zeros(self.n_features, dtype=np.int64)
            return {"rows": rows, "weights": self._weights(there, rows).tolist() if self.idf else None}
        found, _ = learn_vocabulary(texts, self._tokens, self._limits)
        weights = self._weights(found.table["rows"].to_numpy(), found.rows)
        terms = found.table.with_columns(pl.Series("weight", weights, dtype=pl.Float64)) if self.idf else found.table
        return {"rows": found.rows, "seen": found.seen, "terms": terms}

    def _weights(self, there: NDArray[np.int64], rows: int) -> NDArray[np.float64]:
        weights = np.log((rows + 1) / (there + 1))
        return np.where(there >= self.idf_min_document_frequency, weights, 0.0)

    def _hashed(self, weights: Sequence[float] | None) -> TermColumns:
        return TermColumns.hashed(self._tokens, self.n_features, self.min_term_frequency, weights, binary=self.binary)

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make a column per term."""
        for column in columns:
            learnt = state[column.name]
            if self.vectorizer == "hashing":
                names = [f"{column.name}_hash_{number}" for number in range(self.n_features)]
                vectors = self._hashed(learnt["weights"])
            else:
                terms = learnt["terms"]["term"].to_list()
                names = [f"{column.name}={term}" for term in terms]
                weights = learnt["terms"]["weight"].to_list() if self.idf else None
                least = self.min_term_frequency
                vectors = TermColumns.of_terms(self._tokens, terms, least, weights, binary=self.binary)
            if names:
                block = block_of(column, names, vectors, "Float32")
                vector = self.output_style == "vector"
                yield in_one_vector(f"{column.name}_terms", [column], [block]) if vector else block

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return the number of rows, and the most frequent terms."""
        return {column.name: shown_terms(state[column.name]) for column in columns}
