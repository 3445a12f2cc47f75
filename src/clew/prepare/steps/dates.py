"""Moments in parts: what repeats by the year, the week and the day can be learnt, a count of seconds cannot."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from clew.core.errors import RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import family, is_moment, zone_of
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Function, Made, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Expression, Language, Table

Part = Literal["year", "month", "day", "weekday", "hour", "minute", "day_of_year", "is_weekend"]


def _weekday(F: Language, column: Any) -> Any:
    """Return Monday 1 to Sunday 7; one engine counts Sunday as 0."""
    number = column.dt.weekday()
    return F.when(number == 0).then(F.lit(7)).otherwise(number)


def _day_of_year(moment: date) -> int:
    return moment.toordinal() - date(moment.year, 1, 1).toordinal() + 1


_FRAME: dict[str, Callable[[Language, Any], Any]] = {
    "year": lambda _, column: column.dt.year(),
    "month": lambda _, column: column.dt.month(),
    "day": lambda _, column: column.dt.day(),
    "weekday": _weekday,
    "hour": lambda _, column: column.dt.hour(),
    "minute": lambda _, column: column.dt.minute(),
    "day_of_year": lambda _, column: column.dt.ordinal_day(),
    "is_weekend": lambda F, column: _weekday(F, column) >= 6,
}
_ROW: dict[str, Callable[[Any], int]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "weekday": lambda moment: moment.isoweekday(),
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "day_of_year": _day_of_year,
    "is_weekend": lambda moment: moment.isoweekday() >= 6,
}
_OF_TIME = {"hour", "minute"}
#: First value and length of the parts that come round again.
_CYCLES = {
    "month": (1, 12),
    "day": (1, 31),
    "weekday": (1, 7),
    "hour": (0, 24),
    "minute": (0, 60),
    "day_of_year": (1, 366),
}


@register
@dataclass(frozen=True)
class DateParts(ColumnStep):
    """Take moments apart: ``time`` gives ``time_month``, ``time_weekday`` (Monday 1 to Sunday 7), ``time_hour``, etc.

    Parts are those of the column's own time zone. The count of seconds since 1970 is never a feature: float32 cannot
    hold it. Only the year keeps the order of moments, and only where no time zone can turn the clock back.

    Parameters
    ----------
    parts : tuple or "auto", default "auto"
        Any of year, month, day, weekday, hour, minute, day_of_year, is_weekend; ``auto`` takes those that vary in the
        training rows.
    cyclic : bool, default False
        Whether a part that comes round again becomes a sine and a cosine, so that December lies beside January.
    keep : bool, default False
        Whether the source stays.
    """

    parts: tuple[Part, ...] | Literal["auto"] = "auto"
    cyclic: bool = False
    keep: bool = False

    op: ClassVar[str] = "date_parts"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.DATETIME})
    advice: ClassVar[str] = "Choose columns with `kind:datetime`; a text becomes a date when the table is read."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of which have the stated parts."""
        columns = super().inputs(schema)
        for column in columns:
            stated = () if self.parts == "auto" else self.parts
            missing = next((part for part in stated if part not in _possible(column)), "date")
            if missing != "date" or not is_moment(column.dtype):
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which has no {missing}.",
                    hint=f"Parts of a date are {', '.join(part for part in _FRAME if part not in _OF_TIME)}.",
                )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn which parts vary."""
        if self.parts != "auto":
            return {column.name: {"parts": list(self.parts)} for column in columns}
        asked = {f"{c.name} {part}": _part(c, part) for c in columns for part in _possible(c)}
        ends = table.figures(
            lambda F: {topic: {"low": part(F).min(), "high": part(F).max()} for topic, part in asked.items()}
        )
        varying = {topic for topic, found in ends.items() if found["low"] != found["high"]}
        return {c.name: {"parts": [p for p in _possible(c) if f"{c.name} {p}" in varying]} for c in columns}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per part, or two where it is a cycle."""
        for column in columns:
            for part in state[column.name]["parts"]:
                if self.cyclic and part in _CYCLES:
                    for name, circle in _circle(part).items():
                        made = _described(column, f"{part}_{name}", Direction.LOSES)
                        yield Made(made, (column.name,), *_going_round(column, part, circle))
                else:
                    ordered = part == "year" and zone_of(column.dtype) in {None, "UTC"}
                    made = _described(column, part, Direction.KEEPS if ordered else Direction.LOSES)
                    yield Made(made, (column.name,), _part(column, part), _reading(column, part))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)


def _possible(column: Column) -> list[str]:
    return [part for part in _FRAME if family(column.dtype) == "Datetime" or part not in _OF_TIME]


def _described(column: Column, part: str, direction: Direction) -> Column:
    return derive(column, name=f"{column.name}_{part}", dtype="Float64", kind=Kind.NUMERIC, direction=direction)


def _part(column: Column, part: str) -> Expression:
    def expression(F: Language) -> Any:
        moment = F.col(column.name)
        return F.when(~moment.is_null()).then(_FRAME[part](F, moment).cast(F.Float64))

    return expression


def _reading(column: Column, part: str) -> Callable[[Any], float | None]:
    read, zone = _ROW[part], zone_of(column.dtype)
    if zone is None:
        return lambda moment: None if moment is None else float(read(moment))
    here = ZoneInfo(zone)

    def local(moment: datetime | None) -> float | None:
        if moment is None:
            return None
        return float(read(moment if moment.tzinfo is here else moment.astimezone(here)))

    return local


def _circle(part: str) -> Mapping[str, Mapping[float, float]]:
    """Return where each value of a part lies on the circle, by sine and cosine."""
    first, length = _CYCLES[part]
    angles = {float(first + step): 2.0 * math.pi * step / length for step in range(length)}
    return {name: {value: turn(angle) for value, angle in angles.items()} for name, turn in _TURNS.items()}


_TURNS: dict[str, Callable[[float], float]] = {"sin": math.sin, "cos": math.cos}


def _going_round(column: Column, part: str, circle: Mapping[float, float]) -> tuple[Expression, Function]:
    """Return how a part becomes its place on the circle."""
    taken, read = _part(column, part), _reading(column, part)
    values, places = list(circle), list(circle.values())

    def expression(F: Language) -> Any:
        return taken(F).replace_strict(values, places, default=None, return_dtype=F.Float64)

    def turn(moment: Any) -> float | None:
        value = read(moment)
        return None if value is None else circle[value]

    return expression, turn
