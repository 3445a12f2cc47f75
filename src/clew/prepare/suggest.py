"""A recipe suggested from what the columns hold, with a reason for every step.

It is made for the trainer, whose boosters read missing values and categories as they are and whose linear model fills,
encodes and scales by itself: a step is only suggested where it helps whatever learns. The target is not looked at; the
one step that learns from it, `target_mean`, is fitted again in each fold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.duration import parse_duration
from clew.core.errors import UsageError
from clew.core.readable import number, percent
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Problem, Task
from clew.explore.column import ColumnStatistics
from clew.explore.statistics import TableStatistics, describe
from clew.prepare.recipe import Recipe
from clew.prepare.selectors import literal

#: From this share of missing values on, that a value is missing may say something.
MISSING_SHARE = 0.05
#: More categories than this are many: few rows speak for each.
MANY_CATEGORIES = 50
#: Categories kept beside their target mean.
KEPT_CATEGORIES = 50
#: Above this share of distinct values a category hardly ever comes again.
RARELY_AGAIN = 0.5
#: Target means of more classes than this would be more columns than they are worth.
MOST_CLASSES = 10
#: Skewness beyond which a long tail is drawn in.
HEAVY_SKEW = 2.0
#: Span of the row's own time, in days, from which on it is worth knowing the month.
YEARS_DAYS = 730.0
_DAY_S = 86_400.0
#: Columns named in a reason.
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step is suggested.

    Parameters
    ----------
    op : str
        The step.
    columns : tuple of str
        Columns it works on.
    reason : str
        One sentence with the figures.
    """

    op: str
    columns: tuple[str, ...]
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"op": self.op, "columns": list(self.columns), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested recipe.

    Parameters
    ----------
    recipe : Recipe
        Not fitted.
    reasons : tuple of Reason
        One per step, in their order.
    """

    recipe: Recipe
    reasons: tuple[Reason, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return ``steps``, each with ``op``, ``columns`` and ``reason``."""
        return {"steps": [reason.to_dict() for reason in self.reasons]}

    def to_yaml(self) -> str:
        """Return the recipe as text, with each reason above its step."""
        return self.recipe.to_yaml([reason.reason for reason in self.reasons])


@dataclass(frozen=True, slots=True)
class _Found:
    """A column with what is known of it, and what that suggests."""

    column: Column
    statistics: ColumnStatistics
    figure: str


@dataclass(frozen=True, slots=True)
class _Proposal:
    """A kind of step: when it is suggested, with which options, and why."""

    op: str
    why: str
    applies: Callable[[Column, ColumnStatistics, Problem], str | None]
    options: Callable[[Problem], dict[str, Any]] = lambda _: {}


def suggest(data: Any, problem: Problem, *, profile: TableStatistics | None = None) -> Suggestion:
    """Suggest a recipe.

    Parameters
    ----------
    data : Dataset, frame or path
        Rows to learn from; never those that judge.
    problem : Problem
        What is decided.
    profile : TableStatistics, optional
        Statistics of these rows, if they are known already.

    Returns
    -------
    Suggestion

    Raises
    ------
    UsageError
        If the target is no column of the rows.
    """
    dataset: Dataset = read(data)
    if problem.target not in dataset.schema:
        raise UsageError(f"The target {problem.target!r} is no column of {dataset.source}.")
    schema = dataset.with_target(problem.target).schema
    statistics = profile or describe(dataset.frame, dataset.schema)
    steps: list[dict[str, Any]] = []
    reasons: list[Reason] = []
    gone: set[str] = set()
    for proposal in _PROPOSALS:
        found = _columns(proposal, schema, statistics, problem, gone)
        if not found:
            continue
        names = tuple(item.column.name for item in found)
        terms = [literal(name) for name in names]
        steps.append({"op": proposal.op, "columns": terms, **proposal.options(problem)})
        reasons.append(Reason(proposal.op, names, f"{_figures(found)}: {proposal.why}"))
        if proposal.op in _REPLACES:
            gone.update(names)
    return Suggestion(Recipe.from_dict(steps), tuple(reasons))


def _columns(
    proposal: _Proposal, schema: Schema, statistics: TableStatistics, problem: Problem, gone: set[str]
) -> list[_Found]:
    found = []
    for column in schema:
        if column.name in gone or column.role not in {Role.FEATURE, Role.TIME}:
            continue
        figure = proposal.applies(column, statistics[column.name], problem)
        if figure is not None:
            found.append(_Found(column, statistics[column.name], figure))
    return found


def _figures(found: Sequence[_Found]) -> str:
    named = ", ".join(f"`{item.column.name}` {item.figure}" for item in found[:_NAMED])
    more = len(found) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _known_too_late(column: Column, _: ColumnStatistics, problem: Problem) -> str | None:
    if column.role is not Role.FEATURE or column.available_after is None:
        return None
    try:
        later = parse_duration(column.available_after) > parse_duration(problem.asked_at)
    except UsageError:
        later = True  # the name of an event, which lies after the question
    return f"is known only after {column.available_after}" if later else None


def _says_nothing(column: Column, statistics: ColumnStatistics, _: Problem) -> str | None:
    if column.role is not Role.FEATURE:
        return None
    if column.kind is Kind.NESTED:
        return "holds lists or records"
    if statistics.present == 0:
        return "has no value"
    if statistics.distinct == 1 and statistics.missing == 0:
        return "has a single value"
    return None


def _moment(column: Column, statistics: ColumnStatistics, _: Problem) -> str | None:
    if column.kind is not Kind.DATETIME or column.role is not Role.FEATURE:
        return None
    return f"runs from {_day(statistics.minimum)} to {_day(statistics.maximum)}"


def _own_time(column: Column, statistics: ColumnStatistics, _: Problem) -> str | None:
    if column.kind is not Kind.DATETIME or column.role is not Role.TIME:
        return None
    return f"is the row's time, from {_day(statistics.minimum)} to {_day(statistics.maximum)}"


def _day(moment: object) -> str:
    return str(moment)[:10]


def _text(column: Column, statistics: ColumnStatistics, _: Problem) -> str | None:
    if column.kind is not Kind.TEXT or column.role is not Role.FEATURE or statistics.distinct is None:
        return None
    return f"is free text ({number(statistics.distinct)} different)"


def _ordered(column: Column, _: ColumnStatistics, __: Problem) -> str | None:
    if column.role is not Role.FEATURE or not column.order:
        return None
    return f"has the order {column.order[0]} … {column.order[-1]}"


def _missing(column: Column, statistics: ColumnStatistics, _: Problem) -> str | None:
    # A missing category is a category to whatever reads it; a missing number is filled by some.
    if column.role is not Role.FEATURE or column.kind is not Kind.NUMERIC:
        return None
    share = statistics.missing_share
    return f"is missing in {percent(share)}" if share >= MISSING_SHARE else None


def _skewed(column: Column, statistics: ColumnStatistics, _: Problem) -> str | None:
    if column.role is not Role.FEATURE or column.kind is not Kind.NUMERIC or statistics.skewness is None:
        return None
    low = statistics.minimum
    heavy = statistics.skewness > HEAVY_SKEW and isinstance(low, int | float) and low >= 0
    return f"has skewness {number(statistics.skewness, 2)}" if heavy and (statistics.distinct or 0) > 10 else None


def _many_categories(column: Column, statistics: ColumnStatistics, problem: Problem) -> str | None:
    labels = column.kind is Kind.CATEGORICAL and column.role is Role.FEATURE and not column.order
    if not labels or (problem.task is Task.MULTICLASS and len(problem.classes) > MOST_CLASSES):
        return None
    distinct = statistics.distinct or 0
    return f"has {number(distinct)} categories" if distinct > MANY_CATEGORIES else None


def _rarely_again(column: Column, statistics: ColumnStatistics, _: Problem) -> str | None:
    if column.kind is not Kind.CATEGORICAL or column.role is not Role.FEATURE or column.order:
        return None
    distinct = statistics.distinct or 0
    rare = distinct > MANY_CATEGORIES and distinct > RARELY_AGAIN * statistics.present
    return f"has {number(distinct)} categories in {number(statistics.present)} values" if rare else None


_REPLACES = frozenset({"drop", "date_parts", "text_statistics", "ordinal"})
_PROPOSALS = (
    _Proposal("drop", "it cannot be known when the question is asked.", _known_too_late),
    _Proposal("drop", "nothing can be learnt from it.", _says_nothing),
    _Proposal("date_parts", "what repeats by the year, week and day can be learnt, a date cannot.", _moment),
    _Proposal(
        "date_parts",
        "weekday and hour come again in later rows, a moment does not.",
        _own_time,
        lambda _: {"parts": ["weekday", "hour"]},
    ),
    _Proposal("text_statistics", "its length and characters are features, the text itself is none.", _text),
    _Proposal("ordinal", "numbers in this order keep what the names only spell.", _ordered),
    _Proposal("missing_indicator", "that a value is missing may say something itself.", _missing),
    _Proposal("log", "the logarithm draws the long tail in and keeps the order.", _skewed),
    _Proposal(
        "target_mean",
        "the mean of the target there, learnt from other rows, is one number instead of many categories.",
        _many_categories,
        lambda _: {"keep": True},
    ),
    _Proposal("drop", "most of these categories do not come again; their target mean stays.", _rarely_again),
    _Proposal(
        "group_rare",
        "the rare ones are read as one, so that each category has rows to learn from.",
        lambda column, statistics, problem: (
            None if _rarely_again(column, statistics, problem) else _many_categories(column, statistics, problem)
        ),
        lambda _: {"max_categories": KEPT_CATEGORIES},
    ),
)
