"""The two executors of a fitted recipe: on columns, and on one row. Both run what the steps state in `Made`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw

from clew.core.errors import InputError, RecipeError, SchemaError, did_you_mean
from clew.core.schema import Column, Role, Schema
from clew.prepare.dtypes import family, is_number
from clew.prepare.options import in_step
from clew.prepare.step import Frame, Made, Refusal, State, Step

RowFunction = Callable[[Mapping[str, Any]], dict[str, Any]]
_EXAMPLES = 3
#: Stands for the place of a raw value that nobody needs, and that is handed on where it is there.
_PASSED = -1


@dataclass(frozen=True)
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

    def apply(self, frame: Frame, wanted: frozenset[str] | None = None) -> Frame:
        """Do the step on columns.

        Parameters
        ----------
        frame : narwhals frame
            Rows with the columns that the step reads.
        wanted : frozenset of str, optional
            Names of the made columns that matter; all of them if None.
        """
        made = [item for item in self.made if wanted is None or item.column.name in wanted]
        with in_step(self.number, self.step.op):
            _refuse(frame, tuple(self._refusals(made)))
        if made:
            frame = frame.with_columns(*(item.expression.alias(item.column.name) for item in made))
        return frame.drop(*self.dropped, strict=False) if self.dropped else frame

    def _refusals(self, made: Sequence[Made]) -> Iterator[Refusal]:
        used = {source for item in made for source in item.sources}
        return (refusal for refusal in self.step.refusals(self.columns, self.state) if refusal.column in used)


@dataclass(frozen=True)
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

    def transform(self, frame: Frame) -> Frame:
        """Run on columns; the frame has the types of the schema."""
        there = set(frame.collect_schema().names())
        missing = [name for name in self.inputs.names if name not in there]
        if missing:
            shown = ", ".join(repr(name) for name in missing[:5])
            raise SchemaError(
                f"The table lacks {shown}{' …' if len(missing) > 5 else ''}, which the recipe was fitted with.",
                hint=did_you_mean(missing[0], sorted(there)),
            )
        frame = enter(frame.select(*(name for name in self.schema.names if name in there)), self.schema)
        for position, fitted in enumerate(self.steps):
            frame = fitted.apply(frame, self.needed[position + 1])
        names = set(frame.collect_schema().names())
        left = [name for name in self.output.names if name in names]
        return frame.select(*left) if left else frame.drop(*names)

    def compile(self) -> RowFunction:
        """Return the function that runs on one row: dict in, dict out, no dataframe on the way."""
        inputs = self.inputs.names
        slots = {name: slot for slot, name in enumerate(inputs)}
        clean = [(slot, _cleaner(column)) for slot, column in enumerate(self.inputs) if _cleaner(column)]
        plan: list[tuple[Callable[..., Any], int, tuple[int, ...] | None]] = []
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


def enter(frame: Frame, schema: Schema) -> Frame:
    """Bring raw columns into the form that steps rely on: one form of missing, categories as texts."""
    types = frame.collect_schema()
    changed = []
    for column in schema:
        kind, value = family(str(types.get(column.name, ""))), nw.col(column.name)
        if kind in {"Categorical", "Enum"}:
            changed.append(value.cast(nw.String))
        elif kind in {"Decimal", "Float16"}:
            changed.append(value.cast(nw.Float64))
        elif kind in {"Float32", "Float64"}:
            changed.append(value.fill_nan(None))
    return frame.with_columns(*changed) if changed else frame


def _cleaner(column: Column) -> Callable[[Any], Any] | None:
    """Return what `enter` does to one value; None where it does nothing."""
    if family(column.dtype) == "Decimal":
        return lambda value: float(value) if isinstance(value, Decimal) else value
    if is_number(column.dtype):
        return lambda value: None if value != value else value
    return None


def _refuse(frame: Frame, refusals: Sequence[Refusal]) -> None:
    """Raise for the first column with cells that a step will not work on: how many, where, which."""
    if not refusals:
        return
    bad = [nw.when(item.expression).then(nw.lit(1)).otherwise(nw.lit(0)) for item in refusals]
    asked = frame.select(*(flag.sum().alias(f"r{i}") for i, flag in enumerate(bad)))
    found = (asked.collect() if isinstance(asked, nw.LazyFrame) else asked).rows()[0]
    for refusal, flag, count in zip(refusals, bad, found, strict=True):
        if not count:
            continue
        cells = frame.select(nw.col(refusal.column).alias("cell"), flag.alias("bad"))
        table = (cells.collect() if isinstance(cells, nw.LazyFrame) else cells).with_row_index("row")
        shown = table.filter(nw.col("bad") == 1).head(_EXAMPLES).select("row", "cell").rows()
        examples = ", ".join(f"{nw.to_py_scalar(cell)!r} in row {row}" for row, cell in shown)
        more = " …" if count > len(shown) else ""
        raise RecipeError(
            f"The column {refusal.column!r} has {count} values of which each {refusal.rule}: {examples}{more}.",
            hint=refusal.hint,
        )


def _running(
    inputs: tuple[str, ...],
    clean: Sequence[tuple[int, Callable[[Any], Any] | None]],
    plan: Sequence[tuple[Callable[..., Any], int, tuple[int, ...] | None]],
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
