"""Which rows of a table are looked at: conditions on its columns, as a person states them above a grid.

A condition that says "not" is the opposite of the one without: rows in which the value is missing pass it. Every other
condition asks for a value that is there. A number that is none (NaN) counts as missing.

A value stands for all that it can mean. On a column of moments ``"2024-03-01"`` is that whole day, from midnight to
midnight in the column's own time zone, so that "equals" finds its rows and "greater" begins with the next day.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from clew.core.errors import UsageError, did_you_mean

_TEXT = ("contains", "not_contains", "starts_with", "ends_with")
_SAME = ("equals", "not_equals", "in", "not_in")
_ORDER = ("less", "less_or_equal", "greater", "greater_or_equal", "between")
_THERE = ("missing", "present")
#: Every way to compare.
OPERATIONS = (*_TEXT, *_SAME, *_ORDER, *_THERE)
#: The opposite of what each of these says.
_OPPOSITE = {"not_contains": "contains", "not_equals": "equals", "not_in": "in", "present": "missing"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Condition:
    """What the value of a column has to be.

    Parameters
    ----------
    column : str
        Name of the column.
    op : str
        One of `OPERATIONS`. Texts are contained whatever their case, and equal only as they are spelt.
    value : object, optional
        What is compared with: a number, text or truth value; a moment in ISO 8601, a duration in seconds; a pair for
        ``"between"``, which includes both; a list for ``"in"`` and ``"not_in"``, where None stands for missing.
    """

    column: str
    op: str
    value: Any = None

    def __post_init__(self) -> None:
        if self.op not in OPERATIONS:
            raise UsageError(f"There is no condition {self.op!r}.", hint=did_you_mean(self.op, OPERATIONS))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one has to hold.

    Parameters
    ----------
    conditions : tuple of Condition
        One or more.
    """

    conditions: tuple[Condition, ...]


def operations_of(dtype: pl.DataType) -> tuple[str, ...]:
    """Return the conditions that a column of this storage type knows."""
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return (*_TEXT, *_SAME, *_THERE)
    if dtype.is_numeric() or dtype.is_temporal():
        return (*_SAME, *_ORDER, *_THERE)
    return (*_SAME, *_THERE) if dtype == pl.Boolean else _THERE


def holds(condition: Condition | AnyOf, column: Callable[[str], pl.Expr], dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return whether a condition holds, as an expression that is never null.

    Parameters
    ----------
    condition : Condition or AnyOf
        What is asked.
    column : callable
        From a column's name to the expression of its values.
    dtypes : mapping of str to polars.DataType
        Storage types.

    Raises
    ------
    UsageError
        If there is no such column, its type does not know the condition, or the value is no value of the type.
    """
    if isinstance(condition, AnyOf):
        if not condition.conditions:
            raise UsageError("A choice of conditions is empty.", hint="Name one condition or more.")
        return pl.any_horizontal([holds(one, column, dtypes) for one in condition.conditions])
    dtype = dtypes.get(condition.column)
    if dtype is None:
        raise UsageError(f"There is no column {condition.column!r}.", hint=did_you_mean(condition.column, dtypes))
    known = operations_of(dtype)
    if condition.op not in known:
        raise UsageError(
            f"The column {condition.column!r} is {dtype}, which cannot be compared by {condition.op!r}.",
            hint=f"Use one of {', '.join(known)}.",
        )
    values = column(condition.column)
    if isinstance(dtype, pl.Categorical | pl.Enum):  # compared as texts, also with what is none of its categories
        values = values.cast(pl.String)
    positive = _OPPOSITE.get(condition.op, condition.op)
    result = _positive(values, positive, condition, dtype).fill_null(value=False)
    return result if positive == condition.op else ~result


def missing(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return whether values are missing: null or, in a column of floats, NaN."""
    return values.is_null() | values.is_nan() if dtype.is_float() else values.is_null()


def contains(values: pl.Expr, text: str) -> pl.Expr:
    """Return whether texts contain a text, whatever the case of its letters."""
    return values.str.contains("(?i)" + re.escape(text))


def _positive(values: pl.Expr, op: str, condition: Condition, dtype: pl.DataType) -> pl.Expr:
    if op == "missing":
        return missing(values, dtype)
    if op in _TEXT:
        return _in_text(values, op, str(condition.value))
    if op == "in":
        listed = [_Range.of(value, condition, dtype) for value in _several(condition) if value is not None]
        found = [one.contains(values) for one in listed]
        found += [missing(values, dtype)] if None in _several(condition) else []
        return pl.any_horizontal(found) if found else pl.lit(value=False)
    if dtype.is_float():
        values = values.fill_nan(None)
    if op == "between":
        ends = _several(condition)
        if len(ends) != 2:
            raise UsageError(f"A condition between two values has {len(ends)}: {condition.column!r}.")
        low, high = (_Range.of(end, condition, dtype) for end in ends)
        return low.not_before(values) & high.not_after(values)
    one = _Range.of(condition.value, condition, dtype)
    compare = {
        "equals": one.contains,
        "less": lambda of: ~one.not_before(of),
        "less_or_equal": one.not_after,
        "greater": lambda of: ~one.not_after(of),
        "greater_or_equal": one.not_before,
    }
    return compare[op](values)


def _in_text(values: pl.Expr, op: str, text: str) -> pl.Expr:
    if op == "contains":
        return contains(values, text)
    # "\A" and "\z" are the ends of the whole text; "^" and "$" could mean those of a line.
    pattern = rf"\A{re.escape(text)}" if op == "starts_with" else rf"{re.escape(text)}\z"
    return values.str.contains("(?i)" + pattern)


def _several(condition: Condition) -> Sequence[Any]:
    if not isinstance(condition.value, list | tuple):
        raise UsageError(f"The condition {condition.op!r} on {condition.column!r} needs a list of values.")
    return condition.value


@dataclass(frozen=True, slots=True)
class _Range:
    """What a value can mean: from `low`, included, to `high`, included unless `open`."""

    low: pl.Expr
    high: pl.Expr
    open: bool = False

    def not_before(self, values: pl.Expr) -> pl.Expr:
        return values >= self.low

    def not_after(self, values: pl.Expr) -> pl.Expr:
        return values < self.high if self.open else values <= self.high

    def contains(self, values: pl.Expr) -> pl.Expr:
        return self.not_before(values) & self.not_after(values)

    @classmethod
    def of(cls, value: Any, condition: Condition, dtype: pl.DataType) -> "_Range":
        """Read a value of a condition as one of a storage type."""
        try:
            return _range(value, dtype)
        except (ValueError, TypeError, OverflowError, InvalidOperation):
            raise UsageError(
                f"The condition {condition.op!r} on {condition.column!r} compares {dtype} with {value!r}.",
                hint=f"Give {_wanted(dtype)}.",
            ) from None


def _range(value: Any, dtype: pl.DataType) -> _Range:
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return _point(pl.lit(str(value), dtype=pl.String))
    if dtype == pl.Boolean:
        return _point(pl.lit(_truth(value)))
    if isinstance(dtype, pl.Datetime):
        return _moments(value, dtype)
    if dtype == pl.Date:
        return _point(pl.lit(_day(value)))
    if dtype == pl.Time:
        return _point(pl.lit(value if isinstance(value, time) else time.fromisoformat(value)))
    number = _number(value)
    if isinstance(dtype, pl.Duration):
        return _point(pl.lit(timedelta(microseconds=int(number * 1_000_000)), dtype=pl.Duration("us")))
    if dtype.is_integer():
        # What lies between two whole numbers equals neither, and splits the others between them.
        low, high = math.ceil(number), math.floor(number)
        return _Range(pl.lit(low, dtype=pl.Int128), pl.lit(high, dtype=pl.Int128))
    if dtype.is_decimal():
        return _point(pl.lit(number))
    if not math.isfinite(float(number)):
        raise ValueError
    # A column of single precision is compared in its own, so that what is shown as 0.1 equals 0.1.
    return _point(pl.lit(float(number), dtype=dtype))


def _point(value: pl.Expr) -> _Range:
    return _Range(value, value)


def _truth(value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise TypeError
    number = Decimal(value.strip() if isinstance(value, str) else repr(value) if isinstance(value, float) else value)
    if not number.is_finite():
        raise ValueError
    return number


def _day(value: Any) -> date:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        return moment.date()
    if not isinstance(moment, date):
        raise TypeError
    return moment


def _moments(value: Any, dtype: pl.Datetime) -> _Range:
    """Return a moment, or the day that a date without a time stands for."""
    whole = isinstance(value, date) and not isinstance(value, datetime)
    if isinstance(value, str):
        whole = re.fullmatch(r"\d{4}-?\d\d-?\d\d", value.strip()) is not None
        value = datetime.fromisoformat(value.strip())
    if not isinstance(value, date):
        raise TypeError
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 (its zone is that of the column)
    if not whole:
        return _point(_literal(value, dtype))
    return _Range(_literal(value, dtype), _literal(value + _DAY, dtype), open=True)


def _literal(value: datetime, dtype: pl.Datetime) -> pl.Expr:
    if dtype.time_zone is None:
        naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return pl.lit(naive)
    aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(dtype.time_zone))
    return pl.lit(aware.astimezone(UTC)).dt.convert_time_zone(dtype.time_zone)


def _wanted(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Datetime):
        return "a date or moment such as '2024-03-01' or '2024-03-01 12:30'"
    if dtype == pl.Date:
        return "a date such as '2024-03-01'"
    if dtype == pl.Time:
        return "a time of day such as '12:30'"
    if isinstance(dtype, pl.Duration):
        return "a number of seconds"
    return "true or false" if dtype == pl.Boolean else "a number"
