"""What steps have in common that look at the rows around a row: a stated order, and series that do not mix."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import ClassVar

import polars as pl

from clew.core.errors import RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.selectors import named
from clew.prepare.series import Series
from clew.prepare.step import Block, ColumnStep, State, StepKind

Names = str | tuple[str, ...]


@dataclass(frozen=True)
class WindowStep(ColumnStep):
    """A step that looks at the rows around a row; see `clew.prepare.series` for what counts as around.

    Parameters
    ----------
    time : str or tuple of str, optional
        The column of moments, and further ones that tell rows of one moment apart; by default the one with the role
        ``time``.
    by : str or tuple of str, optional
        Columns whose values name a series, each of which is looked at by itself; by default those with the role
        ``group``.
    """

    time: Names | None = field(default=None, kw_only=True)
    by: Names | None = field(default=None, kw_only=True)

    kind: ClassVar[StepKind] = StepKind.WINDOW
    accepts: ClassVar[frozenset[Kind]] = frozenset(Kind) - {Kind.NESTED}

    def looks_at_present(self) -> bool:
        """Whether a row's own value has a part in what becomes of it."""
        return True

    @abstractmethod
    def new(self, columns: Sequence[Column], state: State) -> tuple[Column, ...]:
        """Return the columns that are made of the chosen ones, in order."""

    @abstractmethod
    def computed(self, series: Series, columns: Sequence[Column], state: State) -> Iterable[pl.Series]:
        """Return the values of these columns, for each row of the table.

        Parameters
        ----------
        series : Series
            The rows in order.
        columns : sequence of Column
            The chosen ones.
        state : mapping
            What `fit` returned.
        """

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, then those that order rows, then those that name their series."""
        chosen = self.selection.resolve(schema)
        for column in chosen:
            self._check(column)
        order = named(schema, as_tuple(self.time), ", which `time` names") or schema.by_role(Role.TIME)[:1]
        if not order:
            raise RecipeError(
                f"{self.op} does not know the order of the rows.", hint="Name their time: `time: COLUMN`."
            )
        by = schema.by_role(Role.GROUP) if self.by is None else named(schema, as_tuple(self.by), ", which `by` names")
        target = next((column for column in (*order, *by) if column.role is Role.TARGET), None)
        if target is not None:
            raise RecipeError(
                f"The column {target.name!r} is the target, which neither orders rows nor names their series.",
                hint="Name another column in `time` and `by`.",
            )
        return (*chosen, *order, *by)

    def _check(self, column: Column) -> None:
        if column.role is Role.TARGET and self.looks_at_present():
            raise RecipeError(
                f"The column {column.name!r} is the target, and each row would see its own.",
                hint="Leave it out of `columns`, or look at earlier rows only.",
            )
        if column.kind not in self.accepts:
            kinds = " or ".join(sorted(kind.value for kind in self.accepts))
            raise RecipeError(
                f"The column {column.name!r} is {column.kind.value}, and {self.op} works on {kinds} columns.",
                hint=self.advice,
            )

    def parts(self, columns: Sequence[Column]) -> tuple[tuple[Column, ...], list[str], list[str]]:
        """Return what `inputs` returned in parts: the chosen columns, names that order rows, names of their series."""
        # By default, series are named by the columns at the end that have the role for it.
        stated = set(as_tuple(self.time))
        named_by = list(takewhile(lambda c: c.role is Role.GROUP and c.name not in stated, reversed(columns)))
        by = len(named_by) if self.by is None else len(as_tuple(self.by))
        end = len(columns) - by
        begin = end - (len(stated) or 1)
        names = [column.name for column in columns]
        return tuple(columns[:begin]), names[begin:end], names[end:]

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make all columns at one go, since rows are put in order only once."""
        chosen, order, by = self.parts(columns)
        new = self.new(chosen, state)
        if not new:
            return

        def frame(rows: pl.DataFrame) -> pl.DataFrame:
            made = self.computed(Series.of(rows, order, by), chosen, state)
            return pl.DataFrame({column.name: values for column, values in zip(new, made, strict=True)})

        yield Block(new, tuple(dict.fromkeys(column.name for column in columns)), frame)


def as_tuple(names: Names | None) -> tuple[str, ...]:
    """Return one name, several names or none, each once."""
    return () if names is None else (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
