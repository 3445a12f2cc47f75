"""Free text by how it is written, so that it contributes without a vocabulary."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Function, Made, State
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Expression, Language
from clew.prepare.textual.characters import DIGITS, PUNCTUATION, SPACES, capitals, small_letters, specials

Figure = Literal[
    "characters", "words", "digit_share", "upper_share", "punctuation_share", "lower_share", "special_share"
]


@register
@dataclass(frozen=True)
class TextStatistics(ColumnStep):
    """Describe a text by some figures: ``note`` gives ``note_characters``, ``note_words``, ``note_digit_share``, etc.

    Length in characters (Unicode code points) and in words (runs without white space), and the shares of characters
    that are digits (0 to 9), capital letters (of the Latin, Greek, Cyrillic, Armenian and Georgian scripts) and
    punctuation. The shares of an empty text are 0; a missing text gives missing figures.

    Parameters
    ----------
    figures : list of str, default ["characters", "words", "digit_share", "upper_share", "punctuation_share"]
        Which figures. Further ones are ``lower_share``, the small letters of the scripts above, and ``special_share``,
        what is neither letter, digit, mark nor white space in any script, such as ``#`` and ``%``.
    keep : bool, default False
        Whether the source stays.
    """

    keep: bool = False
    figures: tuple[Figure, ...] = ("characters", "words", "digit_share", "upper_share", "punctuation_share")

    op: ClassVar[str] = "text_statistics"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT, Kind.CATEGORICAL})
    advice: ClassVar[str] = "Choose columns with `kind:text`."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of them stored as texts."""
        columns = super().inputs(schema)
        for column in columns:
            if column.dtype != "String":
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which is no text.",
                    hint="Leave it out of `columns`; numbers need no statistics of their spelling.",
                )
        return columns

    def check(self) -> None:
        """Refuse no figures, and the same one twice."""
        if not self.figures or len(set(self.figures)) < len(self.figures):
            raise ConfigError("text_statistics needs one or more `figures`, each of them once.")

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make the figures of each column."""
        for column in columns:
            for figure in self.figures:
                yield Made(_described(column, figure), (column.name,), *_counting(column, figure))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)


def _described(column: Column, name: str) -> Column:
    return derive(column, name=f"{column.name}_{name}", dtype="Float64", kind=Kind.NUMERIC, direction=Direction.LOSES)


_WORD = re.compile(f"[^{SPACES}]+")


def _counting(column: Column, figure: Figure) -> tuple[Expression, Function]:
    """Return how a figure is counted."""
    match figure:
        case "characters":
            return _length_of(column), _characters
        case "words":
            return _words_in(column), _words
        case "digit_share":
            return _share_of(column, DIGITS)
        case "upper_share":
            return _share_of(column, capitals())
        case "punctuation_share":
            return _share_of(column, PUNCTUATION)
        case "lower_share":
            return _share_of(column, small_letters())
        case "special_share":
            return _share_of(column, specials())


def _length_of(column: Column) -> Expression:
    return lambda F: F.col(column.name).str.len_chars().cast(F.Float64)


def _words_in(column: Column) -> Expression:
    """Return the number of words: each is squeezed to one letter, and then the white space goes."""

    def expression(F: Language) -> Any:
        letters = F.col(column.name).str.replace_all(f"[^{SPACES}]+", "x").str.replace_all(f"[{SPACES}]+", "")
        return letters.str.len_chars().cast(F.Float64)

    return expression


def _characters(text: str | None) -> float | None:
    return None if text is None else float(len(text))


def _words(text: str | None) -> float | None:
    return None if text is None else float(len(_WORD.findall(text)))


def _share_of(column: Column, characters: str) -> tuple[Expression, Function]:
    """Return how the share of some characters is counted."""
    find = re.compile(f"[{characters}]").findall

    def expression(F: Language) -> Any:
        text = F.col(column.name)
        length = text.str.len_chars().cast(F.Float64)
        others = text.str.replace_all(f"[{characters}]", "").str.len_chars().cast(F.Float64)
        share = (length - others) / F.when(length > 0.0).then(length).otherwise(F.lit(1.0))
        return F.when(~text.is_null()).then(share)

    def share(text: str | None) -> float | None:
        return None if text is None else float(len(find(text))) / (len(text) or 1.0)

    return expression, share
