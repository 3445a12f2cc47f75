"""Vectors: several numbers in one column of lists, and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import polars as pl

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import is_number
from clew.prepare.lineage import combine, derive
from clew.prepare.onevector import in_lists
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, Refusal, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Language, Table

_FEWEST = 1


@register
@dataclass(frozen=True)
class Assemble(ColumnStep):
    """Put numbers, truth values and vectors one behind the other into one column of lists.

    A missing number is a missing element. A vector among the sources takes as many places as the longest training row
    has: a shorter one is filled up with missing elements, and a longer one is refused.

    Parameters
    ----------
    name : str, default "vector"
        Name of the new column.
    keep : bool, default False
        Whether the sources stay.
    """

    name: str = "vector"
    keep: bool = False

    op: ClassVar[str] = "assemble"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMERIC, Kind.ORDINAL, Kind.BOOLEAN, Kind.NESTED})
    advice: ClassVar[str] = "Turn it into numbers first, e.g. with one_hot or ordinal."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the sources, all of numbers, truth values or lists of numbers."""
        columns = super().inputs(schema)
        for column in columns:
            inside = _element(column)
            if not is_number(inside or column.dtype) and (inside or column.dtype) != "Boolean":
                raise RecipeError(f"The column {column.name!r} holds {column.dtype}, not numbers.", hint=self.advice)
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the length of each vector."""
        return {"lengths": _longest(table, [column for column in columns if _element(column)])}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the vector."""
        if not columns:
            return
        lengths = [state["lengths"].get(column.name) for column in columns]
        places = [
            _places(length, column, number=True, hint=_MORE_DATA)
            for column, length in zip(columns, lengths, strict=True)
        ]
        names = tuple(column.name for column in columns)
        made = combine(columns, name=self.name, dtype="List(Float64)", kind=Kind.NESTED)

        def whole(frame: pl.DataFrame) -> pl.DataFrame:
            parts = [
                part for column, length in zip(columns, lengths, strict=True)
                for part in _split(frame[column.name], length, pl.Float64())
            ]  # fmt: skip
            return in_lists(self.name, parts, frame.height).to_frame()

        def row(*values: Any) -> tuple[list[float | None]]:
            return ([element for value, place in zip(values, places, strict=True) for element in place(value)],)

        yield Block((made,), names, whole, row)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse vectors that are longer than those learnt."""
        for column in columns:
            if column.dtype.startswith("List"):
                yield _too_long(column, state["lengths"][column.name], _MORE_DATA)


@register
@dataclass(frozen=True)
class Flatten(ColumnStep):
    """Take lists apart into one column per element: ``v`` gives ``v_0``, ``v_1`` and so on.

    As many columns are made as the longest training row has elements; where a list is shorter, the rest is missing.
    Numbers become float64.

    Parameters
    ----------
    length : int, optional
        How many columns to make, if not as many as the training rows need.
    longer : {"error", "cut"}, default "error"
        A list with more elements is refused, or its further elements are left out.
    prefix : str, optional
        Takes the place of the column's name in those of the new ones; for a single column.
    keep : bool, default False
        Whether the source stays.
    """

    length: int | None = None
    longer: Literal["error", "cut"] = "error"
    prefix: str | None = None
    keep: bool = False

    op: ClassVar[str] = "flatten"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NESTED})
    advice: ClassVar[str] = "Choose columns that hold lists."

    def check(self) -> None:
        """Refuse a length below one."""
        if self.length is not None and self.length < _FEWEST:
            raise ConfigError(f"flatten has length {self.length!r}; at least {_FEWEST} is needed.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the sources, all lists of plain values."""
        columns = super().inputs(schema)
        for column in columns:
            inside = _element(column)
            if inside is None or not (is_number(inside) or inside in {"String", "Boolean"}):
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}; lists of numbers, texts or truth values can be "
                    "taken apart.",
                    hint="Take structures apart by their keys, and lists of lists one level at a time, before.",
                )
        if self.prefix is not None and len(columns) > 1:
            raise ConfigError(
                f"flatten has one `prefix`, and {str(self.selection)!r} means {len(columns)} columns.",
                hint="Leave it out, or use a step for each.",
            )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn how many columns are needed."""
        if self.length is not None:
            return {"lengths": {column.name: self.length for column in columns}}
        return {"lengths": _longest(table, columns)}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the columns of each list."""
        for column in columns:
            length = state["lengths"][column.name]
            if length:
                yield self._block(column, length)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse lists with more elements than columns, if that is the policy."""
        for column in columns:
            if self.longer == "error" and column.dtype.startswith("List"):
                yield _too_long(column, state["lengths"][column.name], _CUT)

    def _block(self, column: Column, length: int) -> Block:
        inside = str(_element(column))
        dtype, kind = ("Float64", Kind.NUMERIC) if is_number(inside) else (inside, Kind.CATEGORICAL)
        kind = Kind.BOOLEAN if inside == "Boolean" else kind
        prefix = self.prefix if self.prefix is not None else column.name
        names = [f"{prefix}_{i}" for i in range(length)]
        made = tuple(derive(column, name=name, dtype=dtype, kind=kind, direction=Direction.LOSES) for name in names)
        stored: pl.DataType = {"Float64": pl.Float64(), "String": pl.String(), "Boolean": pl.Boolean()}[dtype]
        place = _places(length, column, number=dtype == "Float64", hint=_CUT, strict=self.longer == "error")

        def whole(frame: pl.DataFrame) -> pl.DataFrame:
            parts = _split(frame[column.name], length, stored)
            return pl.DataFrame([part.alias(name) for part, name in zip(parts, names, strict=True)])

        return Block(made, (column.name,), whole, lambda value: tuple(place(value)))


_CUT = "Use `longer: cut` to leave the rest out, or fit the recipe anew on rows with such lists."
_MORE_DATA = "Fit the recipe anew on rows with such lists."


def _element(column: Column) -> str | None:
    """Return the type of the elements of a column of lists, None for another column."""
    base, _, inside = column.dtype.partition("(")
    if base == "List":
        return inside.removesuffix(")")
    return inside.rpartition(", shape=")[0] if base == "Array" else None


def _longest(table: Table, columns: Sequence[Column]) -> Mapping[str, int]:
    if not columns:
        return {}
    frame = table.polars(*(column.name for column in columns))
    return {
        values.name: max(_as_list(values).list.len().drop_nulls().to_list(), default=0)
        for values in frame.iter_columns()
    }


def _as_list(values: pl.Series) -> pl.Series:
    return values.arr.to_list() if isinstance(values.dtype, pl.Array) else values


def _split(values: pl.Series, length: int | None, dtype: pl.DataType) -> list[pl.Series]:
    """Return a column of lists as one series per element, or another column as it is; without NaN."""
    if length is None:
        parts = [values.cast(pl.Float64)]
    else:
        lists = _as_list(values)
        parts = [lists.list.get(i, null_on_oob=True).cast(dtype) for i in range(length)]
    return [part.fill_nan(None) if dtype.is_float() else part for part in parts]


def _places(
    length: int | None, column: Column, *, number: bool, hint: str, strict: bool = True
) -> Callable[[Any], list[Any]]:
    """Return the function that turns one value into the elements it takes up: a list's into `length` of them."""

    def element(value: Any) -> Any:
        if value is None or not number:
            return value
        value = float(value)
        return None if value != value else value

    if length is None:
        return lambda value: [element(value)]

    def elements(value: Any) -> list[Any]:
        if value is None:
            return [None] * length
        if strict and len(value) > length:
            raise RecipeError(
                f"The list of the column {column.name!r} has {len(value)} elements, more than {length}.",
                hint=hint,
            )
        taken = [element(item) for item in value[:length]]
        return taken + [None] * (length - len(taken))

    return elements


def _too_long(column: Column, length: int, hint: str) -> Refusal:
    def longer(F: Language) -> Any:
        return F.col(column.name).list.len() > length

    return Refusal(column.name, longer, f"has more than {length} elements", hint)
