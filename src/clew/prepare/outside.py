"""Values for which a step has no answer of its own: those that it has not seen, and missing ones.

Steps that encode categories share one vocabulary for them, in the options ``unseen`` and ``missing``:

- a plain answer (``missing``, ``zeros``): the row goes on with it;
- ``keep``: they count as one more category, after all others;
- ``error``: they are refused, when fitting and later;
- ``skip``: training rows that hold one are left out; a row to be predicted always gets an answer, the plain one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.mapping import looked_up
from clew.prepare.step import Function, Refusal
from clew.prepare.table import Expression, Table, marked
from clew.prepare.values import short

_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Known:
    """The values of a column that a step knows, and what becomes of others.

    Parameters
    ----------
    column : Column
        The column.
    values : sequence
        What is known, all different and of the column's type.
    unseen, missing : str
        The policy; ``"error"`` and ``"skip"`` are dealt with here, others by the step.
    rule : str
        What is wrong with another value, e.g. ``"is outside the order"``.
    """

    column: Column
    values: Sequence[Any]
    unseen: str
    missing: str
    rule: str

    @cached_property
    def _inside(self) -> tuple[Expression, Function]:
        return looked_up(self.column, self.values, [1.0] * len(self.values), dtype="Float64")

    @property
    def outside(self) -> Expression:
        """True for a value that is there and not known."""
        inside, _ = self._inside
        return lambda F: inside(F).is_null() & ~F.col(self.column.name).is_null()

    def is_outside(self, value: Any) -> bool:
        """Return whether one value is there and not known."""
        return value is not None and self._inside[1](value) is None

    @property
    def refusals(self) -> Iterator[Refusal]:
        """The cells refused on a frame."""
        for expression, rule, hint in self._dealt("error"):
            yield Refusal(self.column.name, expression, rule, hint)

    @property
    def skips(self) -> Iterator[Expression]:
        """What marks the training rows to leave out."""
        for expression, _, _ in self._dealt("skip"):
            yield expression

    def guarded(self, function: Function) -> Function:
        """Return a function of one value that refuses what the columnar way refuses."""
        if "error" not in {self.unseen, self.missing}:
            return function

        def guard(value: Any) -> Any:
            if value is None and self.missing == "error":
                raise RecipeError(f"The value of the column {self.column.name!r} is missing.", hint=_FILL)
            if self.unseen == "error" and self.is_outside(value):
                what = f"The value {short(value)} of the column {self.column.name!r} {self.rule}."
                raise RecipeError(what, hint=self._hint)
            return function(value)

        return guard

    def _dealt(self, policy: str) -> Iterator[tuple[Expression, str, str]]:
        name = self.column.name
        if self.unseen == policy:
            yield self.outside, self.rule, self._hint
        if self.missing == policy:
            yield (lambda F: F.col(name).is_null()), "is missing", _FILL

    @property
    def _hint(self) -> str:
        shown = ", ".join(short(value) for value in self.values[:_SHOWN])
        return f"Known are {shown}{' …' if len(self.values) > _SHOWN else ''}; another `unseen` lets other values pass."


def rows_left(table: Table, all_known: Iterable[Known]) -> NDArray[np.int64] | None:
    """Return the positions of the training rows that no column wants left out; None for all of them.

    Raises
    ------
    RecipeError
        If no row is left.
    """
    marks = [mark for known in all_known for mark in known.skips]
    if not marks:
        return None
    made = {str(i): marked(mark) for i, mark in enumerate(marks)}
    flags = table.select(made).polars(*made)
    left = np.flatnonzero((flags.sum_horizontal() == 0).to_numpy())
    if len(flags) and not len(left):
        raise RecipeError(f"It leaves out every one of {len(flags)} rows.", hint="Use another policy than `skip`.")
    return None if len(left) == len(flags) else left


_FILL = "Fill it with the step fill_missing, or let it pass with another `missing`."
