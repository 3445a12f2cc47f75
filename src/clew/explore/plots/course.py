"""Anything along time: what it is in every hour, day, month or year, and how far it spreads there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from clew.define.uncertainty import wilson
from clew.explore.plots.axes import Codes, Placed

#: Stretches of time on the axis at most.
MAX_STRETCHES = 120
#: Lines drawn at most.
MAX_LINES = 6
#: Lengths of a stretch, the first that gives at most `MAX_STRETCHES` is taken: name, Polars' spelling, seconds.
_GRAINS = (
    ("second", "1s", 1),
    ("minute", "1m", 60),
    ("5 minutes", "5m", 300),
    ("15 minutes", "15m", 900),
    ("hour", "1h", 3_600),
    ("3 hours", "3h", 10_800),
    ("6 hours", "6h", 21_600),
    ("12 hours", "12h", 43_200),
    ("day", "1d", 86_400),
    ("week", "1w", 604_800),
    ("month", "1mo", 2_629_746),
    ("quarter", "1q", 7_889_238),
    ("year", "1y", 31_556_952),
    ("10 years", "10y", 315_569_520),
    ("100 years", "100y", 3_155_695_200),
)
#: Moments from the year 1 up to 9000: the calendars of computers end at 10 000, and a stretch must fit before it.
_FIRST_S, _LIMIT_S = -62_135_596_800, 221_845_392_000
#: Where all moments are whole multiples of one of these, no stretch is shorter.
_TICKS_S = (86_400, 3_600, 60)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of time.

    Parameters
    ----------
    start, stop : float
        Its first moment, and that of the next, in seconds since 1970.
    rows : int
        Rows behind the figures.
    value : float
        Median of the numbers, or share of the label.
    low, high : float
        Quartiles of the numbers, or the 95 % interval of the share (Wilson's).
    """

    start: float
    stop: float
    rows: int
    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the picture.

    Parameters
    ----------
    name : str
        A label, or a part of the target; empty where there is one line only.
    colour : int
        Which colour it has: position of the label or part.
    stretches : tuple of Stretch
        In order; those without rows are not there.
    """

    name: str
    colour: int
    stretches: tuple[Stretch, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"name": self.name, "stretches": [stretch.to_dict() for stretch in self.stretches]}


@dataclass(frozen=True, slots=True)
class Course:
    """A column along time.

    Parameters
    ----------
    measure : {"median", "share"}
        What the lines show.
    grain : str
        How long a stretch of time is, e.g. ``"month"``.
    lines : tuple of Line
        One for all rows or for each part of the target; of labels one each.
    """

    measure: str
    grain: str
    lines: tuple[Line, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"measure": self.measure, "grain": self.grain, "lines": [line.to_dict() for line in self.lines]}


def course_of_number(time: Placed, numbers: Placed, parts: Codes, names: tuple[str, ...]) -> Course:
    """Follow a number along time.

    Parameters
    ----------
    time, numbers : Placed
        The two columns.
    parts : ndarray of int64, shape (rows,)
        Part of the target of each row, -1 where it has none.
    names : tuple of str
        What the parts are called; with two to six of them there is a line each.
    """
    assert time.numbers is not None and numbers.numbers is not None  # noqa: S101, PT018 - these only come here
    split = 1 < len(names) <= MAX_LINES
    rows = np.flatnonzero(_calendar(time) & np.isfinite(numbers.numbers))
    frame, grain = _stretched(time, rows)
    value = pl.col("value")
    frame = frame.with_columns(
        pl.Series("value", numbers.numbers[rows]),
        pl.Series("part", parts[rows] if split else np.zeros(len(rows), dtype=np.int64)),
    )
    found = (
        frame.filter(pl.col("part") >= 0)
        .group_by("part", "start")
        .agg(
            pl.len().alias("rows"),
            *(value.quantile(at, "linear").alias(name) for name, at in (("value", 0.5), ("low", 0.25), ("high", 0.75))),
        )
        .sort("part", "start")
    )
    lines = []
    for at, name in enumerate(names if split else ("",)):
        chosen = found.filter(pl.col("part") == at)
        if len(chosen):
            lines.append(Line(name, at, _stretches(chosen, grain)))
    return Course("median", grain[0], tuple(lines))


def course_of_labels(time: Placed, labels: Placed) -> Course:
    """Follow the shares of labels along time.

    Parameters
    ----------
    time, labels : Placed
        The two columns. With two labels the second is followed, with more the six that come first on their axis.
    """
    assert labels.codes is not None  # noqa: S101 - labels only come here
    rows = np.flatnonzero(_calendar(time) & labels.there)
    frame, grain = _stretched(time, rows)
    frame = frame.with_columns(pl.Series("level", labels.codes[rows]))
    levels = labels.axis.levels
    followed = [1] if len(levels) == 2 else list(range(min(len(levels), MAX_LINES)))
    counts = (
        frame.group_by("start")
        .agg(pl.len().alias("rows"), *((pl.col("level") == at).sum().alias(f"level {at}") for at in followed))
        .sort("start")
    )
    trials = counts["rows"].to_numpy().astype(np.float64)
    lines = []
    for at in followed:
        hits = counts[f"level {at}"].to_numpy().astype(np.float64)
        low, high = wilson(hits, trials)
        shown = counts.select("start", "rows", value=pl.Series(hits / trials), low=pl.Series(low), high=pl.Series(high))
        lines.append(Line(levels[at], at, _stretches(shown, grain)))
    return Course("share", grain[0], tuple(lines))


def _calendar(time: Placed) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which moments a calendar knows, shape (rows,)."""
    assert time.numbers is not None  # noqa: S101 - moments only come here
    with np.errstate(invalid="ignore"):
        return np.isfinite(time.numbers) & (time.numbers < _LIMIT_S) & (time.numbers >= _FIRST_S)


def _stretched(time: Placed, rows: Codes) -> tuple[pl.DataFrame, tuple[str, str, int]]:
    """Return the start of the stretch of each row, in the column ``start``, and how long stretches are."""
    assert time.numbers is not None  # noqa: S101 - moments only come here
    seconds = time.numbers[rows]
    span = float(seconds.max() - seconds.min()) if len(rows) else 0.0
    least = next((tick for tick in _TICKS_S if not (seconds % tick).any()), 1)
    grain = next((item for item in _GRAINS if item[2] >= least and span / item[2] < MAX_STRETCHES), _GRAINS[-1])
    moments = pl.Series("start", np.floor(seconds * 1000).astype(np.int64)).cast(pl.Datetime("ms"))
    return pl.DataFrame({"start": moments.dt.truncate(grain[1])}), grain


def _stretches(found: pl.DataFrame, grain: tuple[str, str, int]) -> tuple[Stretch, ...]:
    starts = found["start"]
    stops = starts.dt.offset_by(grain[1]).dt.epoch("ms") / 1000
    columns = (starts.dt.epoch("ms") / 1000, stops, *(found[name] for name in ("rows", "value", "low", "high")))
    return tuple(Stretch(*line) for line in zip(*columns, strict=True))
