"""Figures over all rows, or over the rows of a group: learnt from training rows, then plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from clew.core.errors import ConfigError
from clew.core.expr.nodes import ColumnRef, Expression, Row
from clew.core.expr.spec import Language

#: Name of each aggregate, and what it gives, in a few words. Missing values are left out.
AGGREGATES: Mapping[str, str] = {
    "approx_count_distinct": "number of different values; exact here",
    "avg": "mean",
    "count": "number of values that are there; without an argument the number of rows",
    "first": "first value in the order of the training rows",
    "last": "last value in the order of the training rows",
    "max": "largest value",
    "min": "smallest value",
    "std": "standard deviation of a sample, as stddev",
    "stddev": "standard deviation of a sample (divided by n - 1)",
    "stddev_pop": "standard deviation of a population (divided by n)",
    "sum": "sum",
    "variance": "variance of a sample (divided by n - 1)",
    "variance_pop": "variance of a population (divided by n)",
}


@dataclass(frozen=True, slots=True)
class Aggregate(Expression):
    """A figure over all rows, or over those with the same value in a column.

    It has no value for one row: `clew.prepare.learnt` learns it, and puts what was learnt in its place.
    """

    name: str
    argument: Expression | None = None
    by: ColumnRef | None = None

    @property
    def children(self) -> tuple[Expression, ...]:
        """The argument and the column that makes groups."""
        return tuple(part for part in (self.argument, self.by) if part is not None)

    def __str__(self) -> str:
        return f"{self.name}({self.argument or ''}{f' by {self.by}' if self.by else ''})"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        del F
        self._refuse()

    def compute(self, row: Row) -> Any:
        """As documented on the base class."""
        del row
        self._refuse()

    def to_sql(self) -> str:
        """As documented on the base class."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ConfigError(f"`{self}` is a figure over many rows, which is not known here.", hint=_ONLY)


_ONLY = "Use it in the steps derive and filter, which learn it from training rows."


def refusal(name: str, text: str) -> ConfigError:
    """Return the error for an aggregate where nothing is learnt."""
    return ConfigError(f"The expression {text!r} calls {name!r}, a figure over many rows.", hint=_ONLY)
