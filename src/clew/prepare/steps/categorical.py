"""Categories as numbers: one column each, or a rank."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role
from clew.prepare.dtypes import is_number
from clew.prepare.lineage import derive
from clew.prepare.mapping import looked_up
from clew.prepare.onevector import OutputStyle, in_one_vector
from clew.prepare.orders import Category, direction_of, order_of
from clew.prepare.outside import Known, rows_left
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, Function, Made, Refusal, State, Training
from clew.prepare.table import Expression, Table
from clew.prepare.values import as_text

#: Cells that an error shows.
_EXAMPLES = 3
CATEGORIES = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN, Kind.TEXT})
ADVICE = "Declare it a category with `- {op: cast, columns: …, to: category}` first, if that is what it is."


@register
@dataclass(frozen=True)
class OneHot(ColumnStep):
    """Turn categories into one column of truth values each: ``Sex`` gives ``Sex=female`` and ``Sex=male``.

    Parameters
    ----------
    max_categories : int, default 20
        At most this many columns per source, for the most frequent categories of the training rows.
    unseen : {"zeros", "keep", "error", "skip"}, default "zeros"
        A category without a column of its own is false in all of them; or true in one more, ``Sex_other``; or refused;
        or ``skip`` leaves such training rows out (a row to be predicted is then false in all).
    missing : {"zeros", "keep", "error", "skip"}, default "zeros"
        The same for a missing value; its column is ``Sex_missing``.
    drop_last : bool, default False
        Leave out the last column of each source, which the others imply (where nothing else is false in all of them).
    ordinal_encoded : bool, default False
        Whether the source holds the ranks 0, 1, 2 … of categories: one column for each up to the largest.
    keep : bool, default False
        Whether the source stays.
    output_style : {"columns", "vector"}, default "columns"
        One column each, or all in one column of lists, ``Sex_one_hot``.
    """

    max_categories: int = 20
    unseen: Literal["zeros", "keep", "error", "skip"] = "zeros"
    missing: Literal["zeros", "keep", "error", "skip"] = "zeros"
    drop_last: bool = False
    ordinal_encoded: bool = False
    keep: bool = False
    output_style: OutputStyle = "columns"

    op: ClassVar[str] = "one_hot"
    accepts: ClassVar[frozenset[Kind]] = CATEGORIES
    advice: ClassVar[str] = ADVICE

    @property
    def accepted(self) -> frozenset[Kind]:
        """Categories; numbers too, where they are ranks."""
        return self.accepts | {Kind.NUMERIC} if self.ordinal_encoded else self.accepts

    def check(self) -> None:
        """Refuse a limit below one."""
        if self.max_categories < 1:
            raise ConfigError(f"one_hot has max_categories {self.max_categories!r}; at least 1 is needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the most frequent categories."""
        if self.ordinal_encoded:
            return {column.name: {"categories": self._ranks(table, column), "left_out": 0} for column in columns}
        found = {column.name: table.counts(column) for column in columns}
        return {
            name: {
                "categories": sorted(value for value, _ in counted[: self.max_categories]),
                "left_out": max(len(counted) - self.max_categories, 0),
            }
            for name, counted in found.items()
        }

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per category."""
        if self.output_style == "columns":
            for column in columns:
                yield from self._flags(column, state)

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make one column of lists per source, if that is the style."""
        if self.output_style == "vector":
            for column in columns:
                yield in_one_vector(f"{column.name}_one_hot", [column], self._flags(column, state))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse what has no column, if that is the policy."""
        for column in columns:
            yield from self._known(column, state).refusals

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:
        """Leave out training rows without an answer, if that is the policy."""
        return rows_left(table, (self._known(column, state) for column in columns))

    def _known(self, column: Column, state: State) -> Known:
        return Known(column, state[column.name]["categories"], self.unseen, self.missing, "has no column of its own")

    def _flags(self, column: Column, state: State) -> list[Made]:
        made = list(self._all_flags(column, self._known(column, state)))
        return made[:-1] if self.drop_last else made

    def _all_flags(self, column: Column, known: Known) -> Iterable[Made]:
        for item in known.values:
            yield _flag(known, f"{column.name}={as_text(item)}", *_equal_to(column, item))
        if self.unseen == "keep":
            outside = known.outside
            yield _flag(known, f"{column.name}_other", lambda F: outside(F).fill_null(value=False), known.is_outside)
        if self.missing == "keep":
            name = column.name
            yield _flag(known, f"{name}_missing", lambda F: F.col(name).is_null(), lambda value: value is None)

    def _ranks(self, table: Table, column: Column) -> list[int]:
        if not is_number(column.dtype):
            raise RecipeError(
                f"The column {column.name!r} holds {column.dtype}, and `ordinal_encoded` expects the ranks 0, 1, 2 ….",
                hint="Leave `ordinal_encoded` out, or make ranks with the step ordinal first.",
            )
        values = table.polars(column.name)[column.name]
        wrong = ((values < 0) | (values != values.floor()) | values.is_infinite()).arg_true()
        if len(wrong):
            refusal = Refusal(column.name, None, "is no rank 0, 1, 2 …", "Leave `ordinal_encoded` out, or correct it.")
            raise refusal.error(len(wrong), [(row, values[row]) for row in wrong.head(_EXAMPLES)])
        seen = [value for value, _ in table.counts(column)]
        count = int(max(seen)) + 1 if seen else 0
        if count > self.max_categories:
            raise RecipeError(
                f"The column {column.name!r} holds ranks up to {count - 1}, and `max_categories` is "
                f"{self.max_categories}.",
                hint=f"State `max_categories: {count}` if you want so many columns.",
            )
        return list(range(count))


@register
@dataclass(frozen=True)
class Ordinal(ColumnStep):
    """Turn categories into their rank: 0 for the lowest.

    The order is the stated one, else the domain's for the column, else the sorted one of the training values (which
    means nothing, and then no monotone constraint carries over).

    Parameters
    ----------
    order : tuple, optional
        Values from low to high, for every chosen column.
    unseen : {"missing", "keep", "error", "skip"}, default "missing"
        A value outside the order becomes missing; or gets the rank above all others; or is refused; or ``skip`` leaves
        such training rows out (in a row to be predicted it becomes missing).
    missing : {"missing", "keep", "error", "skip"}, default "missing"
        The same for a missing value; where both are kept they share the last rank.
    """

    order: tuple[Category, ...] | None = None
    unseen: Literal["missing", "keep", "error", "skip"] = "missing"
    missing: Literal["missing", "keep", "error", "skip"] = "missing"

    op: ClassVar[str] = "ordinal"
    accepts: ClassVar[frozenset[Kind]] = CATEGORIES
    advice: ClassVar[str] = ADVICE

    def check(self) -> None:
        """Refuse an order that is empty or repeats a value."""
        if self.order is not None and (not self.order or len(set(self.order)) < len(self.order)):
            raise ConfigError(f"ordinal has order {list(self.order)!r}; different values from low to high are needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Take the stated order, the domain's, or that of the values."""
        seen = {column.name: [value for value, _ in table.counts(column)] for column in columns}
        return {column.name: order_of(column, self.order, seen[column.name]) for column in columns}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make the rank of each column."""
        for column in columns:
            known = self._known(column, state)
            ranks = [float(rank) for rank in range(len(known.values))]
            last = float(len(ranks))
            other, gap = (last if policy == "keep" else None for policy in (self.unseen, self.missing))
            how = looked_up(column, known.values, ranks, dtype="Float64", default=other, missing=gap)
            made = derive(column, dtype="Float64", kind=Kind.NUMERIC, direction=self._direction(column, known.values))
            yield Made(made, (column.name,), how[0], known.guarded(how[1]))

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse values outside the order, if that is the policy."""
        for column in columns:
            yield from self._known(column, state).refusals

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:
        """Leave out training rows without an answer, if that is the policy."""
        return rows_left(table, (self._known(column, state) for column in columns))

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the order of each column and where it came from."""
        return state

    def _known(self, column: Column, state: State) -> Known:
        return Known(column, state[column.name]["order"], self.unseen, self.missing, "is outside the order")

    def _direction(self, column: Column, order: Sequence[Category]) -> Direction:
        # A number that was not seen may lie anywhere, and would get the last rank.
        anywhere = self.unseen == "keep" and column.order is None
        return Direction.LOSES if anywhere else direction_of(column, order)


def dropped(columns: Sequence[Column], *, keep: bool) -> tuple[str, ...]:
    """Return the sources that go: features only, since a time, group or id is needed elsewhere too."""
    return () if keep else tuple(column.name for column in columns if column.role is Role.FEATURE)


def _flag(known: Known, name: str, expression: Expression, function: Function) -> Made:
    made = derive(known.column, name=name, dtype="Boolean", kind=Kind.BOOLEAN, direction=Direction.LOSES)
    return Made(replace(made, nullable=False), (known.column.name,), expression, known.guarded(function))


def _equal_to(column: Column, item: Category) -> tuple[Expression, Function]:
    return (lambda F: (F.col(column.name) == item).fill_null(value=False)), (lambda value: bool(value == item))
