"""Rows of a related table, ordered by key and moment, and what was known of a key at a moment."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl

from clew.prepare.ranges import Ints

_EPOCH, _EPOCH_UTC = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)  # noqa: DTZ001 - moments may have no zone
_MICROSECOND = timedelta(microseconds=1)
#: Later than any moment, and earlier than any, whatever is added to them.
_NEVER = 2**62


def microseconds(values: pl.Series) -> pl.Series:
    """Return moments or days as microseconds since 1970 in UTC; one without a zone counts as UTC."""
    return values.cast(pl.Datetime("us", getattr(values.dtype, "time_zone", None))).to_physical()


def microseconds_of(value: date) -> int:
    """Return one moment or day as microseconds since 1970 in UTC."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone
    return (value - (_EPOCH if value.tzinfo is None else _EPOCH_UTC)) // _MICROSECOND


@dataclass(frozen=True, eq=False)
class Clock:
    """Moments of several groups, ascending in each.

    Parameters
    ----------
    starts : ndarray of int64, shape (groups + 1,)
        Where each group begins, and where the last one ends.
    moments : ndarray of int64, shape (rows,)
        Microseconds since 1970.
    inclusive : bool
        Whether a moment counts as past when it is reached, or only afterwards.
    """

    starts: Ints
    moments: Ints
    inclusive: bool

    @classmethod
    def of(cls, groups: Ints, moments: Ints, count: int, *, inclusive: bool) -> tuple[Self, Ints]:
        """Put moments in order, and return the order too; equal moments stay as they stand."""
        order = np.lexsort((moments, groups))
        starts = np.searchsorted(groups[order], np.arange(count + 1))
        return cls(starts, moments[order], inclusive), order

    def past(self, groups: Ints, moments: Ints) -> Ints:
        """Return where the past ends in each group: the position behind the last moment that has gone by.

        Parameters
        ----------
        groups, moments : ndarray of int64, shape (asked,)
            The group, and the moment of asking.
        """
        side: Any = "right" if self.inclusive else "left"
        different, ranks = self._ranked
        gone_by = np.searchsorted(different, moments, side=side)
        return np.searchsorted(ranks, groups * (len(different) + 1) + gone_by, side="left")

    def past_one(self, group: int, moment: int) -> int:
        """Return where the past ends in one group."""
        find = bisect_right if self.inclusive else bisect_left
        return find(self._listed, moment, int(self.starts[group]), int(self.starts[group + 1]))

    @cached_property
    def _ranked(self) -> tuple[Ints, Ints]:
        """The different moments, and each row's group and moment in one number that orders rows as they stand."""
        different, rank = np.unique(self.moments, return_inverse=True)
        groups = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return different, groups * (len(different) + 1) + rank

    @cached_property
    def _listed(self) -> list[int]:
        listed: list[int] = self.moments.tolist()
        return listed


@dataclass(frozen=True, eq=False)
class Distinct:
    """How many different values a group had lately.

    A value counts from the moment at which it occurs up to its next occurrence, or until it falls out of the window;
    so the number of different values at a moment is that of the beginnings in the past less that of the ends.

    Parameters
    ----------
    begun, ended : Clock
        Beginnings and ends, per group.
    """

    begun: Clock
    ended: Clock

    @classmethod
    def of(cls, clock: Clock, values: pl.Series, window: int | None) -> Self:
        """Follow the values of rows in the order of a clock; missing ones do not count."""
        groups = np.repeat(np.arange(len(clock.starts) - 1), np.diff(clock.starts))
        rows = pl.DataFrame({"group": groups, "at": clock.moments, "value": values}).filter(
            pl.col("value").is_not_null()
        )
        again = rows.select(pl.col("at").shift(-1).over("group", "value").fill_null(_NEVER)).to_series().to_numpy()
        at, group = rows["at"].to_numpy(), rows["group"].to_numpy()
        end = again if window is None else np.minimum(again, at + window)
        count = len(clock.starts) - 1
        begun, _ = Clock.of(group, at, count, inclusive=clock.inclusive)
        return cls(begun, Clock.of(group, end, count, inclusive=clock.inclusive)[0])

    def at(self, groups: Ints, moments: Ints) -> Ints:
        """Return the numbers for many groups and moments."""
        found: Ints = self.begun.past(groups, moments) - self.ended.past(groups, moments)
        return found

    def at_one(self, group: int, moment: int) -> int:
        """Return the number for one group and moment."""
        return self.begun.past_one(group, moment) - self.ended.past_one(group, moment)


def last_known(known: Sequence[bool] | Any) -> Ints:
    """Return for each row the position of the last row up to it whose value is known, -1 where there is none."""
    positions = np.where(np.asarray(known, dtype=bool), np.arange(len(known)), -1)
    found: Ints = np.maximum.accumulate(positions) if len(positions) else positions
    return found
