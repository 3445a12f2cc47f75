"""What is to be known about a column of moments: its grain, its usual step, its gaps, its order."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.explore.families import iso_texts
from clew.explore.instants import Instants

_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US
_DAY_US = 86_400 * _SECOND_US
#: Grains from fine to coarse, as far as they have one length.
_GRAINS = (
    ("microsecond", 1),
    ("millisecond", 1_000),
    ("second", _SECOND_US),
    ("minute", _MINUTE_US),
    ("hour", 3_600 * _SECOND_US),
    ("day", _DAY_US),
)
_SHORT_GRAINS = frozenset(name for name, _ in _GRAINS[:-1])
#: Steps that are equal this often make a series regular.
_REGULAR = 0.5
#: How seldom the longest of evenly scattered waits would be called a gap.
_BY_CHANCE = 0.001
#: Different moments from which on irregular ones can have gaps.
_LEAST_MOMENTS = 20
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time without rows.

    Parameters
    ----------
    start, end : str
        Last moment before and first moment after, as ISO 8601.
    length_s : float
        Seconds between them.
    missing : int, optional
        Moments that a regular series should have had in between.
    """

    start: str
    end: str
    length_s: float
    missing: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"from": self.start, "to": self.end, "length_s": self.length_s, "missing": self.missing}


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known about a column of moments.

    Parameters
    ----------
    grain : str
        The coarsest of microsecond … hour, day, weekday, week, month, quarter, year of which all values are whole
        multiples; "weekday" means days, none of them a Saturday or Sunday.
    span_s : float
        Seconds from the earliest to the latest.
    order : {"ascending", "descending", "constant"}, optional
        In which the rows come; None where they do not.
    out_of_order : int
        Rows against the more frequent direction.
    step : str, optional
        The usual step between neighbouring moments, e.g. ``"1 hour"``; None where no step makes half of them.
    step_share : float, optional
        Share of the steps that are so long.
    missing : int, optional
        Moments that are missing between first and last; for a regular series.
    gaps : int
        Stretches without rows: in a regular series more than a step apart; otherwise longer than the longest of as many
        evenly scattered waits would be once in a thousand tables.
    longest : tuple of Gap
        The longest five, the longest first.
    unseen_below_s : float
        Gaps shorter than this may have been missed; 0 unless moments had to be put into buckets.
    """

    grain: str
    span_s: float
    order: str | None
    out_of_order: int
    step: str | None = None
    step_share: float | None = None
    missing: int | None = None
    gaps: int = 0
    longest: tuple[Gap, ...] = ()
    unseen_below_s: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "granularity": self.grain,
            "span_s": self.span_s,
            "order": self.order,
            "out_of_order": self.out_of_order,
            "step": self.step,
            "step_share": self.step_share,
            "missing_moments": self.missing,
            "gaps": self.gaps,
            "longest_gaps": [gap.to_dict() for gap in self.longest],
            "gaps_unseen_below_s": self.unseen_below_s,
        }


def timeline(instants: Instants, dtype: str, distinct: int | None = None) -> Timeline | None:
    """Say what moments tell.

    Parameters
    ----------
    instants : Instants
        Of dates or datetimes.
    dtype : str
        Their storage type, e.g. ``"Datetime(us, UTC)"``; days and longer grains are judged in its time zone.
    distinct : int, optional
        Different moments, where `instants` had to put them into buckets.

    Returns
    -------
    Timeline or None
        None where there is no moment.
    """
    if not instants.rows:
        return None
    grain, ends = _grain_and_ends(instants, dtype)
    waits = ends[0][1:] - ends[1][:-1]
    order, astray = _order(instants)
    known: dict[str, Any] = {}
    usual = _usual_step(ends[0], grain) if instants.exact else None
    if usual:
        units, step, share = usual
        lacking = np.rint(units / step).astype(np.int64) - 1
        at = np.flatnonzero(lacking > 0)
        known = {"step": _spelt(step, grain), "step_share": share, "missing": int(lacking[at].sum())}
    else:
        lacking = None
        at = np.flatnonzero(waits > _longest_by_chance(instants, distinct))
    most = at[np.argsort(-waits[at], kind="stable")][:_LISTED]
    texts = iso_texts(instants.last[most], dtype), iso_texts(instants.first[most + 1], dtype)
    found = tuple(
        Gap(start, end, float(waits[place]) / _SECOND_US, None if lacking is None else int(lacking[place]))
        for place, start, end in zip(most, *texts, strict=True)
    )
    return Timeline(
        grain,
        float(instants.last[-1] - instants.first[0]) / _SECOND_US,
        order,
        astray,
        gaps=len(at),
        longest=found,
        unseen_below_s=_unseen(instants) / _SECOND_US,
        **known,
    )


def _grain_and_ends(instants: Instants, dtype: str) -> tuple[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the grain, and the buckets' first and last moments: as the clock on the wall showed them, for whole days.

    Clocks are put forward and back, so shorter steps are counted in universal time.
    """
    if instants.tick >= _MINUTE_US:
        first, last = _wall(instants.first, dtype), _wall(instants.last, dtype)
        grain = _grain(first if instants.exact else np.concatenate((first, last)))
        if grain not in _SHORT_GRAINS:
            return grain, (first, last)
    else:
        grain = next(name for name, length in _GRAINS if length == instants.tick)
    return grain, (instants.first, instants.last)


def _unseen(instants: Instants) -> int:
    return 0 if instants.exact else 2 << instants.shift


def _wall(moments: NDArray[np.int64], dtype: str) -> NDArray[np.int64]:
    """Return what a clock on the wall showed."""
    if "," not in dtype:
        return moments
    zone = dtype.split(",", maxsplit=1)[1].strip(" )")
    if zone == "UTC":
        return moments
    shown = pl.Series(moments).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return np.asarray(shown.to_physical().to_numpy(), dtype=np.int64)


def _grain(moments: NDArray[np.int64]) -> str:
    """Return the grain of moments that are whole minutes."""
    found = "minute"
    for name, length in _GRAINS[4:]:
        if (moments % length).any():
            return found
        found = name
    days = moments.astype("datetime64[us]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    if len(days) > 1 and (days == months).all():
        past = months.astype(np.int64)
        return "month" if (past % 3).any() else "quarter" if (past % 12).any() else "year"
    weekday = (days.astype(np.int64) + 3) % 7
    if len(days) > 2 and (weekday == weekday[0]).all():
        return "week"
    return "weekday" if len(days) >= 2 * _LEAST_MOMENTS and (weekday < 5).all() else "day"


def _usual_step(moments: NDArray[np.int64], grain: str) -> tuple[NDArray[np.int64], int, float] | None:
    """Return the steps in units of the grain, the most frequent of them, and its share if that is half of them."""
    if len(moments) < 3:
        return None
    units = _in_units(moments, grain)
    values, counts = np.unique(units, return_counts=True)
    best = int(np.argmax(counts))
    share = float(counts[best] / len(units))
    return (units, int(values[best]), share) if share >= _REGULAR and values[best] > 0 else None


def _in_units(moments: NDArray[np.int64], grain: str) -> NDArray[np.int64]:
    """Return the steps between moments in units of the grain."""
    days = moments.astype("datetime64[us]").astype("datetime64[D]")
    if grain in {"month", "quarter", "year"}:
        steps = np.diff(days.astype("datetime64[M]").astype(np.int64))
        return np.asarray(steps, dtype=np.int64) // {"month": 1, "quarter": 3, "year": 12}[grain]
    if grain == "weekday":
        return np.asarray(np.busday_count(days[:-1], days[1:]), dtype=np.int64)
    lengths = {**dict(_GRAINS), "week": 7 * _DAY_US}
    return np.asarray(np.diff(moments) // lengths[grain], dtype=np.int64)


def _longest_by_chance(instants: Instants, distinct: int | None) -> float:
    """Return how long, in microseconds, a wait between evenly scattered moments may be.

    Waits are exponential then; the longest of n exceeds mean * (ln n - ln p) with probability p.
    """
    known = len(instants.first) if instants.exact else max(distinct or 0, len(instants.first))
    waits = known - 1
    if waits < _LEAST_MOMENTS:
        return math.inf
    mean = float(instants.last[-1] - instants.first[0]) / waits
    return max(mean * (math.log(waits) - math.log(_BY_CHANCE)), float(_unseen(instants)))


def _order(instants: Instants) -> tuple[str | None, int]:
    if not instants.later and not instants.earlier:
        return "constant", 0
    if not instants.earlier:
        return "ascending", 0
    if not instants.later:
        return "descending", 0
    return None, min(instants.later, instants.earlier)


def _spelt(step: int, grain: str) -> str:
    """Spell a step as people do: 60 minutes are an hour."""
    for fine, coarse, count in (
        ("microsecond", "millisecond", 1000),
        ("millisecond", "second", 1000),
        ("second", "minute", 60),
        ("minute", "hour", 60),
        ("hour", "day", 24),
        ("day", "week", 7),
        ("month", "year", 12),
    ):
        if grain == fine and step % count == 0:
            step, grain = step // count, coarse
    return f"{step} {grain}{'' if step == 1 else 's'}"
