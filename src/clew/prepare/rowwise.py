"""A recipe on one row: a plain function from dict to dict, made once and without a dataframe on the way."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol

from clew.core.errors import InputError, RecipeError, SchemaError
from clew.core.schema import Schema
from clew.prepare.entrance import cleaner
from clew.prepare.step import Block, Function, Made, Step
from clew.prepare.values import said

RowFunction = Callable[[Mapping[str, Any]], dict[str, Any]]
#: Stands for the place of a raw value that nobody needs, and that is handed on where it is there.
_PASSED = -1


class Maker(Protocol):
    """What is asked of a fitted step."""

    @property
    def number(self) -> int:
        """Position in the recipe, from 1."""

    @property
    def step(self) -> Step:
        """The step."""

    @property
    def made(self) -> tuple[Made, ...]:
        """The columns that it makes one by one."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The columns that it makes several at one go."""


def compile_rows(
    inputs: Schema,
    steps: Sequence[Maker],
    needed: Sequence[frozenset[str]],
    output: Sequence[str],
    reader: Callable[[str], str],
) -> RowFunction:
    """Return the function that runs fitted steps on one row.

    Values stand in a list: the raw ones first, then each made one at the end, so that a step sees the values as they
    were before it.

    Parameters
    ----------
    inputs : Schema
        Raw columns that a row must have.
    steps : sequence of fitted steps
        In order.
    needed : sequence of frozenset of str
        Before each step, and after the last: the columns that somebody further on needs.
    output : sequence of str
        Columns that come out, in order; those that nobody needs are handed on where they are there.
    reader : callable
        Says what a raw column is needed for.
    """
    slots = {name: slot for slot, name in enumerate(inputs.names)}
    plan: list[tuple[Function, int, tuple[int, ...] | None]] = []
    makers: list[Maker] = []

    def put(function: Function, sources: tuple[int, ...], fitted: Maker) -> int:
        """Plan one more value and return its place."""
        one = len(sources) == 1
        plan.append((function, sources[0] if one else -1, None if one else sources))
        makers.append(fitted)
        return len(inputs) + len(plan) - 1

    for fitted, wanted in zip(steps, needed[1:], strict=True):
        new = {}
        for item in fitted.made:
            if item.column.name in wanted:
                assert item.function is not None  # noqa: S101 - only offline steps have none
                new[item.column.name] = put(item.function, tuple(slots[name] for name in item.sources), fitted)
        for block in fitted.blocks:
            places = [place for place, column in enumerate(block.columns) if column.name in wanted]
            if places:
                assert block.function is not None  # noqa: S101 - only offline steps have none
                whole = put(block.function, tuple(slots[name] for name in block.sources), fitted)
                for place in places:
                    new[block.columns[place].name] = put(itemgetter(place), (whole,), fitted)
        slots.update(new)
    outputs = [(name, slots[name] if name in needed[-1] else _PASSED) for name in output]
    cleaners = [(slot, clean) for slot, column in enumerate(inputs) if (clean := cleaner(column)) is not None]
    return _running(inputs.names, cleaners, plan, makers, outputs, reader)


def _running(
    inputs: tuple[str, ...],
    cleaners: Sequence[tuple[int, Function]],
    plan: Sequence[tuple[Function, int, tuple[int, ...] | None]],
    makers: Sequence[Maker],
    outputs: Sequence[tuple[str, int]],
    reader: Callable[[str], str],
) -> RowFunction:
    def run(row: Mapping[str, Any]) -> dict[str, Any]:
        try:
            values = [row[name] for name in inputs]
        except KeyError as error:
            raise SchemaError(
                f"The row has no column {error.args[0]!r}; {reader(error.args[0])}.",
                hint="Give it the value None if it is missing.",
            ) from None
        for slot, function in cleaners:
            values[slot] = function(values[slot])
        put = values.append
        try:
            for function, slot, many in plan:
                put(function(values[slot]) if many is None else function(*[values[s] for s in many]))
        except (TypeError, ValueError, AttributeError, InputError) as error:
            raise _row_error(error, makers[len(values) - len(inputs)]) from error
        return {
            name: values[slot] if slot != _PASSED else row[name]
            for name, slot in outputs
            if slot != _PASSED or name in row
        }

    return run


def _row_error(error: Exception, fitted: Maker) -> InputError:
    where = f"Step {fitted.number} ({fitted.step.op})"
    if isinstance(error, InputError):
        return RecipeError(f"{where}: {error.message}", hint=error.hint)
    return RecipeError(
        f"{where}: a value is of another type than the column's: {said(error)}.",
        hint="Conform the row to the schema first: clew.collect.conform.conform_row(row, schema).",
    )
