"""The two executors of a fitted recipe: on columns, and on one row. Both run what the steps state in `Made`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from clew.core.errors import InputError, RecipeError, SchemaError, did_you_mean
from clew.core.schema import Column, Role, Schema
from clew.prepare.dtypes import family, is_number
from clew.prepare.options import in_step
from clew.prepare.step import Function, Made, Refusal, State, Step
from clew.prepare.table import Expression, Language, Table

RowFunction = Callable[[Mapping[str, Any]], dict[str, Any]]
_EXAMPLES = 3
#: Stands for the place of a raw value that nobody needs, and that is handed on where it is there.
_PASSED = -1


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

    @cached_property
    def made(self) -> tuple[Made, ...]:
        """The columns that it makes.

        Raises
        ------
        RecipeError
            If two of them, or one of them and a column that is there, have the same name.
        """
        with in_step(self.number, self.step.op):
            made = tuple(self.step.make(self.columns, self.state))
            own = {column.name for column in self.columns}
            taken = set(self.before.names) - own
            for item in made:
                if item.column.name in taken:
                    raise RecipeError(
                        f"The new column {item.column.name!r} has the name of one that is there already.",
                        hint="Drop that one before, or make the new one under another name.",
                    )
                taken.add(item.column.name)
            return made

    @cached_property
    def dropped(self) -> frozenset[str]:
        """Names of the columns that are gone after it."""
        return frozenset(self.step.drops(self.columns, self.state))

    @cached_property
    def after(self) -> Schema:
        """Columns that leave it: made ones in the place of their namesakes or at the end."""
        return self.before.with_columns(*(item.column for item in self.made)).drop(self.dropped)

    def apply(self, table: Table, wanted: frozenset[str] | None = None) -> Table:
        """Do the step on columns.

        Parameters
        ----------
        table : Table
            Rows with the columns that the step reads.
        wanted : frozenset of str, optional
            Names of the made columns that matter; all of them if None.
        """
        made = [item for item in self.made if wanted is None or item.column.name in wanted]
        with in_step(self.number, self.step.op):
            _refuse(table, tuple(self._refusals(made)))
        table = table.with_columns({item.column.name: item.expression for item in made})
        return table.drop(self.dropped) if self.dropped else table

    def _refusals(self, made: Sequence[Made]) -> Iterator[Refusal]:
        used = {source for item in made for source in item.sources}
        return (refusal for refusal in self.step.refusals(self.columns, self.state) if refusal.column in used)


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
            made = {item.column.name: item for item in fitted.made}
            live = needed[0] & made.keys()
            sources = {source for name in live for source in made[name].sources}
            needed.insert(0, (needed[0] - live) | sources)
        return tuple(needed)

    @cached_property
    def inputs(self) -> Schema:
        """The raw columns that a new row must have."""
        return Schema(tuple(column for column in self.schema if column.name in self.needed[0]))

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
                f"The table lacks {shown}{' …' if len(missing) > 5 else ''}, which the recipe was fitted with.",
                hint=did_you_mean(missing[0], sorted(there)),
            )
        table = enter(table.keep([name for name in self.schema.names if name in there]), self.schema)
        for position, fitted in enumerate(self.steps):
            table = fitted.apply(table, self.needed[position + 1])
        left = table.types
        return table.keep([name for name in self.output.names if name in left])

    def compile(self) -> RowFunction:
        """Return the function that runs on one row: dict in, dict out, no dataframe on the way."""
        inputs = self.inputs.names
        slots = {name: slot for slot, name in enumerate(inputs)}
        clean = [(slot, _cleaner(column)) for slot, column in enumerate(self.inputs) if _cleaner(column)]
        plan: list[tuple[Function, int, tuple[int, ...] | None]] = []
        labels: list[FittedStep] = []
        for position, fitted in enumerate(self.steps):
            new = {}
            for item in fitted.made:
                if item.column.name in self.needed[position + 1]:
                    sources = tuple(slots[name] for name in item.sources)
                    one = len(sources) == 1
                    new[item.column.name] = len(inputs) + len(plan)
                    plan.append((item.function, sources[0] if one else -1, None if one else sources))
                    labels.append(fitted)
            slots.update(new)
        end = self.needed[-1]
        outputs = [(name, slots[name] if name in end else _PASSED) for name in self.output.names]
        return _running(inputs, clean, plan, labels, outputs)


def entered(schema: Schema) -> Schema:
    """Describe raw columns as they are inside a recipe: categories as texts, decimals as floats."""
    types = {"Categorical": "String", "Enum": "String", "Decimal": "Float64", "Float16": "Float64"}
    changed = [column for column in schema if family(column.dtype) in types]
    return schema.with_columns(*(replace(column, dtype=types[family(column.dtype)]) for column in changed))


def enter(table: Table, schema: Schema) -> Table:
    """Bring raw columns into the form that steps rely on: one form of missing, categories as texts."""
    types = {name: family(str(dtype)) for name, dtype in table.types.items()}
    changes = {column.name: _CLEAN.get(types.get(column.name, "")) for column in schema}
    return table.with_columns({name: change(name) for name, change in changes.items() if change is not None})


def _as_text(name: str) -> Expression:
    return lambda F: F.col(name).cast(F.String)


def _as_float64(name: str) -> Expression:
    return lambda F: F.col(name).cast(F.Float64)


def _without_nan(name: str) -> Expression:
    return lambda F: F.col(name).fill_nan(None)


#: What happens to a raw column of a type, where anything has to.
_CLEAN = {
    "Categorical": _as_text,
    "Enum": _as_text,
    "Decimal": _as_float64,
    "Float16": _as_float64,
    "Float32": _without_nan,
    "Float64": _without_nan,
}


def _cleaner(column: Column) -> Callable[[Any], Any] | None:
    """Return what `enter` does to one value; None where it does nothing."""
    if family(column.dtype) == "Decimal":
        return lambda value: float(value) if isinstance(value, Decimal) else value
    if is_number(column.dtype):
        return lambda value: None if value != value else value
    return None


def _refuse(table: Table, refusals: Sequence[Refusal]) -> None:
    """Raise for the first column with cells that a step will not work on: how many, where, which."""
    if not refusals:
        return
    found = table.figures(
        lambda F: {str(i): {"bad": _flag(F, item).sum()} for i, item in enumerate(refusals)},
    )
    for position, refusal in enumerate(refusals):
        count = found[str(position)]["bad"] or 0
        if count:
            shown = _examples(table, refusal)
            examples = ", ".join(f"{cell!r} in row {row}" for row, cell in shown)
            raise RecipeError(
                f"The column {refusal.column!r} has {count} values of which each {refusal.rule}: "
                f"{examples}{' …' if count > len(shown) else ''}.",
                hint=refusal.hint,
            )


def _examples(table: Table, refusal: Refusal) -> list[tuple[Any, ...]]:
    """Return row and value of the first cells refused."""
    made: dict[str, Expression] = {"cell": lambda F: F.col(refusal.column), "bad": lambda F: _flag(F, refusal)}
    cells = table.select(made).polars("cell", "bad").with_row_index("row")
    return cells.filter(pl.col("bad") == 1).select("row", "cell").head(_EXAMPLES).rows()


def _flag(F: Language, refusal: Refusal) -> Any:
    return F.when(refusal.expression(F)).then(F.lit(1)).otherwise(F.lit(0))


def _running(
    inputs: tuple[str, ...],
    clean: Sequence[tuple[int, Callable[[Any], Any] | None]],
    plan: Sequence[tuple[Function, int, tuple[int, ...] | None]],
    labels: Sequence[FittedStep],
    outputs: Sequence[tuple[str, int]],
) -> RowFunction:
    cleaners = [(slot, function) for slot, function in clean if function is not None]

    def run(row: Mapping[str, Any]) -> dict[str, Any]:
        try:
            values = [row[name] for name in inputs]
        except KeyError as error:
            raise SchemaError(
                f"The row has no column {error.args[0]!r}, which the recipe needs.",
                hint="Give it the value None if it is missing.",
            ) from None
        for slot, function in cleaners:
            values[slot] = function(values[slot])
        put = values.append
        try:
            for function, slot, many in plan:
                put(function(values[slot]) if many is None else function(*[values[s] for s in many]))
        except (TypeError, ValueError, AttributeError, InputError) as error:
            raise _row_error(error, labels[len(values) - len(inputs)]) from error
        return {
            name: values[slot] if slot != _PASSED else row[name]
            for name, slot in outputs
            if slot != _PASSED or name in row
        }

    return run


def _row_error(error: Exception, fitted: FittedStep) -> InputError:
    where = f"Step {fitted.number} ({fitted.step.op})"
    if isinstance(error, InputError):
        return RecipeError(f"{where}: {error.message}", hint=error.hint)
    return RecipeError(
        f"{where}: a value is of another type than the column's: {error}.",
        hint="Conform the row to the schema first: clew.collect.conform.conform_row(row, schema).",
    )
