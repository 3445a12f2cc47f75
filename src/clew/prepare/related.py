"""What related rows of a key say at a moment: many keys and moments at a time, or one."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from clew.prepare.history import Clock, Distinct, last_known
from clew.prepare.ranges import Floats, Ints, Ranges, Running, Stretches

#: Names of what is stored of a related row besides its values.
GROUP, MOMENT = "_clew_group", "_clew_moment"
_DAY = 86_400_000_000.0
#: Functions of all rows, of numbers, and of values of any type.
OF_ROWS = ("count", "days_since_last")
OF_NUMBERS = ("sum", "mean", "min", "max", "std")
OF_VALUES = ("last", "n_unique")


@dataclass(frozen=True, eq=False)
class Asked:
    """Keys and moments, and the stretch of related rows that counts for each.

    Parameters
    ----------
    groups : ndarray of int64, shape (asked,)
        Number of the key.
    moments : ndarray of int64, shape (asked,)
        Microseconds since 1970.
    low, high : ndarray of int64, shape (asked,)
        The related rows from `low` up to but without `high`.
    """

    groups: Ints
    moments: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True, eq=False)
class Values:
    """One column of the related rows, and what is asked of it.

    Parameters
    ----------
    clock : Clock
        The rows' moments.
    values : Series
        In the order of the clock.
    functions : tuple of str
        Of `OF_NUMBERS` and `OF_VALUES`, in the order of the answers.
    window : int, optional
        Microseconds that a row counts for.
    """

    clock: Clock
    values: pl.Series
    functions: tuple[str, ...]
    window: int | None

    def many(self, asked: Asked) -> list[pl.Series]:
        """Return the answers, one series per function; NaN stands for none in those of numbers."""
        found: dict[str, pl.Series] = {}
        low, high = asked.low, asked.high
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            if {"sum", "mean"} & set(self.functions):
                count, total = self._sums.over(low, high)
                found |= {"sum": pl.Series(total), "mean": pl.Series(total / count)}
            if "min" in self.functions:
                found["min"] = pl.Series(_finite(self._smallest.over(low, high)[0]))
            if "max" in self.functions:
                found["max"] = pl.Series(_finite(self._largest.over(low, high)[0]))
            if "std" in self.functions:
                count, _, squares = self._spreads.over(low, high)
                found["std"] = pl.Series(np.where(count > 1, np.sqrt(squares / (count - 1)), math.nan))
        if "last" in self.functions:
            place = self._last[np.maximum(high - 1, 0)] if len(self._last) else np.full(len(high), -1)
            place = np.where((high > low) & (place >= low), place, -1)
            found["last"] = self.values.gather(pl.Series(place).replace(-1, None))
        if "n_unique" in self.functions:
            found["n_unique"] = pl.Series(self._distinct.at(asked.groups, asked.moments)).cast(pl.Float64)
        return [found[name] for name in self.functions]

    def one(self, group: int, moment: int, low: int, high: int) -> list[Any]:
        """Return the answers for one key and moment, None for none."""
        return [answer(group, moment, low, high) for answer in self._answers]

    @cached_property
    def _answers(self) -> Sequence[Callable[[int, int, int, int], Any]]:
        known: Mapping[str, Callable[[int, int, int, int], Any]] = {
            "sum": lambda _g, _t, low, high: _known(self._sums.over_one(low, high)[1]),
            "mean": lambda _g, _t, low, high: _mean(*self._sums.over_one(low, high)),
            "min": lambda _g, _t, low, high: _finite_one(self._smallest.over_one(low, high)[0]),
            "max": lambda _g, _t, low, high: _finite_one(self._largest.over_one(low, high)[0]),
            "std": lambda _g, _t, low, high: _deviation(*self._spreads.over_one(low, high)),
            "last": lambda _g, _t, low, high: self._last_one(low, high),
            "n_unique": lambda group, moment, _l, _h: float(self._distinct.at_one(group, moment)),
        }
        return [known[name] for name in self.functions]

    def _last_one(self, low: int, high: int) -> Any:
        place = self._last.item(high - 1) if high > low else -1
        return self.values[place] if place >= low else None

    @cached_property
    def _numbers(self) -> Floats:
        numbers = self.values.cast(pl.Float64).fill_null(math.nan).to_numpy()
        return np.where(np.isfinite(numbers), numbers, math.nan)

    def _stretches(self, ranges: Ranges) -> Stretches:
        """Return what gives the figures of stretches; those that begin with the key are computed once for all."""
        if self.window is not None:
            return ranges
        ends = np.arange(1, len(self.values) + 1)
        starts = np.repeat(self.clock.starts[:-1], np.diff(self.clock.starts))
        return Running(ranges.over(starts, ends), ranges.empty)

    @cached_property
    def _sums(self) -> Stretches:
        return self._stretches(Ranges.sums(self._numbers))

    @cached_property
    def _smallest(self) -> Stretches:
        return self._stretches(Ranges.smallest(self._numbers))

    @cached_property
    def _largest(self) -> Stretches:
        return self._stretches(Ranges.largest(self._numbers))

    @cached_property
    def _spreads(self) -> Stretches:
        return self._stretches(Ranges.spreads(self._numbers))

    @cached_property
    def _last(self) -> Ints:
        return last_known(self.values.is_not_null().to_numpy())

    @cached_property
    def _distinct(self) -> Distinct:
        return Distinct.of(self.clock, self.values, self.window)


@dataclass(frozen=True, eq=False)
class Related:
    """The related rows of all keys.

    Parameters
    ----------
    clock : Clock
        Their moments, per key.
    of_rows : tuple of str
        Which of `OF_ROWS` are asked.
    values : tuple of Values
        What is asked of their columns.
    window : int, optional
        Microseconds that a row counts for; None if for ever.
    """

    clock: Clock
    of_rows: tuple[str, ...]
    values: tuple[Values, ...]
    window: int | None

    @classmethod
    def of(
        cls,
        rows: pl.DataFrame,
        keys: int,
        functions: Mapping[str, tuple[str, ...]],
        of_rows: tuple[str, ...],
        *,
        window: int | None,
        inclusive: bool,
    ) -> "Related":
        """Take rows in the order of their `GROUP` and `MOMENT`.

        Parameters
        ----------
        rows : polars.DataFrame
            `GROUP`, `MOMENT`, and columns of values.
        keys : int
            Number of keys.
        functions : mapping of str to tuple of str
            What is asked of which column.
        of_rows : tuple of str
            What is asked of rows as such.
        window : int, optional
            Microseconds that a row counts for.
        inclusive : bool
            Whether a row of the very moment counts.
        """
        clock, _ = Clock.of(rows[GROUP].to_numpy(), rows[MOMENT].to_numpy(), keys, inclusive=inclusive)
        values = tuple(Values(clock, rows[name], asked, window) for name, asked in functions.items())
        return cls(clock, of_rows, values, window)

    def many(self, groups: Ints, moments: Ints) -> list[pl.Series]:
        """Return the answers for many keys and moments, in order: those of rows, then column by column."""
        high = self.clock.past(groups, moments)
        low = self.clock.starts[groups] if self.window is None else self.clock.past(groups, moments - self.window)
        asked = Asked(groups, moments, low, high)
        found = {"count": pl.Series((high - low).astype(np.float64))}
        if "days_since_last" in self.of_rows:
            latest = self.clock.moments[np.maximum(high - 1, 0)] if len(self.clock.moments) else moments
            days = (moments - latest) / _DAY
            found["days_since_last"] = pl.Series(np.where(high > low, days, math.nan))
        return [*(found[name] for name in self.of_rows), *(one for values in self.values for one in values.many(asked))]

    def one(self, group: int, moment: int) -> list[Any]:
        """Return the answers for one key and moment."""
        high = self.clock.past_one(group, moment)
        low = self.clock.starts.item(group)
        low = low if self.window is None else self.clock.past_one(group, moment - self.window)
        answers: list[Any] = []
        for name in self.of_rows:
            if name == "count":
                answers.append(float(high - low))
            else:
                answers.append((moment - self.clock.moments.item(high - 1)) / _DAY if high > low else None)
        for values in self.values:
            answers += values.one(group, moment, low, high)
        return answers

    def nothing(self) -> list[Any]:
        """Return the answers for a key without related rows: nothing was counted, and the sum of nothing is 0."""
        zero = {"count": 0.0, "sum": 0.0, "n_unique": 0.0}
        asked = (*self.of_rows, *(name for values in self.values for name in values.functions))
        return [zero.get(name) for name in asked]


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, math.nan)


def _finite_one(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _known(value: float) -> float | None:
    return value if value == value else None


def _mean(count: float, total: float) -> float | None:
    return _known(total / count) if count else None


def _deviation(count: float, _mean: float, squares: float) -> float | None:
    return _known(math.sqrt(squares / (count - 1))) if count > 1 else None
