"""Another type for a column, with a plain answer to what cannot be converted."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import family, is_number, is_whole
from clew.prepare.lineage import derive
from clew.prepare.moments import INFER, Unit, check_column, check_stated, learn
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, Function, Made, Refusal, State, Training
from clew.prepare.table import Expression, Language, Table
from clew.prepare.to_moments import ToMoments
from clew.prepare.values import short

Target = Literal["number", "integer", "text", "boolean", "category", "date", "datetime"]
_MOMENTS = frozenset({"date", "datetime"})

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
_INTEGER = r"[+-]?[0-9]{1,18}"
_TRUE = ("true", "yes", "y", "t", "1")
_FALSE = ("false", "no", "n", "f", "0")
_MICROSECOND = timedelta(microseconds=1)
#: Whole floats below this are exact as 64-bit integers.
_LARGEST_WHOLE = 2.0**63
_RULES = {
    "number": "is no number",
    "integer": "is no whole number",
    "text": "is no text",
    "boolean": "is neither true nor false",
    "category": "is no category",
}


@dataclass(frozen=True, slots=True)
class _Conversion:
    """How one type becomes another: both ways give missing for what cannot be converted."""

    dtype: str
    kind: Kind
    frame: Callable[[Language, Any], Any]
    row: Function
    direction: Direction = Direction.LOSES

    def of(self, column: Column) -> Expression:
        return lambda F: self.frame(F, F.col(column.name))


@register
@dataclass(frozen=True)
class Cast(ColumnStep):
    """Convert columns to another type.

    ``number`` and ``integer`` read texts (``"-1.5e3"``; no thousands separators) and truth values (0 and 1); ``number``
    also takes lengths of time (seconds), ``integer`` whole numbers only. ``boolean`` reads 0 and 1, and the texts
    true/false, yes/no, y/n, t/f in any case. ``text`` spells whole numbers and truth values. ``category`` keeps the
    values and declares them categories, e.g. a code that looks like a number. ``datetime`` reads moments out of texts,
    and out of numbers that count from 1970; ``date`` does so too, and cuts the time of day off.

    Parameters
    ----------
    to : {"number", "integer", "text", "boolean", "category", "date", "datetime"}
        The new type.
    errors : {"error", "missing"}, default "error"
        A value that cannot be converted is refused, or becomes missing.
    format : str, default "infer"
        How texts write moments, in Python's directives (``"%d-%m-%Y"``); ``infer`` finds it out from the training rows.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count that become moments.
    """

    to: Target
    errors: Literal["error", "missing"] = "error"
    format: str = INFER
    unit: Unit | None = None

    op: ClassVar[str] = "cast"

    def check(self) -> None:
        """Refuse a format that makes no sense, or that nothing is read by."""
        check_stated(self.format, None)
        for name, stated in (("format", self.format != INFER), ("unit", self.unit is not None)):
            if stated and self.to not in _MOMENTS:
                raise ConfigError(
                    f"cast has `{name}`, which `to: {self.to}` has no use for.",
                    hint="Leave it out, or cast to date or datetime.",
                )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of a type that can be converted."""
        columns = super().inputs(schema)
        for column in columns:
            if self.to in _MOMENTS:
                check_column(column, self.unit)
            else:
                self._conversion(column)
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn how texts write moments."""
        if self.to not in _MOMENTS:
            return {}
        return {column.name: learn(table, column, self.format, None) for column in columns}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column in its new type."""
        for column in columns:
            if self.to in _MOMENTS:
                made_already = self._moments(column, state).made
                if made_already is not None:
                    yield made_already
                continue
            how = self._conversion(column)
            made = derive(column, dtype=how.dtype, kind=how.kind, direction=how.direction)
            function = how.row if self.errors == "missing" else self._strict(column.name, how.row)
            yield Made(made, (column.name,), how.of(column), function)

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make moments of texts and numbers."""
        if self.to in _MOMENTS:
            for column in columns:
                moments = self._moments(column, state)
                if moments.made is None:
                    yield moments.block

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse what cannot be converted, if that is the policy."""
        for column in columns:
            if self.to in _MOMENTS:
                refusal = self._moments(column, state).refusal
                if refusal is not None:
                    yield refusal
            elif self.errors == "error":
                yield Refusal(column.name, _lost(column, self._conversion(column)), _RULES[self.to], self._hint)

    @property
    def _hint(self) -> str:
        return "Correct the values, or use `errors: missing` to turn them into missing ones."

    def _moments(self, column: Column, state: State) -> ToMoments:
        strict = self.errors == "error"
        return ToMoments(column, state[column.name], self.to == "date", self.format, self.unit, strict, self._hint)

    def _conversion(self, column: Column) -> _Conversion:
        if self.to == "category" and family(column.dtype) not in {"Date", "Datetime", "Duration", "Time"}:
            return _Conversion(column.dtype, Kind.CATEGORICAL, lambda _, value: value, lambda value: value)
        found = _CONVERSIONS.get((_sort(column.dtype), self.to))
        if found is None:
            raise RecipeError(
                f"The column {column.name!r} holds {column.dtype}, which cannot become {self.to}.",
                hint="Take a moment apart with date_parts; round a float with derive before it becomes a text.",
            )
        return found

    def _strict(self, name: str, convert: Function) -> Function:
        def strict(value: Any) -> Any:
            result = convert(value)
            if result is None and value is not None:
                raise RecipeError(
                    f"The value {short(value)} of the column {name!r} {_RULES[self.to]}.", hint=self._hint
                )
            return result

        return strict


def _sort(dtype: str) -> str:
    if is_number(dtype):
        return "whole" if is_whole(dtype) else "float"
    return family(dtype)


def _lost(column: Column, how: _Conversion) -> Expression:
    return lambda F: how.of(column)(F).is_null() & ~F.col(column.name).is_null()


def _matching(F: Language, value: Any, pattern: str) -> Any:
    """Return a text without blanks around it, where the whole of it matches."""
    text = value.str.strip_chars(" ")
    # In some engines `$` also matches before a closing line break.
    matches = text.str.contains(f"^{pattern}$") & ~text.str.contains("\n", literal=True)
    return F.when(matches).then(text.str.replace_all(r"^\+", ""))


def _read(pattern: str, convert: Callable[[str], Any]) -> Function:
    matches = re.compile(pattern).fullmatch

    def read(value: str | None) -> Any:
        text = None if value is None else value.strip(" ")
        return convert(text) if text is not None and matches(text) else None

    return read


def _optional(convert: Function) -> Function:
    return lambda value: None if value is None else convert(value)


def _whole_float(F: Language, value: Any) -> Any:
    number = value.cast(F.Float64)
    whole = (number.abs() < _LARGEST_WHOLE) & (number.floor() == number)
    return F.when(whole).then(number).cast(F.Int64)


def _whole_of(value: float) -> int | None:
    return int(value) if abs(value) < _LARGEST_WHOLE and value.is_integer() else None


def _text_truth(F: Language, value: Any) -> Any:
    word = value.str.strip_chars(" ").str.to_lowercase()
    return F.when(word.is_in(_TRUE) | word.is_in(_FALSE)).then(word.is_in(_TRUE))


def _truth_of_text(value: str) -> bool | None:
    word = value.strip(" ").lower()
    return word in _TRUE if word in _TRUE or word in _FALSE else None


def _number_truth(F: Language, value: Any) -> Any:
    return F.when((value == 0) | (value == 1)).then(value == 1)


def _truth_of_number(value: float) -> bool | None:
    return value == 1 if value in {0, 1} else None


def _as_integer(F: Language, value: Any) -> Any:
    """Return whole numbers as they are; a column of them may come with fractions in a new table."""
    number = value / 1
    return F.when(number.floor() == number).then(value).cast(F.Int64)


def _integer_of(value: float) -> int | None:
    return int(value) if value == math.floor(value) else None


def _integer_text(value: float) -> str | None:
    whole = _integer_of(value)
    return None if whole is None else str(whole)


def _seconds(F: Language, value: Any) -> Any:
    return value.dt.total_microseconds().cast(F.Float64) * 1e-6


_CONVERSIONS: dict[tuple[str, str], _Conversion] = {
    ("String", "number"): _Conversion(
        "Float64", Kind.NUMERIC, lambda F, v: _matching(F, v, _NUMBER).cast(F.Float64), _read(_NUMBER, float)
    ),
    ("String", "integer"): _Conversion(
        "Int64", Kind.NUMERIC, lambda F, v: _matching(F, v, _INTEGER).cast(F.Int64), _read(_INTEGER, int)
    ),
    ("String", "boolean"): _Conversion("Boolean", Kind.BOOLEAN, _text_truth, _optional(_truth_of_text)),
    ("String", "text"): _Conversion("String", Kind.TEXT, lambda _, v: v, lambda v: v),
    # Divided, not cast: Arrow refuses to cast a whole number that float64 cannot hold exactly.
    ("whole", "number"): _Conversion("Float64", Kind.NUMERIC, lambda _, v: v / 1, _optional(float), Direction.KEEPS),
    ("whole", "integer"): _Conversion("Int64", Kind.NUMERIC, _as_integer, _optional(_integer_of), Direction.KEEPS),
    ("whole", "text"): _Conversion(
        "String", Kind.TEXT, lambda F, v: _as_integer(F, v).cast(F.String), _optional(_integer_text)
    ),
    ("whole", "boolean"): _Conversion("Boolean", Kind.BOOLEAN, _number_truth, _optional(_truth_of_number)),
    ("float", "number"): _Conversion(
        "Float64", Kind.NUMERIC, lambda F, v: v.cast(F.Float64), lambda v: v, Direction.KEEPS
    ),
    ("float", "integer"): _Conversion("Int64", Kind.NUMERIC, _whole_float, _optional(_whole_of), Direction.KEEPS),
    ("float", "boolean"): _Conversion("Boolean", Kind.BOOLEAN, _number_truth, _optional(_truth_of_number)),
    ("Boolean", "number"): _Conversion(
        "Float64", Kind.NUMERIC, lambda F, v: v.cast(F.Float64), _optional(float), Direction.KEEPS
    ),
    ("Boolean", "integer"): _Conversion(
        "Int64", Kind.NUMERIC, lambda F, v: v.cast(F.Int64), _optional(int), Direction.KEEPS
    ),
    ("Boolean", "boolean"): _Conversion("Boolean", Kind.BOOLEAN, lambda _, v: v, lambda v: v, Direction.KEEPS),
    ("Boolean", "text"): _Conversion(
        "String",
        Kind.TEXT,
        lambda F, v: F.when(v).then(F.lit("true")).otherwise(F.when(~v).then(F.lit("false"))),
        _optional(lambda value: "true" if value else "false"),
    ),
    ("Duration", "number"): _Conversion(
        "Float64", Kind.NUMERIC, _seconds, _optional(lambda value: float(value // _MICROSECOND) * 1e-6), Direction.KEEPS
    ),
}
