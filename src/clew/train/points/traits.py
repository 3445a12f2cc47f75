"""What sets some rows apart from the others, column by column, in raw values and in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.excerpt import cut
from clew.core.jsonable import plain
from clew.core.readable import number, percent
from clew.core.schema import Column, Kind, Role, Schema
from clew.train.points.terms import Floats

#: Smaller effects are no traits.
_LEAST = 0.15
#: From these effects on a difference is called medium, or large (for Cliff's delta: Romano and others 2006).
_MEDIUM, _LARGE = 0.33, 0.474
#: Labels of a category, or words of a text, that are looked at.
_LABELS, _WORDS = 200, 500
#: Numbers with no more different values are told like labels.
_TWO = 2
#: Shorter words tell little.
_WORD = re.compile(r"\w{3,}")
_ROWS_READ = 5_000


@dataclass(frozen=True, slots=True)
class Trait:
    """What sets some rows apart in one column.

    Parameters
    ----------
    column : str
        Raw column.
    effect : float
        From 0 to 1, or down to -1 where the values are lower or the label is rarer. For numbers and moments Cliff's
        delta: how much more probable it is that a value of these rows is the larger one of a pair. For a label, a word
        and gaps: the difference of their shares.
    value : object
        The label or word, None for gaps; for numbers and moments the median, or the mean where the medians are equal.
    others : object
        That of the other rows; for a label, a word and gaps None.
    share, others_share : float, optional
        Of a label, a word and gaps: share of these rows and of the others that have it.
    text : str
        In words.
    """

    column: str
    effect: float
    value: Any
    others: Any
    share: float | None
    others_share: float | None
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        result: dict[str, Any] = plain({name: getattr(self, name) for name in self.__slots__})
        return result


class Described:
    """Rows whose parts are described; what all parts need is computed once.

    Parameters
    ----------
    frame : polars.DataFrame
        Raw rows.
    schema : Schema
        Their columns; identifiers are not looked at.
    """

    def __init__(self, frame: pl.DataFrame, schema: Schema) -> None:
        self._frame = frame
        self._columns = [c for c in schema if c.role is not Role.ID and c.name in frame.columns]
        self._ordered = {c.name for c in self._columns if _is_ordered(frame[c.name], c)}
        self._axes: dict[str, _Axis] = {}
        self._read = np.arange(0, len(frame), max(1, len(frame) // _ROWS_READ))
        self._words: dict[str, list[set[str]]] = {}

    def traits(self, own: NDArray[np.bool_], most: int) -> tuple[Trait, ...]:
        """Say what sets some rows apart, the strongest first.

        Parameters
        ----------
        own : ndarray of bool, shape (rows,)
            The rows that are compared with all others; some of either.
        most : int
            Traits at most.
        """
        found = [trait for column in self._columns for trait in self._of(column, own) if abs(trait.effect) >= _LEAST]
        return tuple(sorted(found, key=lambda trait: -abs(trait.effect))[:most])

    def _of(self, column: Column, own: NDArray[np.bool_]) -> Iterator[Trait]:
        values = self._frame[column.name]
        missing = values.is_null().to_numpy()
        yield from _gaps(column, missing, own)
        here, there = own & ~missing, ~own & ~missing
        if not here.any() or not there.any():
            return
        if column.kind is Kind.TEXT:
            yield from _word(self._words_of(column), column, own[self._read])
        elif column.name in self._ordered:
            yield _number(self._axis(column), column, own, missing)
        elif column.kind is Kind.DATETIME and values.dtype in (pl.Date, pl.Datetime):
            yield _moment(self._axis(column), column, own, missing, days=values.dtype == pl.Date)
        elif column.kind in {Kind.CATEGORICAL, Kind.BOOLEAN, Kind.ORDINAL, Kind.NUMERIC}:
            yield from _label(values, column, own)

    def _words_of(self, column: Column) -> list[set[str]]:
        """Return the words of the texts that are read, each once."""
        if column.name not in self._words:
            texts = self._frame[column.name].gather(self._read).to_list()
            self._words[column.name] = [set(_WORD.findall(text.lower())) if text else set() for text in texts]
        return self._words[column.name]

    def _axis(self, column: Column) -> "_Axis":
        if column.name not in self._axes:
            self._axes[column.name] = _Axis.of(self._frame[column.name])
        return self._axes[column.name]


def _is_ordered(values: pl.Series, column: Column) -> bool:
    """Return whether these are numbers with more than two values; two are told like labels."""
    if not values.dtype.is_numeric() or column.kind not in {Kind.NUMERIC, Kind.ORDINAL}:
        return False
    return values.drop_nulls().n_unique() > _TWO


@dataclass(frozen=True, slots=True)
class _Axis:
    """Numbers, or moments in seconds, with their ranks; NaN where there is none.

    Parameters
    ----------
    values, ranks : ndarray, shape (rows,)
        Equal values share the mean of their ranks.
    """

    values: Floats
    ranks: Floats

    @classmethod
    def of(cls, column: pl.Series) -> "_Axis":
        if column.dtype.is_temporal():
            column = column.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64) / 1e6
        values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        ranks = pl.Series(values).fill_nan(None).rank("average").cast(pl.Float64)
        return cls(values, ranks.fill_null(float("nan")).to_numpy())

    def delta(self, own: NDArray[np.bool_], missing: NDArray[np.bool_]) -> float:
        """Return Cliff's delta: the share of pairs in which the first is larger, minus that in which it is smaller.

        A pair with a gap is neither, so that few values among many gaps do not make a trait.
        """
        here = own & ~missing
        some, others = int(here.sum()), int((~own & ~missing).sum())
        larger = float(self.ranks[here].sum()) - some * (some + 1) / 2
        return (2 * larger - some * others) / (int(own.sum()) * int((~own).sum()))


def _gaps(column: Column, missing: NDArray[np.bool_], own: NDArray[np.bool_]) -> Iterator[Trait]:
    share, others = float(missing[own].mean()), float(missing[~own].mean()) if not own.all() else 0.0
    if share != others:
        said = {0.0: "never missing", 1.0: "always missing"}.get(share, f"missing in {percent(share)}")
        text = f"`{column.name}` is {said} ({percent(others)} elsewhere)"
        yield Trait(column.name, share - others, None, None, share, others, text)


def _number(axis: _Axis, column: Column, own: NDArray[np.bool_], missing: NDArray[np.bool_]) -> Trait:
    here, there = axis.values[own & ~missing], axis.values[~own & ~missing]
    what, effect = "median", axis.delta(own, missing)
    middle, others = float(np.median(here)), float(np.median(there))
    if middle == others:  # as of a truth value that is mostly 0
        what, middle, others = "mean", float(here.mean()), float(there.mean())
    one, other = _with_unit(middle, column), _with_unit(others, column)
    told = f"{what} {one} ({other} elsewhere)"
    if not (middle - others) * effect > 0 or one == other:
        told = _pairs(here, there, "larger" if effect >= 0 else "smaller", above=effect >= 0)
    text = f"`{column.name}` is {_words(effect, 'higher', 'lower')}: {told}"
    return Trait(column.name, effect, middle, others, None, None, text)


def _moment(axis: _Axis, column: Column, own: NDArray[np.bool_], missing: NDArray[np.bool_], *, days: bool) -> Trait:
    here, there = axis.values[own & ~missing], axis.values[~own & ~missing]
    effect = axis.delta(own, missing)
    middle, other = float(np.median(here)), float(np.median(there))
    median, others = (_moment_text(moment, days=days) for moment in (middle, other))
    told = f"median {median} ({others} elsewhere)"
    if not (middle - other) * effect > 0 or median == others:
        told = _pairs(here, there, "later" if effect >= 0 else "earlier", above=effect >= 0)
    text = f"`{column.name}` is {_words(effect, 'later', 'earlier')}: {told}"
    return Trait(column.name, effect, median, others, None, None, text)


def _pairs(here: Floats, there: Floats, word: str, *, above: bool) -> str:
    """Say in how many pairs of two rows the first is above the second, or below, where middles do not show it."""
    ordered = np.sort(there)
    count = np.searchsorted(ordered, here, "left") if above else len(ordered) - np.searchsorted(ordered, here, "right")
    return f"{word} in {percent(float(count.mean()) / len(ordered))} of the pairs with other rows"


def _moment_text(seconds: float, *, days: bool) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):{'%Y-%m-%d' if days else '%Y-%m-%d %H:%M'}}"


def _label(values: pl.Series, column: Column, own: NDArray[np.bool_]) -> Iterator[Trait]:
    """Return the label that is more frequent here, and the one that is less frequent where that says more."""
    texts = values.cast(pl.String).alias("label")
    here, there = (texts.filter(pl.Series(rows)).drop_nulls().value_counts(name="count") for rows in (own, ~own))
    counted = here.join(there, on="label", how="full", coalesce=True, suffix="_there").fill_null(0)
    counted = counted.sort(pl.col("count") + pl.col("count_there"), "label", descending=[True, False]).head(_LABELS)
    some, others = int(own.sum()), int((~own).sum())
    shares = [(mine / some, theirs / others, label) for label, mine, theirs in counted.iter_rows()]
    if column.kind is Kind.BOOLEAN:
        shares = [item for item in shares if item[2] == "true"] or shares
    most = max(shares, key=lambda item: item[0] - item[1])
    least = min(shares, key=lambda item: item[0] - item[1])
    # Of two labels the one is as much rarer as the other is more frequent, but for the last bits.
    further = least[1] - least[0] > most[0] - most[1] + 1e-9
    for share, elsewhere, label in (most, least) if further and least != most else (most,):
        text = f"`{column.name}` is {cut(label)} in {percent(share)} ({percent(elsewhere)} elsewhere)"
        yield Trait(column.name, share - elsewhere, label, None, share, elsewhere, text)


def _word(words: list[set[str]], column: Column, own: NDArray[np.bool_]) -> Iterator[Trait]:
    """Return the word whose share of texts differs most."""
    some, others = int(own.sum()), int((~own).sum())
    if not some or not others:
        return
    counts: dict[str, list[int]] = {}
    for known, mine in zip(words, own.tolist(), strict=True):
        for word in known:
            counts.setdefault(word, [0, 0])[0 if mine else 1] += 1
    frequent = sorted(counts.items(), key=lambda item: (-sum(item[1]), item[0]))[:_WORDS]
    shares = [(count[0] / some, count[1] / others, word) for word, count in frequent]
    if shares:
        share, elsewhere, word = max(shares, key=lambda item: item[0] - item[1])
        text = f"`{column.name}` has the word {cut(word)!r} in {percent(share)} ({percent(elsewhere)} elsewhere)"
        yield Trait(column.name, share - elsewhere, word, None, share, elsewhere, text)


def _words(effect: float, more: str, less: str) -> str:
    size = abs(effect)
    much = "much " if size >= _LARGE else "" if size >= _MEDIUM else "somewhat "
    return f"{much}{more if effect >= 0 else less}"


def _with_unit(value: float, column: Column) -> str:
    return f"{number(value)} {column.unit}" if column.unit else number(value)
