"""The rules behind `suggest`: each looks at training rows and proposes a step, with the figures that speak for it.

The estimators after the recipe take missing numbers and categories as they are, or mend them for themselves. So a rule
proposes only what none of them can do: remove what cannot help or cannot be known, take apart what no matrix can hold,
and say what a category means where its name alone says little.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import polars as pl

from clew.collect.duration import parse_duration
from clew.core.errors import UsageError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.explore.column import ColumnStatistics
from clew.explore.statistics import TableStatistics
from clew.prepare.dtypes import family, is_moment, is_number, is_whole
from clew.prepare.selectors import Columns, literal
from clew.prepare.step import Step
from clew.prepare.steps import (
    DateParts,
    Drop,
    GroupRare,
    Log,
    MissingIndicator,
    Ordinal,
    TargetMean,
    TextStatistics,
)

#: An indicator is proposed from this share of missing values on, up to one less it.
MISSING_SHARE = 0.05
#: … and from this many rows of either sort on.
MISSING_ROWS = 20
#: A category with more values than this is described by the target too.
MANY_VALUES = 20
#: With more classes than this, a category would become too many columns.
MOST_CLASSES = 10
#: A category is rare below this many rows, or this share of them, whichever is more.
RARE_ROWS, RARE_SHARE = 10, 0.001
#: Most categories left in a column after grouping.
MOST_CATEGORIES = 255
#: Values that differ in more than this share of the rows identify them.
ID_SHARE = 0.95
#: A tail is heavy from this skewness on.
SKEWNESS = 3.0
#: Days after which each part of a date has been seen often enough to repeat.
_PERIODS = {"hour": 2, "minute": 2, "weekday": 14, "is_weekend": 14, "day": 62, "month": 730, "day_of_year": 730}
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Advice:
    """A step that is proposed, and why.

    Parameters
    ----------
    step : Step
        What to do.
    reason : str
        One or two plain sentences with the figures that led to it.
    """

    step: Step
    reason: str


@dataclass(frozen=True)
class Seen:
    """What the rules look at.

    Parameters
    ----------
    frame : polars.DataFrame
        Training rows.
    schema : Schema
        Columns still in play.
    statistics : TableStatistics
        Of these rows.
    target : str, optional
        Name of the target.
    task : Task, optional
        Kind of answer.
    classes : int
        Number of labels; 0 for a regression.
    asked_at : str
        Moment of the question, relative to the row's time.
    """

    frame: pl.DataFrame
    schema: Schema
    statistics: TableStatistics
    target: str | None
    task: Task | None
    classes: int
    asked_at: str = "0h"

    @property
    def features(self) -> list[tuple[Column, ColumnStatistics]]:
        """Features with what is known about their values."""
        return [(column, self.statistics[column.name]) for column in self.schema.features]


def too_late(seen: Seen) -> Advice | None:
    """Drop what is known only after the moment of the question."""
    late = [c for c in seen.schema.features if c.available_after and _is_later(c.available_after, seen.asked_at)]
    if not late:
        return None
    known = _listed([f"{_quoted(column.name)} ({column.available_after})" for column in late])
    when = f"the question is asked at {seen.asked_at} of the row's time"
    return Advice(Drop(_columns(late)), f"{known} {_is(late)} known only later, and {when}: a new row will not have it.")


def empty(seen: Seen) -> Advice | None:
    """Drop columns without a value."""
    found = [column for column, stats in seen.features if stats.present == 0]
    if not found:
        return None
    rows = f"in any of {seen.frame.height} rows"
    return Advice(Drop(_columns(found)), f"{_names(found)} {_has(found)} no value {rows}; there is nothing to learn.")


def constant(seen: Seen) -> Advice | None:
    """Drop columns that have one value in every row."""
    found = [column for column, stats in seen.features if stats.distinct == 1 and not stats.missing]
    if not found:
        return None
    return Advice(
        Drop(_columns(found)),
        f"{_names(found)} {_has(found)} the same value in all {seen.frame.height} rows and cannot tell rows apart.",
    )


def identifier(seen: Seen) -> Advice | None:
    """Drop categories that differ in nearly every row: a new row will have a new value."""
    found = [
        (column, stats)
        for column, stats in seen.features
        if column.kind is Kind.CATEGORICAL and stats.present >= MISSING_ROWS and _identifies(stats)
    ]
    if not found:
        return None
    shown = _listed([f"{_quoted(c.name)} ({s.distinct} values in {s.present} rows)" for c, s in found])
    columns = [column for column, _ in found]
    return Advice(
        Drop(_columns(columns)), f"{shown} {_is(columns)} different in nearly every row, so a new row says nothing."
    )


def unusable(seen: Seen) -> Advice | None:
    """Drop what no step here turns into numbers or categories."""
    found = [
        column
        for column, _ in seen.features
        if column.kind is Kind.NESTED
        or family(column.dtype) in {"Time", "Duration", "Binary"}
        or (column.kind is Kind.DATETIME and not is_moment(column.dtype))
    ]
    if not found:
        return None
    shown = _listed([f"{_quoted(column.name)} ({column.dtype})" for column in found])
    return Advice(
        Drop(_columns(found)), f"{shown} {_is(found)} of a type that no model takes; derive a number from it first."
    )


def missing(seen: Seen) -> Advice | None:
    """Remember where values are missing, once per pattern of gaps."""
    found, patterns = [], set()
    for column, stats in seen.features:
        often = MISSING_SHARE <= stats.missing_share <= 1 - MISSING_SHARE
        if often and min(stats.missing, stats.present) >= MISSING_ROWS:
            values = seen.frame[column.name]
            gaps = values.is_null() | values.is_nan() if values.dtype.is_float() else values.is_null()
            pattern = gaps.to_numpy().tobytes()
            if pattern not in patterns:
                patterns.add(pattern)
                found.append((column, stats))
    if not found:
        return None
    shown = _listed([f"{_percent(stats.missing_share)} of {_quoted(column.name)}" for column, stats in found])
    verb = "is" if len(found) == 1 else "are"
    keeps = "an indicator keeps" if len(found) == 1 else "indicators keep"
    return Advice(
        MissingIndicator(_columns([column for column, _ in found])),
        f"{shown} {verb} missing; {keeps} the information that the value was not there.",
    )


def dates(seen: Seen) -> Advice | None:
    """Take moments apart; where rows are split by time, only into parts that came round often enough."""
    times = [column for column in seen.schema.by_role(Role.TIME) if column.name in seen.statistics]
    moments = [c for c in (*seen.schema.features, *times) if c.kind is Kind.DATETIME and is_moment(c.dtype)]
    moments = [column for column in moments if seen.statistics[column.name].present]
    if not moments:
        return None
    what = f"{_names(moments)} {_is(moments)} a moment, and a count of seconds cannot be learnt from"
    if not times:
        return Advice(
            DateParts(_columns(moments)), f"{what}; the parts that vary in the training rows (month, weekday, hour …) can."
        )
    days = min(_days(seen.statistics[column.name]) for column in moments)
    parts = tuple(part for part, period in _PERIODS.items() if days >= period)
    timed = all(family(column.dtype) == "Datetime" for column in moments)
    parts = tuple(part for part in parts if timed or part not in {"hour", "minute"})
    if not parts:
        return None
    chosen = [part for part in parts if any(_varies(seen.frame[c.name], part) for c in moments)]
    if not chosen:
        return None
    return Advice(
        DateParts(_columns(moments), parts=tuple(chosen)),  # type: ignore[arg-type] - names of _PERIODS are parts
        f"{what}; over {days:.0f} days {_listed(chosen)} came round often enough to repeat in later rows.",
    )


def ordinals(seen: Seen) -> Advice | None:
    """Give an ordinal its ranks, where the domain states the order."""
    found = [c for c, _ in seen.features if c.kind is Kind.ORDINAL and c.order and not is_number(c.dtype)]
    if not found:
        return None
    shown = _listed([f"{_quoted(c.name)} ({' < '.join((c.order or ())[:4])})" for c in found])
    return Advice(Ordinal(_columns(found)), f"The domain states the order of {shown}; ranks keep it.")


def texts(seen: Seen) -> Advice | None:
    """Describe free texts by how they are written."""
    found = [column for column, _ in seen.features if column.kind is Kind.TEXT and column.dtype == "String"]
    if not found:
        return None
    lengths = [(c, s.lengths.mean) for c in found if (s := seen.statistics[c.name]).lengths is not None]
    shown = _listed([f"{_quoted(c.name)} ({mean:.0f} characters on average)" for c, mean in lengths if mean is not None])
    return Advice(
        TextStatistics(_columns(found)),
        f"{shown or _names(found)} {_is(found)} free text; length and spelling contribute where words cannot.",
    )


def skewed(seen: Seen) -> Advice | None:
    """Straighten the long tail of an amount; trees do not mind, linear models need it."""
    found = []
    for column, stats in seen.features:
        skewness = stats.skewness
        amount = column.kind is Kind.NUMERIC and is_number(column.dtype) and (stats.quantile(0.0) or 0.0) >= 0.0
        if amount and skewness is not None and skewness >= SKEWNESS and (stats.distinct or 0) > MANY_VALUES:
            found.append((column, skewness))
    if not found:
        return None
    shown = _listed([f"{_quoted(column.name)} (skewness {skewness:.1f})" for column, skewness in found])
    tail = "a long tail" if len(found) == 1 else "long tails"
    verb = "has" if len(found) == 1 else "have"
    return Advice(
        Log(_columns([column for column, _ in found])),
        f"{shown} {verb} {tail}; the logarithm keeps the order and helps a linear model.",
    )


def many_values(seen: Seen) -> Advice | None:
    """Describe a category with many values by what the target did there."""
    found = [(c, s) for c, s in seen.features if _is_category(c) and (s.distinct or 0) > MANY_VALUES and not c.monotonic]
    if not found or seen.target is None or seen.classes > MOST_CLASSES:
        return None
    shown = _listed([f"{_quoted(c.name)} ({s.distinct} values)" for c, s in found])
    verb = "has" if len(found) == 1 else "have"
    return Advice(
        TargetMean(_columns([column for column, _ in found]), keep=True, target=seen.target),
        f"{shown} {verb} too many values for a column each; the smoothed mean of the target says what they have in "
        "common, and training rows get it from other rows.",
    )


def rare_values(seen: Seen) -> Advice | None:
    """Put together categories that are too rare to be learnt."""
    least = max(RARE_ROWS, round(RARE_SHARE * seen.frame.height))
    found = []
    for column, stats in seen.features:
        if _is_category(column) and (stats.distinct or 0) > MANY_VALUES and not column.monotonic:
            common = sum(1 for _, count in stats.values.items if count >= least)
            if common < (stats.distinct or 0):
                found.append((column, (stats.distinct or 0) - common, stats.distinct))
    if not found:
        return None
    shown = _listed([f"{rare} of {distinct} values of {_quoted(column.name)}" for column, rare, distinct in found])
    return Advice(
        GroupRare(
            _columns([column for column, _, _ in found]), min_count=least, max_categories=MOST_CATEGORIES
        ),
        f"{shown} occur in fewer than {least} rows, too few to learn from; together they can be learnt.",
    )


#: In the order in which the steps stand in the recipe. What the first ones drop, the others do not see.
DROPS: Sequence[Callable[[Seen], Advice | None]] = (too_late, empty, constant, identifier, unusable)
RULES: Sequence[Callable[[Seen], Advice | None]] = (
    *(missing, dates, texts, ordinals, skewed, many_values, rare_values),
)


def _columns(columns: Iterable[Column]) -> Columns:
    return Columns.of([literal(column.name) for column in columns])


def _is_later(available: str, asked: str) -> bool:
    """Whether something becomes known after the question; the name of an event always lies after it."""
    try:
        return _length(available) > _length(asked)
    except UsageError:
        return True


def _length(text: str) -> timedelta:
    return parse_duration(text)


def _identifies(stats: ColumnStatistics) -> bool:
    return (stats.distinct or 0) >= ID_SHARE * stats.present


def _is_category(column: Column) -> bool:
    by_name = column.kind is Kind.CATEGORICAL or (column.kind is Kind.ORDINAL and not column.order)
    return by_name and (column.dtype in {"String", "Categorical", "Enum"} or is_whole(column.dtype))


def _days(stats: ColumnStatistics) -> float:
    first, last = stats.quantile(0.0), stats.quantile(1.0)
    return 0.0 if first is None or last is None else (last - first) / 86400.0


def _varies(values: pl.Series, part: str) -> bool:
    moments = values.dt
    read = {"day_of_year": moments.ordinal_day, "is_weekend": moments.weekday}.get(part) or getattr(moments, part)
    return bool(read().n_unique() > 1)


def _quoted(name: str) -> str:
    return f"`{name}`"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _names(columns: Sequence[Column]) -> str:
    return _listed([_quoted(column.name) for column in columns])


def _listed(items: Sequence[str]) -> str:
    """Join a few items in words, and count the others."""
    shown = list(items[:_NAMED])
    if len(items) > _NAMED:
        shown.append(f"{len(items) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def _is(columns: Sequence[Column]) -> Literal["is", "are"]:
    return "is" if len(columns) == 1 else "are"


def _has(columns: Sequence[Column]) -> Literal["has", "have"]:
    return "has" if len(columns) == 1 else "have"
