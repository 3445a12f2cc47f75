"""A usual way to treat a column, and what the rules that propose ways look at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

from clew.core.finding import Finding
from clew.core.schema import Column
from clew.define.problem import Task
from clew.explore.column import ColumnStatistics
from clew.prepare.advice.words import chosen, many, percent
from clew.prepare.options import step_to_dict
from clew.prepare.step import Step


class Fit(IntEnum):
    """How well a way suits a column, the best first."""

    NEEDED = 1
    """Something is wrong with the column, or no model can take it as it is."""
    FITTING = 2
    """The figures speak for it."""
    COMMON = 3
    """People do it with such columns, whatever the figures."""
    POSSIBLE = 4
    """It can be done, and there is no reason to."""


@dataclass(frozen=True)
class Usual:
    """A step that people usually take with such a column.

    Parameters
    ----------
    label : str
        What is done, in a few words.
    reason : str
        Why here, with the figures; code stands between backticks.
    step : mapping
        The step in its text form, ready for a recipe.
    fit : Fit
        How well it suits the column.
    """

    label: str
    reason: str
    step: Mapping[str, Any]
    fit: Fit

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"label": self.label, "reason": self.reason, "step": dict(self.step), "fit": self.fit.name.lower()}


@dataclass(frozen=True)
class Look:
    """What is known about the column.

    Parameters
    ----------
    column : Column
        The column.
    known : ColumnStatistics
        Of its training rows.
    findings : tuple of Finding
        Those about this column.
    task : Task or None
        Kind of answer; None where there is no target to learn from.
    """

    column: Column
    known: ColumnStatistics
    findings: tuple[Finding, ...]
    task: Task | None

    @property
    def distinct(self) -> int:
        """Different values; 0 where that is not known."""
        return self.known.distinct or 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The texts that are listed, the most frequent first."""
        return tuple(value for value, _ in self.known.values.items if isinstance(value, str))

    def of_rows(self, count: int) -> str:
        """Return a number of rows beside that of all of them, e.g. ``"14 of 891 rows"``."""
        return f"{many(count, 'row').partition(' row')[0]} of {many(self.known.rows, 'row')}"

    def share(self, count: int) -> str:
        """Return the share of the values that are there, as a percentage."""
        return _percentage(count, self.known.present)

    def share_of_rows(self, count: int) -> str:
        """Return the share of all rows, as a percentage."""
        return _percentage(count, self.known.rows)

    def way(self, label: str, step: Callable[..., Step], reason: str, fit: Fit, **options: Any) -> Usual:
        """Return a way that is a step on this column."""
        return Usual(label, reason, step_to_dict(step(chosen([self.column]), **options)), fit)


#: Smaller shares would be shown as nothing.
_LEAST_SHOWN = 0.005


def _percentage(count: int, of: int) -> str:
    return "under 1 %" if 0 < count < _LEAST_SHOWN * of else percent(count / of if of else 0.0)


#: A rule looks at a column and proposes ways.
Rule: TypeAlias = Callable[[Look], Iterable[Usual]]
