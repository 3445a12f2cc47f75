"""Fitted steps, alone and one after the other: what they make, what is needed of it, and how columns run."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from clew.core.errors import RecipeError, SchemaError, did_you_mean
from clew.core.schema import Column, Role, Schema
from clew.prepare.dtypes import stored_type
from clew.prepare.engines import check_names, words_of
from clew.prepare.entrance import enter, entered
from clew.prepare.options import in_step
from clew.prepare.rowwise import RowFunction, compile_rows
from clew.prepare.step import Block, Made, Refusal, State, Step, StepKind
from clew.prepare.table import BlockOfColumns, Expression, Table, marked
from clew.prepare.values import said

_EXAMPLES = 3


@dataclass(frozen=True, eq=False)
class FittedStep:
    """A step, where it stands, and what it learnt.

    Parameters
    ----------
    number : int
        Position in the recipe, from 1.
    step : Step
        The step.
    before : Schema
        Columns that reach it.
    columns : tuple of Column
        Those it works on.
    state : mapping
        What it learnt.
    """

    number: int
    step: Step
    before: Schema
    columns: tuple[Column, ...]
    state: State

    def __reduce__(self) -> tuple[Any, ...]:
        # What is worked out from the fields (expressions, functions) is worked out again by another process.
        return type(self), (self.number, self.step, self.before, self.columns, self.state)

    @cached_property
    def made(self) -> tuple[Made, ...]:
        """The columns that it makes one by one."""
        with in_step(self.number, self.step.op):
            return tuple(self.step.make(self.columns, self.state))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The columns that it makes several at one go."""
        with in_step(self.number, self.step.op):
            return tuple(self.step.blocks(self.columns, self.state))

    @cached_property
    def new(self) -> tuple[Column, ...]:
        """All columns that it makes, in order.

        Raises
        ------
        RecipeError
            If two of them, or one of them and a column that is there, have the same name.
        """
        new = (*(item.column for item in self.made), *(column for block in self.blocks for column in block.columns))
        taken = set(self.before.names) - {column.name for column in self.columns}
        for column in new:
            if column.name in taken:
                with in_step(self.number, self.step.op):
                    raise RecipeError(
                        f"The new column {column.name!r} has the name of one that is there already.",
                        hint="Drop that one before, or make the new one under another name.",
                    )
            taken.add(column.name)
        return new

    @cached_property
    def dropped(self) -> frozenset[str]:
        """Names of the columns that are gone after it."""
        return frozenset(self.step.drops(self.columns, self.state))

    @cached_property
    def after(self) -> Schema:
        """Columns that leave it: made ones in the place of their namesakes or at the end, unless it rearranges them."""
        with in_step(self.number, self.step.op):
            if self.step.kind is StepKind.RESHAPE:
                return self.step.reshaped(self.before, self.columns, self.state)
            return self.step.arranged(self.before, self._unarranged, self.columns)

    @cached_property
    def _unarranged(self) -> Schema:
        return self.before.with_columns(*self.new).drop(self.dropped)

    def needed(self, wanted: frozenset[str]) -> frozenset[str]:
        """Return the columns that must reach it so that the wanted ones leave it."""
        if self.step.kind is StepKind.RESHAPE:
            return self.step.needs(self.before, self.columns, wanted)
        sources = {item.column.name: item.sources for item in self.made}
        sources |= {column.name: block.sources for block in self.blocks for column in block.columns}
        live = wanted & sources.keys()
        return (wanted - live) | {source for name in live for source in sources[name]}

    def apply(self, table: Table, wanted: frozenset[str] | None = None) -> Table:
        """Do the step on columns.

        Parameters
        ----------
        table : Table
            Rows with the columns that the step reads.
        wanted : frozenset of str, optional
            Names of the made columns that matter; all of them if None.
        """
        with in_step(self.number, self.step.op), words_of(table.engine), _told():
            if reason := self.step.refuses(table.engine):
                raise RecipeError(f"It does not run on {table.engine}: {reason}.", hint="Use a frame of Polars.")
            check_names(table.engine, self.after.names)
            if self.step.kind is StepKind.RESHAPE:
                return self.step.reshape(table, self.columns, self.state)
            names = frozenset(column.name for column in self.new)
            names = names if wanted is None else names & wanted
            made = [item for item in self.made if item.column.name in names]
            types = [{c.name: stored_type(c.dtype) for c in b.columns if c.name in names} for b in self.blocks]
            blocks = [(block, kept) for block, kept in zip(self.blocks, types, strict=True) if kept]
            used = {source for item in made for source in item.sources}
            used |= {source for block, _ in blocks for source in block.sources}
            # Training rows are looked at whether or not something is made of them: nothing, where nothing was read.
            refusals = self.step.refusals(self.columns, self.state)
            _refuse(table, tuple(refusal for refusal in refusals if wanted is None or refusal.column in used))
            table = table.with_columns({item.column.name: item.expression for item in made})
            table = table.with_blocks([_columns_of(block, kept) for block, kept in blocks])
            table = table.drop(self.dropped) if self.dropped else table
            if self.after.names == self._unarranged.names:
                return table
            left = table.types
            return table.keep([name for name in self.after.names if name in left])


@contextmanager
def _told() -> Iterator[None]:
    """Tell what Polars cannot compute in one line, as an error of the step."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise RecipeError(
            f"It cannot be computed on these rows: {said(error)}.",
            hint="Check that its columns have the types that they had in the training rows.",
        ) from error


def _columns_of(block: Block, kept: Mapping[str, pl.DataType]) -> BlockOfColumns:
    return BlockOfColumns(block.sources, kept, block.frame, rowwise=block.function is not None)


@dataclass(frozen=True, eq=False)
class Chain:
    """Fitted steps, one after the other, without what nobody needs.

    Parameters
    ----------
    schema : Schema
        Raw columns.
    steps : tuple of FittedStep
        In order.
    """

    schema: Schema
    steps: tuple[FittedStep, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.schema, self.steps)

    @cached_property
    def output(self) -> Schema:
        """Columns that come out."""
        return self.steps[-1].after if self.steps else entered(self.schema)

    @cached_property
    def needed(self) -> tuple[frozenset[str], ...]:
        """Before each step, and after the last: the columns that somebody further on needs.

        A made column that is only dropped again is not made, and a raw one that is only dropped need not be there.
        Of the raw columns that reach the end, features are needed; others (target, weight, id …) may be missing.
        """
        raw = set(self.schema.names)
        end = {c.name for c in self.output if c.role is Role.FEATURE or c.sources or c.name not in raw}
        needed = [frozenset(end)]
        for fitted in reversed(self.steps):
            needed.insert(0, fitted.needed(needed[0]))
        return tuple(needed)

    @cached_property
    def inputs(self) -> Schema:
        """The raw columns that a new row must have."""
        return Schema(tuple(column for column in self.schema if column.name in self.needed[0]))

    @cached_property
    def taken(self) -> Schema:
        """The raw columns that are looked at where they are there: those needed, and those only handed on."""
        handed_on = set(self.output.names) - self.needed[-1]
        return Schema(tuple(c for c in self.schema if c.name in self.needed[0] or c.name in handed_on))

    def transform(self, table: Table) -> Table:
        """Run on columns; the rows have the types of the schema.

        Raises
        ------
        SchemaError
            If a column is missing.
        """
        there = table.types
        missing = [name for name in self.inputs.names if name not in there]
        if missing:
            shown = ", ".join(repr(name) for name in missing[:5])
            raise SchemaError(
                f"The table lacks {shown}{' …' if len(missing) > 5 else ''}; {self.reader(missing[0])}.",
                hint=did_you_mean(missing[0], sorted(there)),
            )
        table = enter(table.keep([name for name in self.taken.names if name in there]), self.taken)
        for position, fitted in enumerate(self.steps):
            table = fitted.apply(table, self.needed[position + 1])
        left = table.types
        return table.keep([name for name in self.output.names if name in left])

    def reader(self, name: str) -> str:
        """Say what a raw column is needed for, for an error."""
        for fitted in self.steps:
            if any(column.name == name for column in fitted.columns):
                return f"step {fitted.number} ({fitted.step.op}) works on {name!r}"
        return f"{name!r} comes out of the recipe as it is"

    def compile(self) -> RowFunction:
        """Return the function that runs on one row: dict in, dict out, no dataframe on the way."""
        return compile_rows(self.inputs, self.steps, self.needed, self.output.names, self.reader)


def _refuse(table: Table, refusals: Sequence[Refusal]) -> None:
    """Raise for the first column with cells that a step will not work on: how many, where, which."""
    stated = [(refusal, refusal.expression) for refusal in refusals if refusal.expression is not None]
    found = table.figures(
        lambda F: {str(i): {"bad": marked(expression)(F).sum()} for i, (_, expression) in enumerate(stated)},
    )
    for position, (refusal, expression) in enumerate(stated):
        count = found[str(position)]["bad"] or 0
        if count:
            raise refusal.error(count, _examples(table, refusal.column, expression))
    for refusal in refusals:
        if refusal.cells is not None:
            values = table.polars(refusal.column)[refusal.column]
            bad = refusal.cells(values).arg_true()
            if len(bad):
                shown = bad.head(_EXAMPLES).to_list()
                raise refusal.error(len(bad), [(row, values[row]) for row in shown])


def _examples(table: Table, column: str, refused: Expression) -> list[tuple[Any, ...]]:
    """Return row and value of the first cells refused."""
    made: dict[str, Expression] = {"cell": lambda F: F.col(column), "bad": marked(refused)}
    cells = table.select(made).polars("cell", "bad").with_row_index("row")
    return cells.filter(pl.col("bad") == 1).select("row", "cell").head(_EXAMPLES).rows()
