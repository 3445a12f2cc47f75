"""Taking texts apart into tokens, the same for one text and for a column of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError
from clew.prepare.textual.characters import PUNCTUATION, SPACES
from clew.prepare.textual.formatting import LOWER
from clew.prepare.textual.pattern import Pattern, pattern

TokenizerName = Literal["words", "standard", "custom"]

#: Takes the place of a gap on the way; a text that holds it is split there.
_GAP = "\x00"
_WORDS = f"[^{SPACES}{PUNCTUATION}]+"
_RUNS = f"[^{SPACES}]+"
#: This many bytes of text are taken apart at a time.
_CHUNK = 2**25


@dataclass(frozen=True)
class Tokenizer:
    r"""How a text is taken apart.

    Parameters
    ----------
    name : {"words", "standard", "custom"}, default "words"
        ``words`` are runs without white space and punctuation, ``standard`` tokens are runs without white space; both
        are put into small letters. ``custom`` is what the other options say.
    written : str, default r"\s+"
        A pattern of the dialect of `clew.prepare.textual.pattern`.
    gaps : bool, default True
        Whether the pattern matches what is between tokens; else it matches tokens.
    lowercase : bool, default True
        Whether a text is put into small letters first.
    min_length : int, default 1
        Shorter tokens are left out; in characters.
    """

    name: TokenizerName = "words"
    written: str = r"\s+"
    gaps: bool = True
    lowercase: bool = True
    min_length: int = 1

    def check(self, op: str) -> None:
        """Raise `ConfigError` for options that make no sense."""
        if self.name != "custom" and self != Tokenizer(self.name):
            raise ConfigError(
                f"{op} has options of a tokenizer of its own, and `tokenizer: {self.name}` has none.",
                hint="Add `tokenizer: custom`.",
            )
        if self.min_length < 1:
            raise ConfigError(f"{op} has `min_token_length: {self.min_length}`; 1 or more is needed.")
        if self.name == "custom" and self._pattern.may_be_empty:
            raise ConfigError(
                f"The pattern {self.written!r} may match nothing at all, of which there is no end in a text.",
                hint="Let it match one character at least, e.g. `+` instead of `*`.",
            )

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of a text, in order."""
        text = text.lower() if self.lowercase else text
        if self.name != "custom":
            found: list[str] = self._find(text)
            return found
        parts = self._pattern.replace(text, _GAP).split(_GAP) if self.gaps else self._pattern.find_all(text)
        return [part for part in parts if len(part) >= self.min_length]

    def of_column(self, texts: pl.Series) -> pl.Series:
        """Return the list of tokens of each text; of none where it is missing."""
        texts = LOWER.on_column(texts, pl.String()) if self.lowercase else texts
        if self.name != "custom":
            lists = texts.str.extract_all(_WORDS if self.name == "words" else _RUNS)
        elif self.gaps:
            lists = texts.str.replace_all(self._pattern.rust, _GAP).str.split(_GAP)
        else:
            lists = texts.str.extract_all(self._pattern.rust)
        if self.name == "custom":
            lists = lists.list.filter(pl.element().str.len_chars() >= self.min_length)
        return lists.fill_null([])

    @cached_property
    def _pattern(self) -> Pattern:
        return pattern(self.written)

    @cached_property
    def _find(self) -> Any:
        return re.compile(_WORDS if self.name == "words" else _RUNS).findall


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of some rows.

    Parameters
    ----------
    start : int
        Position of the first row.
    lengths : ndarray of int64, shape (rows,)
        How many tokens each row has.
    codes : ndarray of int32, shape (tokens,)
        Each token, row after row, by its position among `distinct`.
    distinct : list of str
        The tokens that there are.
    """

    start: int
    lengths: NDArray[np.int64]
    codes: NDArray[np.int32]
    distinct: list[str]


def tokens_of(texts: pl.Series, tokenizer: Tokenizer) -> Iterator[Tokens]:
    """Yield the tokens of a column, some rows at a time so that memory stays small."""
    sizes = texts.str.len_bytes().fill_null(0).cum_sum().to_numpy()
    start = 0
    while start < len(texts):
        before = int(sizes[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(sizes, before + _CHUNK, side="right")))
        lists = tokenizer.of_column(texts[start:end])
        flat = lists.explode(empty_as_null=False, keep_nulls=False)
        encoded = flat.to_arrow().dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        yield Tokens(start, lists.list.len().cast(pl.Int64).to_numpy(), codes, encoded.dictionary.to_pylist())
        start = end
