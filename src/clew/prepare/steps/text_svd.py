"""Free text as a few numbers that say most about the words in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import polars as pl

from clew.core.errors import ConfigError
from clew.core.schema import Column
from clew.prepare.registry import register
from clew.prepare.step import Block, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Table
from clew.prepare.textual import latent
from clew.prepare.textual.columns import TokenStep, block_of, shown_terms
from clew.prepare.textual.latent import Latent
from clew.prepare.textual.tokens import Tokenizer, TokenizerName
from clew.prepare.textual.vocabulary import Limits, learn_vocabulary

_MOST_COMPONENTS = 1000
_SHOWN_SIDES = 5


@register
@dataclass(frozen=True)
class TextSvd(TokenStep):
    r"""Turn a text into a few numbers that say most about the words in it: ``note`` gives ``note_svd_1`` and so on.

    Words are weighted by TF-IDF, and the weights of a text are projected on the directions in which the training texts
    differ most (latent semantic analysis; see `clew.prepare.textual.latent` for the formulas). Missing text gives
    missing values, a text without known words gives 0.

    Parameters
    ----------
    n_components : int, default 30
        Columns; those beyond what the training texts can tell are 0.
    tokenizer : {"words", "standard", "custom"}, default "words"
        ``words``: runs without white space and punctuation, in small letters. ``standard``: with punctuation.
        ``custom``: see the next four options.
    min_token_length : int, default 1
        Shorter tokens are left out; in characters.
    gaps : bool, default True
        Whether the pattern matches what is between tokens; else it matches tokens.
    pattern : str, default r"\s+"
        A regular expression of the dialect of `clew.prepare.textual.pattern`.
    lowercase : bool, default True
        Whether a text is put into small letters first.
    min_document_frequency, max_document_frequency : float, default 2 and 0.999
        Training rows in which a word stands at least and at most: a number, or a share of them below 1.
    max_vocabulary : int, default 20 000
        Words at most, by how often they stand in all training rows.
    sublinear_tf : bool, default True
        Whether a word that stands there n times weighs 1 + ln(n) instead of n.
    keep : bool, default False
        Whether the source stays.
    """

    n_components: int = 30
    tokenizer: TokenizerName = "words"
    min_token_length: int = 1
    gaps: bool = True
    pattern: str = r"\s+"
    lowercase: bool = True
    min_document_frequency: float = 2
    max_document_frequency: float = 0.999
    max_vocabulary: int = 20_000
    sublinear_tf: bool = True
    keep: bool = False

    op: ClassVar[str] = "text_svd"

    def check(self) -> None:
        """Refuse options that no text can meet."""
        self._tokens.check(self.op)
        self._limits.check(self.op)
        if not 1 <= self.n_components <= _MOST_COMPONENTS:
            raise ConfigError(f"text_svd has `n_components: {self.n_components}`; 1 to {_MOST_COMPONENTS} is needed.")
        if self.max_vocabulary > latent.MOST_TERMS:
            raise ConfigError(f"text_svd has `max_vocabulary: {self.max_vocabulary}`, above {latent.MOST_TERMS}.")

    @cached_property
    def _tokens(self) -> Tokenizer:
        return Tokenizer(self.tokenizer, self.pattern, self.gaps, self.lowercase, self.min_token_length)

    @property
    def _limits(self) -> Limits:
        return Limits(self.min_document_frequency, self.max_document_frequency, self.max_vocabulary)

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn the words, their weights, and the directions."""
        texts = table.polars(*(column.name for column in columns))
        return {column.name: self._learn(texts[column.name], training.seed) for column in columns}

    def _learn(self, texts: pl.Series, seed: int) -> dict[str, Any]:
        found, parts = learn_vocabulary(texts, self._tokens, self._limits)
        idf = latent.inverse_document_frequency(found.table["rows"].to_numpy(), found.rows)
        directions, shares = latent.learn_directions(parts, idf, self.n_components, seed, sublinear=self.sublinear_tf)
        sides = {f"direction_{i + 1}": directions[:, i].astype(np.float32) for i in range(self.n_components)}
        terms = found.table.with_columns(pl.Series("idf", idf), **{n: pl.Series(n, side) for n, side in sides.items()})
        return {"rows": found.rows, "seen": found.seen, "shares": shares.tolist(), "terms": terms}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the numbers."""
        for column in columns:
            terms = state[column.name]["terms"]
            sides = terms.select(pl.col("^direction_[0-9]+$")).to_numpy()
            found = Latent(self._tokens, terms["term"].to_list(), terms["idf"].to_numpy(), sides, self.sublinear_tf)
            names = [f"{column.name}_svd_{number}" for number in range(1, self.n_components + 1)]
            yield block_of(column, names, found, "Float64")

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return how many words count, and what each direction is about: the words at its two ends."""
        result = {}
        for column in columns:
            learnt = state[column.name]
            result[column.name] = {
                **shown_terms(learnt),
                "share_explained": sum(learnt["shares"]),
                "directions": [
                    {"share": share, **_ends(learnt["terms"], f"direction_{number}")}
                    for number, share in enumerate(learnt["shares"], start=1)
                ],
            }
        return result


def _ends(terms: pl.DataFrame, side: str) -> dict[str, list[str]]:
    ordered = terms.filter(pl.col(side) != 0).sort(side, "term")
    low, high = ordered.filter(pl.col(side) < 0), ordered.filter(pl.col(side) > 0).reverse()
    return {"high": high["term"].head(_SHOWN_SIDES).to_list(), "low": low["term"].head(_SHOWN_SIDES).to_list()}
