"""Structures within cells: their keys become columns, and arrays that are written as text become arrays."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import polars as pl

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import dtype_name, family, kind_of, list_of, stored_type
from clew.prepare.jsontext import NoJsonError, as_sort, read, sort_of, stored
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, Made, Refusal, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Expression, Language, Table

#: More keys are refused: they are values rather than names.
MAX_KEYS = 10_000
_HINT = "Correct the cells, or use `errors: missing`."
_NO_OBJECT, _NO_ARRAY = "is no JSON object of the keys and types learnt", "is no JSON array of the type learnt"


class _OfStructures(ColumnStep):
    """A step that reads structures, or texts of JSON."""

    advice: ClassVar[str] = "Choose columns of structures, or of JSON texts."


@register
@dataclass(frozen=True)
class FlattenStructured(_OfStructures):
    """Take the first-level keys of a structure, or of a JSON object, as columns: ``place`` gives ``place_city``, etc.

    Which keys there are, and of which types, is learnt; later keys are left out. Keys with objects, arrays or values of
    several types become texts of JSON, and the step may be repeated for them. Numbers are float64; whole numbers beyond
    2**53, which are names rather than numbers, are texts.

    Parameters
    ----------
    keys : tuple of str, optional
        The keys to take; by default all of the training rows, sorted.
    errors : {"error", "missing"}, default "error"
        A cell that is no object, or whose value has another type, is refused, or gives missing values.
    keep : bool, default False
        Whether the structure stays.
    """

    keys: tuple[str, ...] | None = None
    errors: Literal["error", "missing"] = "error"
    keep: bool = False

    op: ClassVar[str] = "flatten_structured"

    def check(self) -> None:
        """Refuse an empty choice of keys."""
        if self.keys is not None and not self.keys:
            raise ConfigError("flatten_structured has no keys.", hint="Name some, or leave `keys` out for all.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all structures or texts."""
        columns = super().inputs(schema)
        for column in columns:
            if column.dtype != "String" and family(column.dtype) != "Struct":
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which has no keys.", hint=self.advice
                )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the keys and their types."""
        state = {}
        for column in columns:
            values = table.polars(column.name)[column.name]
            found = _fields(values) if column.dtype != "String" else _keys_of_texts(values, self.keys)
            if self.keys is not None:
                found = {key: found.get(key, "String") for key in self.keys}
            if len(found) > MAX_KEYS:
                raise RecipeError(
                    f"The column {column.name!r} has {len(found)} keys, and {MAX_KEYS} are the most.",
                    hint="Name those you need in `keys`.",
                )
            state[column.name] = {"keys": found}
        return state

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make a column per key of a structure."""
        for column in columns:
            if column.dtype != "String":
                for key, dtype in state[column.name]["keys"].items():
                    yield Made(_described(column, key, dtype), (column.name,), *_field(column.name, key, dtype))

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the columns of a text together, as it is read only once."""
        for column in columns:
            sorts = state[column.name]["keys"]
            if column.dtype == "String" and sorts:
                made = tuple(_described(column, key, stored(sort), sort) for key, sort in sorts.items())
                cell = _reading(sorts)
                yield Block(
                    made, (column.name,), _framing(column.name, made, cell), self._strict(column.name, cell, len(made))
                )

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse texts that cannot be read, if that is the policy."""
        for column in columns:
            if column.dtype == "String" and self.errors == "error":
                cell = _reading(state[column.name]["keys"])
                yield Refusal(column.name, None, _NO_OBJECT, _HINT, partial(_unreadable, cell))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the structures, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def _strict(
        self, name: str, cell: Callable[[str | None], tuple[Any, ...]], count: int
    ) -> Callable[[str | None], tuple[Any, ...]]:
        return _answering(name, cell, None if self.errors == "error" else (None,) * count, _NO_OBJECT)


@register
@dataclass(frozen=True)
class ParseArray(_OfStructures):
    """Read arrays that are written as JSON text, ``[1, 2.5, null]``, into columns of arrays.

    The type of the values is learnt: numbers, truth values, texts, or else texts of JSON.

    Parameters
    ----------
    errors : {"error", "missing"}, default "error"
        A text that is no such array is refused, or becomes missing.
    """

    errors: Literal["error", "missing"] = "error"

    op: ClassVar[str] = "parse_array"

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all texts."""
        columns = super().inputs(schema)
        for column in columns:
            if column.dtype != "String":
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which is no text.", hint=self.advice
                )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the types of the values."""
        state = {}
        for column in columns:
            cells = (_read_or_none(text) for text in table.polars(column.name)[column.name].unique().to_list())
            values = [value for cell in cells if isinstance(cell, list) for value in cell]
            state[column.name] = {"values": sort_of(values)}
        return state

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the arrays."""
        for column in columns:
            sort = state[column.name]["values"]
            made = derive(column, dtype=list_of(stored(sort)), kind=Kind.NESTED, direction=Direction.LOSES)
            cell = _arrays(sort)
            policy = None if self.errors == "error" else (None,)
            function = _answering(column.name, cell, policy, _NO_ARRAY)
            yield Block((made,), (column.name,), _framing(column.name, (made,), cell), function)

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse texts that cannot be read, if that is the policy."""
        for column in columns:
            if self.errors == "error":
                cell = _arrays(state[column.name]["values"])
                yield Refusal(column.name, None, _NO_ARRAY, _HINT, partial(_unreadable, cell))


def _described(column: Column, key: str, dtype: str, sort: str = "") -> Column:
    kind = Kind.TEXT if sort == "JSON" else kind_of(dtype)
    return derive(column, name=f"{column.name}_{key}", dtype=dtype, kind=kind, direction=Direction.LOSES)


def _fields(values: pl.Series) -> dict[str, str]:
    """Return the keys of structures and the storage types of their values."""
    assert isinstance(values.dtype, pl.Struct)  # noqa: S101 - `inputs` has seen to it
    return {field.name: dtype_name(field.dtype) for field in values.dtype.fields}


def _keys_of_texts(values: pl.Series, wanted: Sequence[str] | None) -> dict[str, str]:
    """Return the keys of JSON objects, sorted, and the sorts of their values."""
    found: dict[str, set[str]] = {}
    for text in values.unique().to_list():
        cell = _read_or_none(text)
        for key, value in cell.items() if isinstance(cell, dict) else ():
            sorts = found.setdefault(key, set())
            if value is not None:
                sorts.add(sort_of([value]))
    chosen = sorted(found) if wanted is None else [key for key in wanted if key in found]
    return {key: next(iter(found[key]), "String") if len(found[key]) < 2 else "JSON" for key in chosen}


def _read_or_none(text: str | None) -> Any:
    try:
        return read(text)
    except NoJsonError:
        return None


def _field(name: str, key: str, dtype: str) -> tuple[Expression, Callable[[Any], Any]]:
    float_ = dtype in {"Float32", "Float64"}

    def expression(F: Language) -> Any:
        value = F.col(name).struct.field(key)
        return value.fill_nan(None) if float_ else value

    def field(cell: Mapping[str, Any] | None) -> Any:
        value = None if cell is None else cell.get(key)
        return None if value != value else value

    return expression, field


def _reading(sorts: Mapping[str, str]) -> Callable[[str | None], tuple[Any, ...]]:
    """Return what reads the keys of one text."""
    items, nothing = tuple(sorts.items()), (None,) * len(sorts)

    def cell(text: str | None) -> tuple[Any, ...]:
        value = read(text)
        if value is None:
            return nothing
        if not isinstance(value, dict):
            raise NoJsonError("no object")
        return tuple([as_sort(value.get(key), sort) for key, sort in items])

    return cell


def _arrays(sort: str) -> Callable[[str | None], tuple[Any, ...]]:
    """Return what reads the array of one text."""

    def cell(text: str | None) -> tuple[Any, ...]:
        value = read(text)
        if value is not None and not isinstance(value, list):
            raise NoJsonError("no array")
        return (None,) if value is None else ([as_sort(item, sort) for item in value],)

    return cell


def _framing(
    name: str, made: Sequence[Column], cell: Callable[[str | None], tuple[Any, ...]]
) -> Callable[[pl.DataFrame], pl.DataFrame]:
    nothing, schema = (None,) * len(made), {column.name: stored_type(column.dtype) for column in made}

    def lenient(text: str | None) -> tuple[Any, ...]:
        try:
            return cell(text)
        except NoJsonError:
            return nothing

    def frame(rows: pl.DataFrame) -> pl.DataFrame:
        read_rows = [lenient(text) for text in rows[name].to_list()]
        return pl.DataFrame(read_rows, schema=schema, orient="row")

    return frame


def _answering(
    name: str, cell: Callable[[str | None], tuple[Any, ...]], otherwise: tuple[Any, ...] | None, rule: str
) -> Callable[[str | None], tuple[Any, ...]]:
    def answer(text: str | None) -> tuple[Any, ...]:
        try:
            return cell(text)
        except NoJsonError:
            if otherwise is None:
                raise RecipeError(f"A value of the column {name!r} {rule}.", hint=_HINT) from None
            return otherwise

    return answer


def _unreadable(cell: Callable[[str | None], tuple[Any, ...]], values: pl.Series) -> pl.Series:
    def fails(text: str | None) -> bool:
        try:
            cell(text)
        except NoJsonError:
            return True
        return False

    return pl.Series([fails(text) for text in values.to_list()], dtype=pl.Boolean)
